import { diagnose } from '../doctor/diagnose.js';
import type { Selection } from '../doctor/selection.js';
import { RequestError } from '../errors.js';
import { renderHealth } from '../output/doctor.js';
import { plural } from '../output/text.js';
import type { Context } from './context.js';

export async function run({ stores, screen }: Context, selection: Selection): Promise<void> {
  const { checks, unreachable } = await diagnose(stores, selection);
  screen.show({ checks }, () => renderHealth(checks, screen));
  if (unreachable) throw unreachable;
  const failed = checks.filter(({ status }) => status === 'fail');
  if (failed.length === 0) return;
  throw new RequestError(
    'unhealthy',
    `${plural(failed.length, 'check')} failed: ${failed.map(({ name }) => name).join(', ')}`,
    'type the command beneath each',
  );
}
