import { basename, dirname, extname, join } from 'node:path';
import { UsageError } from '../errors.js';
import { reportPage } from '../output/page/report-page.js';
import type { Document, Lines } from '../output/report/document.js';
import { markdownOf } from '../output/report/markdown.js';
import { reportDocument } from '../output/report/report.js';
import { standalone } from '../output/svg/drawing.js';
import { linesSvg } from '../output/svg/lines.js';
import { measureReport } from '../tuning/report/report.js';
import type { Context } from './context.js';
import { checkWritable, writeNamed } from './write-file.js';

/** A statement without its indexes may take longer than a command usually does. */
const LIMIT_MS = 15_000;
/** For the server to say that a statement reached its limit, before the connection is given up. */
const GRACE_MS = 5_000;

type Write = (context: Context, file: string, document: Document) => Promise<void>;

const FORMATS: Readonly<Record<string, Write>> = {
  '.md': writeMarkdown,
  '.html': (context, file, document) => writeNamed(context, file, reportPage(document)),
};

export async function run(
  context: Context,
  { out, grow }: { out?: string; grow: number[] | false },
): Promise<void> {
  const { stores, screen, interrupted, config } = context;
  const write = out === undefined ? undefined : FORMATS[extname(out)];
  if (out !== undefined && !write) {
    const message = `${out} is neither Markdown nor a page`;
    throw new UsageError('unknown-format', message, 'name a file that ends in .md or .html');
  }
  if (out !== undefined) await checkWritable(out);
  const limitMs = Math.max(config.timeoutMs, LIMIT_MS);
  const progress = screen.progress('Measuring');
  const measured = await measureReport(stores, stores.postgres(limitMs + GRACE_MS), {
    limitMs,
    grow: grow || [],
    interrupted,
    onStep: (step) => progress.update(step),
  }).finally(progress.stop);
  const document = reportDocument(measured);
  if (out !== undefined) await write?.(context, out, document);
  if (out === undefined || screen.options.json) screen.show(measured, () => markdownOf(document));
}

/** The text, and each chart as a file beside it, since Markdown has no place for a picture. */
async function writeMarkdown(context: Context, file: string, document: Document): Promise<void> {
  const base = basename(file, '.md');
  const charts = document.sections.flatMap(({ blocks }) =>
    blocks.filter((block) => block.kind === 'lines'),
  );
  const fileOf = ({ name }: Lines) => `${base}-${name}.svg`;
  for (const chart of charts) {
    await writeNamed(context, join(dirname(file), fileOf(chart)), standalone(linesSvg(chart)));
  }
  await writeNamed(context, file, markdownOf(document, fileOf));
}
