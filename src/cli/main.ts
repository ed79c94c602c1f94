import { type Command, CommanderError } from 'commander';
import { EXIT, InterruptedError, SocialdbError, UsageError } from '../errors.js';
import { checkArguments } from '../input/argv.js';
import { createScreen, type Screen, type ScreenOptions } from '../output/screen.js';
import { oneLine, visible } from '../output/text.js';
import { buildProgram, pathOf } from './program.js';
import type { Runner } from './run.js';
import type { Shell } from './shell.js';

/**
 * Runs one command line.
 *
 * @returns the exit code; never throws
 */
export async function main(shell: Shell): Promise<number> {
  const screen = createScreen(shell.stdout, shell.stderr, screenOptions(shell), shell.terminal);
  const runner: Runner = {
    write: (text) => void shell.stdout.write(text),
    remind(help) {
      // `socialdb` alone asks for help; `socialdb user` forgot something.
      if (shell.argv.length === 0) shell.stdout.write(help);
      else if (!screen.options.json) shell.stderr.write(`${help}\n`);
    },
    async run(action) {
      const { act } = await import('./act.js');
      await act(shell, screen, action, (argv, env) =>
        main({ ...shell, argv, env: { ...shell.env, ...env } }),
      );
    },
  };
  const program = buildProgram(
    runner,
    shell.argv.filter((word) => !word.startsWith('-')),
  );
  try {
    checkArguments(shell.argv);
    await program.parseAsync(shell.argv, { from: 'user' });
    return EXIT.done;
  } catch (thrown) {
    return report(thrown, screen, shell, program);
  }
}

async function report(
  thrown: unknown,
  screen: Screen,
  shell: Shell,
  program: Command,
): Promise<number> {
  if (shell.interrupted.aborted || thrown instanceof InterruptedError) {
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
  if (thrown instanceof SocialdbError) {
    screen.fail(thrown);
    return thrown.exitCode;
  }
  const { stackOf } = await import('./stack-trace.js');
  const { withoutSecrets } = await import('../config.js');
  const stack = visible(withoutSecrets(stackOf(thrown), shell.env));
  shell.stderr.write(`socialdb: a bug, please report it with what you typed
${stack}
`);
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
