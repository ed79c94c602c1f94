// Writes what is made from the help of the commands: npm run docs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cliPages } from './cli-pages.js';
import { manualOf } from './manual.js';
import { markdownOf } from './markdown.js';

const root = new URL('../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const pages = cliPages();
mkdirSync(new URL('man/', root), { recursive: true });
writeFileSync(new URL('docs/cli.md', root), markdownOf(pages));
writeFileSync(new URL('man/socialdb.1', root), manualOf(pages, version));
