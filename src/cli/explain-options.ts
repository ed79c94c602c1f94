import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect } from './values.js';

/** The options of a comparison without and with an index. */
export function comparing(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--compare-index [index]',
        "measure it without and with an index: a name, a definition such as 'posts(user_id, created_at DESC)', or nothing for all it stands on",
      ),
    )
    .option(
      '--technique <name>',
      'how: hypopg, catalog, lock, copy, estimate (default: the best that works here)',
    )
    .option('--allow-lock', 'let others wait while an index is built or dropped, and rolled back');
}

/** The options of those who would rather have an exit code than look. */
export function concluding(command: Command): Command {
  return command
    .option(
      '--assert <expression>',
      "exit 1 unless it holds (repeatable): '[no] NODE [on TABLE] [using INDEX]', or buffers, rows read, median or speedup with <, <=, =, >=, > and a number",
      collect,
    )
    .option('--save <file>', 'remember the plans and their buffers')
    .option('--against <file>', 'exit 1 when a plan is worse than the saved one');
}

/** The comparison on made-up networks of growing size. */
export function growing(command: Command): Command {
  return command.addOption(
    new Option(
      '--grow <sizes>',
      'compare on seeded networks of so many posts, in a scratch schema: 10k,100k,1M',
    )
      .argParser(sizes)
      .conflicts(['compareStrategies', 'assert', 'save', 'against']),
  );
}

const FACTORS: Record<string, number> = { '': 1, k: 1_000, m: 1_000_000 };
const FEWEST_POSTS = 100;
const MOST_POSTS = 20_000_000;

/** `10k,100k,1M`, ascending. */
function sizes(text: string): number[] {
  const numbers = text.split(',').map((part) => {
    const { digits, unit = '' } =
      /^(?<digits>\d{1,9})(?<unit>[kKmM]?)$/.exec(part.trim())?.groups ?? {};
    return Number(digits) * (FACTORS[unit.toLowerCase()] ?? Number.NaN);
  });
  if (numbers.every((posts) => posts >= FEWEST_POSTS && posts <= MOST_POSTS)) {
    return [...new Set(numbers)].sort((a, b) => a - b);
  }
  throw new InvalidArgumentError(
    'It must be numbers of posts from 100 to 20M, such as 10k,100k,1M.',
  );
}
