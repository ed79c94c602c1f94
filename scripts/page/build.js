// Bundles what an HTML page carries with it into dist/page/: the drawing of plans (pev2, Vue,
// Bootstrap's styles), the page's own styles, and the licences of all that went in.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));

mkdirSync(path('dist/page'), { recursive: true });
const options = { bundle: true, minify: true, legalComments: 'none', metafile: true };
const plans = await build({
  ...options,
  entryPoints: [path('scripts/page/plans.js')],
  outdir: path('dist/page'),
  format: 'iife',
  target: 'es2022',
  define: {
    'process.env.NODE_ENV': '"production"',
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
});
await build({
  ...options,
  entryPoints: [path('scripts/page/page.css')],
  outfile: path('dist/page/page.css'),
});
writeFileSync(path('dist/page/LICENSES.txt'), licences(packagesIn(plans.metafile)));

function packagesIn({ inputs }) {
  const names = Object.keys(inputs).flatMap(
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
