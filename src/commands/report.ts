import { extname } from 'node:path';
import { UsageError } from '../errors.js';
import { reportPage } from '../output/page/report-page.js';
import type { Document } from '../output/report/document.js';
import { markdownOf } from '../output/report/markdown.js';
import { reportDocument } from '../output/report/report.js';
import { measureReport } from '../tuning/report/report.js';
import type { Context } from './context.js';
import { checkWritable, writeNamed } from './write-file.js';

/** A statement without its indexes may take longer than a command usually does. */
const LIMIT_MS = 15_000;
/** For the server to say that a statement reached its limit, before the connection is given up. */
const GRACE_MS = 5_000;

const FORMATS: Readonly<Record<string, (document: Document) => string>> = {
  '.md': markdownOf,
  '.html': reportPage,
};

export async function run(context: Context, { out }: { out?: string }): Promise<void> {
  const { stores, screen, interrupted, config } = context;
  const format = out === undefined ? markdownOf : FORMATS[extname(out)];
  if (!format) {
    const message = `${out} is neither Markdown nor a page`;
    throw new UsageError('unknown-format', message, 'name a file that ends in .md or .html');
  }
  if (out !== undefined) await checkWritable(out);
  const limitMs = Math.max(config.timeoutMs, LIMIT_MS);
  const progress = screen.progress('measuring');
  const measured = await measureReport(stores, stores.postgres(limitMs + GRACE_MS), {
    limitMs,
    interrupted,
    onStep: (step) => progress.update(step),
  }).finally(progress.stop);
  const document = reportDocument(measured);
  if (out !== undefined) await writeNamed(context, out, format(document));
  if (out === undefined || screen.options.json) screen.show(measured, () => markdownOf(document));
}
