// Measures each row of the limits on a seeded network, side by side with what it is held against.
// Usage: npm run bench [-- --help]; npm run bench:feed for the rows of the feed.
import { Command, Option } from 'commander';
import { createScreen } from '../../src/output/screen.js';
import { createBench } from './bench.js';
import { measureRows } from './measure.js';
import { renderRow } from './print.js';
import { ROWS } from './rows.js';
import { SCALES, type Scale } from './scale.js';
import { findServers, removeServers } from './servers.js';

interface Options {
  readonly only?: string[];
  readonly scale: Scale['name'];
  readonly clean?: boolean;
  readonly color: boolean;
}

const program = new Command('npm run bench --')
  .description(
    `Measures socialdb against its limits, in turns, and tells the medians. It works in databases of its
own, named bench_…, on the servers of DATABASE_URL, REDIS_URL and MONGODB_URL, and on embedded ones
for those that are not set; they stay for the next run.`,
  )
  .addOption(new Option('--only <row...>', 'only these rows').choices(ROWS.map(({ key }) => key)))
  .addOption(
    new Option('--scale <scale>', 'small: a quick look whether all of it works')
      .choices(Object.keys(SCALES))
      .default('full'),
  )
  .option('--clean', 'stop the embedded servers of the bench and remove their data')
  .option('--no-color', 'no colour');
program.parse();

const { only, scale, clean, color } = program.opts<Options>();
const screen = createScreen(process.stdout, process.stderr, {
  json: false,
  quiet: false,
  verbose: false,
  color: color && !process.env.NO_COLOR,
});

if (clean) {
  await removeServers();
} else {
  const bench = createBench(SCALES[scale], await findServers(process.env), screen.note);
  const wanted = ROWS.filter(({ key }) => only?.includes(key) ?? true);
  await measureRows(bench, wanted, (result) => screen.print(renderRow(result, screen)));
}
