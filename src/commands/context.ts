import type { Readable } from 'node:stream';
import type { Config } from '../config.js';
import type { Screen } from '../output/screen.js';
import type { Stores } from '../stores/stores.js';

/** What every command gets: settings, stores, a screen, and word of an interruption. */
export interface Context {
  readonly config: Config;
  readonly stores: Stores;
  readonly screen: Screen;
  readonly stdin: Readable & { isTTY?: boolean };
  /** Aborted by Ctrl-C or SIGTERM; long work stops at the next safe point. */
  readonly interrupted: AbortSignal;
  /**
   * Runs another command line, as if it had been typed now.
   * @param env laid over the environment
   * @returns its exit code
   */
  socialdb(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<number>;
}
