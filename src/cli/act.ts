import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Context } from '../commands/context.js';
import { type Config, homeOf, readConfig } from '../config.js';
import { InterruptedError, SocialdbError, UsageError } from '../errors.js';
import type { Screen } from '../output/screen.js';
import { stackSettings } from '../stack/state.js';
import { failureOf } from '../stores/failures.js';
import { createStores } from '../stores/stores.js';
import type { Shell } from './shell.js';

/**
 * Runs a command's action with its settings and stores, and closes them. Its own module, since help
 * needs none of what is loaded here.
 *
 * @param socialdb runs another command line
 * @throws SocialdbError for every failure that is foreseen; anything else is a bug
 */
export async function act(
  shell: Shell,
  screen: Screen,
  action: (context: Context) => Promise<void>,
  socialdb: Context['socialdb'],
): Promise<void> {
  const config = loadConfig(shell);
  const stores = createStores(config, {
    warn: screen.warn,
    ...(screen.options.verbose && { onStatement: screen.trace }),
  });
  const { interrupted } = shell;
  try {
    try {
      await action({
        config,
        stores,
        screen,
        // Opened by those who read it.
        get stdin() {
          return shell.stdin;
        },
        interrupted,
        socialdb,
      });
      if (interrupted.aborted) throw new InterruptedError();
    } finally {
      await stores.close();
    }
  } catch (thrown) {
    throw thrown instanceof SocialdbError ? thrown : (failureOf(thrown, config) ?? thrown);
  }
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
