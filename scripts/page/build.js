// Bundles what an HTML page carries with it into dist/page/: the drawing of plans (pev2, Vue,
// Bootstrap's styles), the page's own styles, and the licences of all that went in.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));

const options = {
  bundle: true,
  minify: true,
  legalComments: 'none',
  metafile: true,
  write: false,
  define: {
    'process.env.NODE_ENV': '"production"',
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
};
const inputs = [];

/** What one file becomes, and the styles that it imports. */
async function bundled(file) {
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: [path(`scripts/page/${file}`)],
    outdir: path('dist/page'),
    format: 'iife',
    target: 'es2022',
  });
  inputs.push(...Object.keys(metafile.inputs));
  const textOf = (extension) => outputFiles.find((one) => one.path.endsWith(extension))?.text ?? '';
  return { script: textOf('.js'), styles: textOf('.css') };
}

function write(name, text) {
  writeFileSync(path(`dist/page/${name}`), text);
}

mkdirSync(path('dist/page'), { recursive: true });
const plan = await bundled('plan.js');
const drawPlan = `function drawPlan(place,source,query){${plan.script}}`;
write('plans.js', `${drawPlan}\n${(await bundled('plans.js')).script}`);
write('plans.css', plan.styles);
write('page.css', (await bundled('page.css')).styles);
write('LICENSES.txt', licences(packagesIn(inputs)));

function packagesIn(files) {
  const names = files.flatMap(
    (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
  );
  // pev2 comes with its own dependencies bundled.
  const { dependencies } = manifestOf('pev2');
  return [...new Set([...names, ...Object.keys(dependencies)])].sort();
}

function manifestOf(name) {
  return JSON.parse(readFileSync(path(`node_modules/${name}/package.json`), 'utf8'));
}

function licences(names) {
  return names
    .filter((name) => existsSync(path(`node_modules/${name}/package.json`)))
    .map((name) => {
      const { version, license } = manifestOf(name);
      const folder = path(`node_modules/${name}`);
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : '';
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
