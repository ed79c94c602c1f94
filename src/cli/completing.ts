import type { Argument, Command, Option } from 'commander';
import { EVENT_TYPES } from '../activity/event.js';
import { STRATEGIES } from '../feed/statement.js';

/** What can stand where the cursor is. */
export interface Completing {
  /** Set where the database knows. */
  readonly kind?: 'user' | 'index';
  /** What is typed of the word. */
  readonly prefix: string;
  /** Each a word, and behind a tab what it means. */
  readonly candidates: readonly string[];
}

/** Words of options whose help names them. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  '--strategy': ['auto', ...STRATEGIES],
  '--technique': ['hypopg', 'catalog', 'lock', 'copy', 'estimate'],
  '--type': EVENT_TYPES,
};

const KINDS: Readonly<Record<string, 'user' | 'index'>> = {
  user: 'user',
  other: 'user',
  index: 'index',
};

/**
 * Finds what the last of some words can become.
 *
 * @param words what stands on the command line behind `socialdb`, up to the cursor
 */
export function completing(program: Command, words: readonly string[]): Completing {
  const line = joined(words);
  const prefix = line.pop() ?? '';
  const { command, option, place } = walk(program, line);
  const [flag = '', ...value] = prefix.split('=');
  if (prefix.startsWith('--') && value.length > 0) {
    return ofValue(optionOf(command, flag), value.join('='));
  }
  if (option?.required) return ofValue(option, prefix);
  if (prefix.startsWith('-')) return among(prefix, optionsOf(command).map(describedOption));
  if (option) return ofValue(option, prefix);
  if (command.commands.length > 0 && place === 0) {
    const shown = command.createHelp().visibleCommands(command);
    return among(
      prefix,
      shown.map((one) => `${one.name()}\t${one.summary() || one.description()}`),
    );
  }
  const { registeredArguments } = command;
  return ofArgument(command, registeredArguments[place], prefix);
}

/** bash takes `=` and `@` for words of their own. */
function joined(words: readonly string[]): string[] {
  const line: string[] = [];
  for (const [at, word] of words.entries()) {
    const before = words[at - 1] ?? '';
    if (word === '=' || (before === '=' && line.length > 0)) line.push(`${line.pop()}${word}`);
    else if (before === '@') line[line.length - 1] = word;
    else line.push(word);
  }
  return line;
}

/** The command that some whole words lead to, and the option that waits for its value. */
function walk(program: Command, words: readonly string[]) {
  let command = program;
  let option: Option | undefined;
  let place = 0;
  for (const word of words) {
    const child: Command | undefined = command.commands.find((one) => one.name() === word);
    if (option?.required) option = undefined;
    else if (word.startsWith('-')) option = valued(command, word);
    else if (option) option = undefined;
    else if (child && place === 0) command = child;
    else place++;
  }
  return { command, option, place };
}

function valued(command: Command, word: string): Option | undefined {
  const option = optionOf(command, word);
  return option?.required || option?.optional ? option : undefined;
}

function optionsOf(command: Command): Option[] {
  const own = [...command.options];
  for (let one = command.parent; one; one = one.parent) own.push(...one.options);
  return own.filter(({ hidden }) => !hidden);
}

function optionOf(command: Command, flag: string): Option | undefined {
  return optionsOf(command).find(({ long, short }) => long === flag || short === flag);
}

function describedOption({ long, short, description }: Option): string {
  return `${long ?? short}\t${description}`;
}

function ofValue(option: Option | undefined, prefix: string): Completing {
  const name = /[<[](\w+)/.exec(option?.flags ?? '')?.[1] ?? '';
  const kind = KINDS[name];
  if (kind) return { kind, prefix, candidates: [] };
  return among(prefix, option?.argChoices ?? WORDS[option?.long ?? ''] ?? []);
}

function ofArgument(command: Command, argument: Argument | undefined, prefix: string): Completing {
  const last = command.registeredArguments.at(-1);
  const one = argument ?? (last?.variadic ? last : undefined);
  const kind = KINDS[one?.name() ?? ''];
  if (kind) return { kind, prefix, candidates: [] };
  return among(prefix, one?.argChoices ?? []);
}

function among(prefix: string, words: readonly string[]): Completing {
  return { prefix, candidates: words.filter((word) => word.startsWith(prefix)) };
}
