import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { parseEnv } from 'node:util';
import { type Command, CommanderError } from 'commander';
import type { Context } from '../commands/context.js';
import { type Config, homeOf, readConfig } from '../config.js';
import { EXIT, InterruptedError, SocialdbError, UsageError } from '../errors.js';
import { checkArguments } from '../input/argv.js';
import { createScreen, type Screen, type ScreenOptions, type Stream } from '../output/screen.js';
import { oneLine } from '../output/text.js';
import { stackSettings } from '../stack/state.js';
import { failureOf } from '../stores/failures.js';
import { createStores } from '../stores/stores.js';
import { buildProgram, pathOf } from './program.js';

/** The world outside, so that a test can stand in its place. */
export interface Shell {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly interrupted: AbortSignal;
}

/**
 * Runs one command line.
 *
 * @returns the exit code; never throws
 */
export async function main(shell: Shell): Promise<number> {
  const screen = createScreen(shell.stdout, shell.stderr, screenOptions(shell));
  let config: Config | undefined;
  const program = buildProgram({
    write: (text) => void shell.stdout.write(text),
    remind(help) {
      // `socialdb` alone asks for help; `socialdb user` forgot something.
      if (shell.argv.length === 0) shell.stdout.write(help);
      else if (!screen.options.json) shell.stderr.write(`${help}\n`);
    },
    async run(action) {
      config = loadConfig(shell);
      const stores = createStores(config, {
        warn: screen.warn,
        ...(screen.options.verbose && { onStatement: screen.trace }),
      });
      const context: Context = {
        config,
        stores,
        screen,
        stdin: shell.stdin,
        interrupted: shell.interrupted,
        socialdb: (argv, env) => main({ ...shell, argv, env: { ...shell.env, ...env } }),
      };
      try {
        await action(context);
        if (shell.interrupted.aborted) throw new InterruptedError();
      } finally {
        await stores.close();
      }
    },
  });
  try {
    checkArguments(shell.argv);
    await program.parseAsync(shell.argv, { from: 'user' });
    return EXIT.done;
  } catch (thrown) {
    return report(thrown, screen, shell, program, config);
  }
}

function report(
  thrown: unknown,
  screen: Screen,
  shell: Shell,
  program: Command,
  config: Config | undefined,
): number {
  if (shell.interrupted.aborted) {
    // Who pressed Ctrl-C knows; what was and was not done is worth a line.
    if (thrown instanceof InterruptedError && thrown.message) screen.fail(thrown);
    return EXIT.interrupted;
  }
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return EXIT.done;
    if (thrown.code === 'commander.help' && shell.argv.length === 0) return EXIT.done;
    screen.fail(usageError(thrown, pathOf(program, shell.argv)));
    return EXIT.usage;
  }
  const known = thrown instanceof SocialdbError ? thrown : failureOf(thrown, config);
  if (known) {
    screen.fail(known);
    return known.exitCode;
  }
  const stack = thrown instanceof Error ? thrown.stack : String(thrown);
  shell.stderr.write(`socialdb: a bug, please report it with what you typed\n${stack}\n`);
  return EXIT.bug;
}

/** What commander says, cut to what can be read where it repeats an argument of kilobytes. */
function usageError({ code, message }: CommanderError, path: string): UsageError {
  if (code === 'commander.help') {
    return new UsageError('usage', `${path} is no whole command`, `see: ${path} --help`);
  }
  const [, what = '', suggestion] =
    /^(?:error: )?(.*?)(?:\n\((Did you mean .*)\))?$/s.exec(message) ?? [];
  const behind = `what begins with - and is no option goes behind --: ${path} -- …`;
  const hint =
    suggestion?.replace(/^D/, 'd') ??
    (code === 'commander.unknownOption' ? behind : `see: ${path} --help`);
  return new UsageError('usage', oneLine(what, 300), hint);
}

/** The options that shape every output; read before parsing, since a parse error is an output too. */
function screenOptions({ argv, env }: Shell): ScreenOptions {
  const end = argv.indexOf('--');
  const flags = new Set(end < 0 ? argv : argv.slice(0, end));
  return {
    json: flags.has('--json'),
    quiet: flags.has('--quiet'),
    verbose: flags.has('--verbose'),
    color: !flags.has('--no-color') && !env.NO_COLOR && env.TERM !== 'dumb',
  };
}

function loadConfig({ env, cwd }: Shell): Config {
  const dotenv = readDotenv(cwd);
  return readConfig(env, dotenv, stackSettings(homeOf({ ...dotenv, ...env })));
}

function readDotenv(cwd: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(join(cwd, '.env'), 'utf8')) as Record<string, string>;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new UsageError('bad-dotenv', `.env cannot be read: ${String(error)}`);
  }
}
