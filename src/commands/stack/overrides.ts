import type { Config } from '../../config.js';
import type { Screen } from '../../output/screen.js';

/** Says which settings keep other commands from using the stack. */
export function noteOverrides({ origins }: Config, screen: Screen): void {
  for (const [name, origin] of Object.entries(origins)) {
    if (origin === 'environment' || origin === '.env') {
      screen.note(`${name} is set in the ${origin}, which commands follow instead of the stack`);
    }
  }
}
