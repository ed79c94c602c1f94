import { Argument, InvalidArgumentError, Option } from 'commander';
import { type AddCommands, examples } from './group.js';
import { integer } from './values.js';

export const addBenchCommands: AddCommands = (program, tie) => {
  program
    .command('bench')
    .description('latencies under load, on a made-up network of its own')
    .addArgument(
      new Argument('[workload]', 'feed, cold and cached; follow, and back; or mix')
        .choices(['feed', 'follow', 'mix'])
        .default('feed'),
    )
    .option('--clients <n>', 'clients at once, a connection each', integer(1, 1_000), 8)
    .addOption(
      new Option('--duration <time>', 'measured for so long: 30s, 2m')
        .argParser(duration)
        .default(10_000, '10s'),
    )
    .addOption(
      new Option('--warm-up <time>', 'before that, not measured')
        .argParser(duration)
        .default(2_000, '2s'),
    )
    .option('--rate <n>', 'operations a second (default: as many as go)', integer(1, 1_000_000))
    .option('--users <n>', 'size of the network: 25 posts and 30 follows each', users, 2_000)
    .addHelpText(
      'after',
      `
Nothing of yours is read or changed: the network is seeded in a scratch schema,
the same each time, and dropped afterwards; what a killed run left behind is
dropped by the next. All clients are one process, which on a small machine
competes with the servers.

With --rate an operation is due whatever became of those before, and its latency
counts from then: a stall is seen by all who would have come during it.

mix has the shares of LinkBench (Armstrong et al., SIGMOD 2013): 51% lists
(feed, followers, thread), 13% posts, 5% counts, 31% adds and deletes.
${examples('socialdb bench --clients 4 --duration 30s', 'socialdb bench mix --rate 500 --json')}`,
    )
    .action(tie(() => import('../commands/bench.js')));
};

const users = integer(50, 1_000_000);
const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, '': 1_000 };
const LONGEST_MS = 3_600_000;

/** `30s`, `2m`, `500ms`, or a number of seconds; in milliseconds. */
function duration(text: string): number {
  const { digits, unit = '' } = /^(?<digits>\d{1,7})(?<unit>ms|s|m|)$/.exec(text)?.groups ?? {};
  const ms = Number(digits) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms >= 0 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('It must be like 500ms, 30s or 2m, an hour at most.');
}
