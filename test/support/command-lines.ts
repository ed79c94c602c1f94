import type { Argument, Command, Option } from 'commander';
import fc from 'fast-check';
import { buildProgram } from '../../src/cli/program.js';
import { hostileJson, hostileText } from './hostile.js';

/** A command line, and what comes in through standard input. */
export interface Line {
  readonly argv: string[];
  readonly stdin: string;
}

/** They work on servers of their own, or never end. */
const LEFT_OUT = /^(demo|stack (up|down|destroy)|lab|top|bench)\b/;
/** Each takes as long as twenty of the others. */
const SLOW = /^(explain|report|seed|import|export|index (add|drop|advise)|verify)\b/;
const NEVER_ENDS = ['--watch', '--follow', '--grow', '--version'];
/** So that the lines to come find somebody. */
const KEEPERS = ['alice', 'bob', 'reader'];

/** Values with which options and arguments do their work, by the name in their help. */
const GOOD: Record<string, readonly string[]> = {
  user: ['alice', '@bob', 'carol', 'ERIN', 'nobody', 'allice'],
  other: ['bob', 'dave', 'frank'],
  name: [
    'zoe',
    'idx_posts_newest',
    'idx_posts_metadata_gin',
    'newest',
    'auto',
    'estimate',
    'heads',
  ],
  address: ['zoe@example.org', 'zoë@example.org', 'ZOE@example.org'],
  text: ['hello', '-', '5 % of $1'],
  tag: ['coding', 'sql'],
  json: ['{}', '{"tags":["coding"]}', '{"n":9007199254740993}'],
  n: ['1', '2', '5', '20'],
  count: ['0', '1', '7'],
  table: ['posts', 'comments'],
  list: ['user_id', 'user_id, created_at DESC', 'nothing'],
  expression: ['buffers < 1000000', 'no Seq Scan on posts', 'Sort', 'median <'],
  bucket: ['hour', 'day'],
  type: ['posted', 'liked'],
  when: ['2h', '2026-11-23T15:09'],
  time: ['2026-11-01', 'now'],
  index: ['idx_posts_newest', 'posts(user_id)', 'posts(created_at DESC)'],
  file: ['out.html', 'out.md', 'none.sql', '-', 'edges.csv'],
  dir: ['out', 'missing'],
  command: ['feed', 'user', 'errors', 'nothing'],
};

/**
 * A command with its options, their values now sensible and now not.
 *
 * @param posts ids that are there
 */
export function commandLine(posts: readonly string[]): fc.Arbitrary<Line> {
  GOOD.post = posts;
  const program = buildProgram({ write() {}, remind() {}, run: () => Promise.resolve() });
  const commands = runnable(program).filter(([path]) => !LEFT_OUT.test(path.join(' ')));
  const [slow, quick] = [true, false].map((heavy) =>
    commands.filter(([path]) => SLOW.test(path.join(' ')) === heavy),
  ) as [typeof commands, typeof commands];
  const known = fc
    .oneof(
      { weight: 9, arbitrary: fc.constantFrom(...quick) },
      { weight: 1, arbitrary: fc.constantFrom(...slow) },
    )
    .chain(([path, command]) => lineOf(path, command, program));
  const anything = fc.array(hostileText, { maxLength: 4 });
  return fc.record({
    argv: fc
      .oneof({ weight: 12, arbitrary: known }, { weight: 1, arbitrary: anything })
      .filter(harmless),
    stdin: hostileText,
  });
}

function lineOf(path: string[], command: Command, program: Command): fc.Arbitrary<string[]> {
  const words = command.registeredArguments.map(wordOf);
  const options = fc
    .subarray(
      [...command.options, ...program.options].filter(
        ({ long }) => !NEVER_ENDS.includes(long ?? ''),
      ),
    )
    .chain((chosen) => fc.tuple(...chosen.map(optionOf)))
    .map((parts) => parts.flat());
  const extra = fc.array(hostileText, { maxLength: 1 });
  return fc
    .tuple(
      fc.tuple(...words),
      options,
      fc.oneof(
        { weight: 9, arbitrary: fc.constant<string[]>([]) },
        { weight: 1, arbitrary: extra },
      ),
    )
    .map(([args, flags, more]) => [...path, ...args.flat(), ...flags, ...more]);
}

function wordOf(argument: Argument): fc.Arbitrary<string[]> {
  const one = valueFor(argument.name()).map((value) => [value]);
  return argument.required
    ? fc.oneof({ weight: 20, arbitrary: one }, { weight: 1, arbitrary: fc.constant<string[]>([]) })
    : fc.oneof(one, fc.constant<string[]>([]));
}

function optionOf(option: Option): fc.Arbitrary<string[]> {
  const flag = option.long ?? option.short ?? '';
  if (!option.required && !option.optional) return fc.constant([flag]);
  const name = /[<[](\w+)/.exec(option.flags)?.[1] ?? '';
  return fc
    .tuple(fc.boolean(), valueFor(name))
    .map(([joined, value]) => (joined ? [`${flag}=${value}`] : [flag, value]));
}

function valueFor(name: string): fc.Arbitrary<string> {
  const good = GOOD[name];
  return fc.oneof(
    { weight: 3, arbitrary: hostileText },
    { weight: 1, arbitrary: hostileJson },
    ...(good ? [{ weight: 6, arbitrary: fc.constantFrom(...good) }] : []),
  );
}

function harmless(argv: readonly string[]): boolean {
  // Some options name files to write. No word leaves the folder that the test works in.
  if (argv.some((word) => /[/\\]|\.\./.test(word))) return false;
  if (LEFT_OUT.test(argv.join(' '))) return false;
  if (NEVER_ENDS.some((flag) => argv.includes(flag)) || argv.includes('-f')) return false;
  const deletes = argv[0] === 'user' && argv[1] === 'delete';
  const keeper = (word: string) => KEEPERS.includes(word.replace(/^@/, '').toLowerCase());
  if (deletes && argv.some(keeper)) return false;
  return argv[0] !== 'seed' || seedsLittle(argv);
}

/** Sizes beyond what a test may wait for, the default ones too, are left out; what is no number is welcome. */
function seedsLittle(argv: readonly string[]): boolean {
  const says = (form: RegExp) => argv.some((word) => form.test(word));
  if (!argv.includes('--append')) return !says(/^(--\w+=)?\+?\d{4,}$/);
  return says(/^--users(=|$)/) && !says(/^(--\w+=)?\+?\d{3,}$/);
}

/** Every command that does something, with the words that name it. */
function runnable(command: Command, path: string[] = []): [string[], Command][] {
  return command.commands.flatMap((child) => {
    const name = [...path, child.name()];
    const inner = runnable(child, name);
    return inner.length === 0 || child.name() === 'migrate' ? [[name, child], ...inner] : inner;
  });
}
