import type { Command } from 'commander';
import type { Context } from '../commands/context.js';

/** What the tree needs from the world: how to run an action, and where help goes. */
export interface Runner {
  write(text: string): void;
  /** Help that nobody asked for: a command is missing. */
  remind(help: string): void;
  run(action: (context: Context) => Promise<void>): Promise<void>;
}

/** A command's module: its `run` takes the context, then what commander parsed. */
interface CommandModule<Parsed extends unknown[]> {
  run(context: Context, ...parsed: Parsed): Promise<void>;
}

/**
 * Ties a command to its module, which is loaded only when the command runs.
 *
 * @param load imports the module
 */
export type Tie = <Parsed extends unknown[]>(
  load: () => Promise<CommandModule<Parsed>>,
) => (...parsed: [...Parsed, Command]) => Promise<void>;

export function tieTo(runner: Runner): Tie {
  return <Parsed extends unknown[]>(load: () => Promise<CommandModule<Parsed>>) =>
    async (...parsed: [...Parsed, Command]) => {
      const { run } = await load();
      // Commander's last argument is the command itself, which no command needs.
      const args = parsed.slice(0, -1) as unknown as Parsed;
      await runner.run((context) => run(context, ...args));
    };
}
