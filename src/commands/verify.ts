import { RequestError } from '../errors.js';
import { plural } from '../output/text.js';
import { renderVerification } from '../output/verification.js';
import type { CheckName } from '../verify/names.js';
import { verify } from '../verify/verify.js';
import type { Context } from './context.js';
import { withProgress } from './import/loading.js';

interface VerifyFlags {
  readonly repair?: boolean;
  readonly only?: readonly CheckName[];
}

export async function run(context: Context, { repair = false, only }: VerifyFlags): Promise<void> {
  const { stores, screen } = context;
  const { checks, unreachable } = await withProgress(
    context,
    'Verifying',
    ({ interrupted, onProgress }) =>
      verify(stores, { repair, only, signal: interrupted, ...(onProgress && { onProgress }) }),
  );
  screen.show({ checks }, () => renderVerification(checks, repair, screen));
  const left = checks.reduce((sum, { wrong, repaired }) => sum + wrong - repaired, 0);
  if (left > 0) {
    throw new RequestError(
      'drift',
      `${plural(left, 'row is', 'rows are')} not what the source of truth says`,
      repair ? 'somebody holds their locks; say it again' : 'run: socialdb verify --repair',
    );
  }
  if (unreachable) throw unreachable;
}
