// Measures each row of the limits on a seeded network, side by side with what it is held against.
// Usage: npm run bench [-- --help]; npm run bench:feed for the rows of the feed.
import { Command, Option } from 'commander';
import { createScreen } from '../../src/output/screen.js';
import { createBench } from './bench.js';
import { writeDocument } from './document.js';
import { measureRows } from './measure.js';
import { renderRow } from './print.js';
import { readRecorded, record } from './record.js';
import { ROWS } from './rows.js';
import { SCALES, type Scale } from './scale.js';
import { findServers, removeTraces } from './servers.js';

interface Options {
  readonly only?: string[];
  readonly scale: Scale['name'];
  readonly document?: boolean;
  readonly clean?: boolean;
  readonly color: boolean;
}

const program = new Command('npm run bench --')
  .description(
    `Measures socialdb against its limits, in turns, and tells the medians. It works in databases of its
own, named bench_…, on the servers of DATABASE_URL, REDIS_URL and MONGODB_URL, and on embedded ones
for those that are not set; they stay for the next run. Rows of full scale go into docs/performance.md.`,
  )
  .addOption(new Option('--only <row...>', 'only these rows').choices(ROWS.map(({ key }) => key)))
  .addOption(
    new Option('--scale <scale>', 'small: a quick look whether all of it works')
      .choices(Object.keys(SCALES))
      .default('full'),
  )
  .option(
    '--document',
    'measure nothing; write docs/performance.md from the figures of earlier runs',
  )
  .option('--clean', 'drop the databases of the bench, and its embedded servers with their data')
  .option('--no-color', 'no colour');
program.parse();

const { only, scale, document, clean, color } = program.opts<Options>();
const screen = createScreen(process.stdout, process.stderr, {
  json: false,
  quiet: false,
  verbose: false,
  color: color && !process.env.NO_COLOR,
});

if (clean) {
  await removeTraces(process.env);
} else if (document) {
  await writeDocument(await readRecorded());
} else {
  const servers = await findServers(process.env);
  const bench = createBench(SCALES[scale], servers, screen.note);
  const wanted = ROWS.filter(({ key }) => only?.includes(key) ?? true);
  for await (const result of measureRows(bench, wanted)) {
    screen.print(renderRow(result, screen));
    // Row by row, so that a run that is ended keeps what it has measured; those of the small scale mean
    // nothing.
    if (scale === 'full') await writeDocument(await record(servers, [result]));
  }
}
