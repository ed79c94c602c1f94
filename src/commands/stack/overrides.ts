import type { Config } from '../../config.js';
import type { Screen } from '../../output/screen.js';
import { stackSettings } from '../../stack/state.js';

/** Says which settings keep other commands from using the stack that runs. */
export function noteOverrides(config: Config, screen: Screen): void {
  const stack = stackSettings(config.home);
  const inUse = {
    DATABASE_URL: config.databaseUrl,
    REDIS_URL: config.redisUrl,
    MONGODB_URL: config.mongodbUrl,
  };
  for (const name of Object.keys(inUse) as (keyof typeof inUse)[]) {
    const origin = config.origins[name];
    if (!stack[name] || !origin || origin === 'stack' || stack[name] === inUse[name]) continue;
    screen.note(`${name} is set (${origin}): commands follow it, not the stack`);
  }
}
