// Runs the bundles of dist/bundle/ with the code that V8 compiled for them in earlier runs of the same
// command. Without it everything works, a little later.
const fs = require('node:fs');
const { dirname, join } = require('node:path');
const vm = require('node:vm');
const { crc32 } = require('node:zlib');

const DIST = join(__dirname, '../dist');
const CACHES = { darwin: 'Library/Caches' };
/** Functions are compiled when they are first called: a few runs find most of them. */
const TRAINING_RUNS = 3;
const DAY_MS = 86_400_000;
const HEADER_BYTES = 8;

/**
 * @param command the name under which compiled code is kept
 * @param env says where, as the XDG Base Directory Specification has it; with
 *   NODE_DISABLE_COMPILE_CACHE, as for Node's own, nothing is kept
 * @returns `load`, which gives the exports of a piece, and `keepCode`, for the end of a good run
 */
exports.loader = (command, env) => {
  const folder = env.NODE_DISABLE_COMPILE_CACHE ? undefined : cacheFolder(env);
  const bundles = {};
  const bundle = (name) => {
    bundles[name] ??= run(name, command, folder);
    return bundles[name].exports;
  };
  const { homes } = bundle('main');
  const modules = {};
  const load = (name) => {
    if (modules[name]) return modules[name].exports;
    const module = { exports: {} };
    modules[name] = module;
    bundle(homes[name]).pieces[name](module.exports, requireFrom, module);
    return module.exports;
  };
  const requireFrom = (name) => (name.startsWith('./') ? load(name.slice(2)) : require(name));
  return { load, keepCode: () => Object.values(bundles).forEach(keep) };
};

function run(name, command, folder) {
  const filename = join(DIST, 'bundle', `${name}.cjs`);
  const source = fs.readFileSync(filename, 'latin1');
  const build = source.slice(-17, -1);
  const { v8 } = process.versions;
  const cache = folder && join(folder, `${build}-${v8}-${process.arch}`, command);
  const kept = cache ? readKept(cache) : undefined;
  const script = new vm.Script(source, {
    filename,
    cachedData: kept?.code,
  });
  const runs = kept && !script.cachedDataRejected ? kept.runs : 0;
  const trained = runs >= TRAINING_RUNS && Date.now() - kept.at < DAY_MS;
  const exports = {};
  script.runInThisContext()(exports, require, undefined, filename, DIST);
  return { exports, script, cache, runs, trained };
}

function cacheFolder({ XDG_CACHE_HOME, HOME }) {
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, CACHES[process.platform] ?? '.cache'));
  return caches && join(caches, 'socialdb');
}

/** Two numbers, the runs in which it was made and the CRC-32 of the code, then the code. */
function readKept(cache) {
  try {
    const opened = fs.openSync(cache, 'r');
    const { uid, mtimeMs } = fs.fstatSync(opened);
    const bytes = fs.readFileSync(opened);
    fs.closeSync(opened);
    const code = bytes.subarray(HEADER_BYTES);
    // What another user has left is not run, and V8 crashes on what a disk has damaged.
    if (uid !== process.getuid() || crc32(code) !== bytes.readUInt32LE(4)) return undefined;
    return { runs: bytes.readUInt32LE(0), code, at: mtimeMs };
  } catch {
    return undefined;
  }
}

function keep({ script, cache, runs, trained }) {
  if (!cache || trained) return;
  try {
    const folder = dirname(cache);
    if (fs.mkdirSync(folder, { recursive: true, mode: 0o700 })) forgetOthers(dirname(folder));
    // In one step: another process reads the old one or the new one.
    const draft = `${cache}.${process.pid}`;
    const code = script.createCachedData();
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(runs + 1, 0);
    header.writeUInt32LE(crc32(code), 4);
    fs.writeFileSync(draft, Buffer.concat([header, code]), { mode: 0o600 });
    fs.renameSync(draft, cache);
  } catch {
    // A disk that is full or read-only: the next start is as slow as this one.
  }
}

/** Removes what builds that are no longer used have left. */
function forgetOthers(folder) {
  for (const name of fs.readdirSync(folder)) {
    const build = join(folder, name);
    const unused = Date.now() - fs.statSync(build).mtimeMs > 30 * DAY_MS;
    if (unused) fs.rmSync(build, { recursive: true, force: true });
  }
}
