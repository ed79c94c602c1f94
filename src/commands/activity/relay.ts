import { withActivityStore } from '../../activity/open.js';
import { type Backlog, retryEvents } from '../../activity/outbox.js';
import { relayOnce } from '../../activity/relay.js';
import { watchRelay } from '../../activity/watch.js';
import { healer } from '../../feed/heal.js';
import { relayStatus, relaySummary } from '../../output/activity.js';
import { count, oneLine, plural } from '../../output/text.js';
import type { Context } from '../context.js';

/** A batch of a bulk load may take its time. */
const TIMEOUT_MS = 30_000;

interface RelayCommandOptions {
  readonly watch?: boolean;
  readonly retry?: boolean;
}

export async function run(context: Context, options: RelayCommandOptions): Promise<void> {
  const { config, stores, screen, interrupted } = context;
  if (options.retry) {
    const retried = await retryEvents(stores.postgres());
    screen.note(`${plural(retried, 'event')} will be tried again`);
  }
  if (options.watch) {
    await watchRelay(config, {
      signal: interrupted,
      beforeDelete: healer,
      onStatus: (status) => screen.item(status, relayStatus),
      onTrouble: (problem) => screen.warn(`${problem}; events wait in the outbox`),
    });
    return;
  }
  const progress = screen.progress('relaying');
  let relayed = 0;
  try {
    const result = await withActivityStore(stores, TIMEOUT_MS, async (store) => ({
      store: store.name,
      ...(await relayOnce(stores.postgres(TIMEOUT_MS), store, {
        signal: interrupted,
        beforeDelete: healer(stores),
        onBatch(events) {
          relayed += events;
          progress.update(`${count(relayed)} events`);
        },
      })),
    }));
    progress.stop();
    screen.show(result, relaySummary);
    warnOfRefusals(context, result);
  } finally {
    progress.stop();
  }
}

function warnOfRefusals({ screen }: Context, { setAside, lastError }: Backlog): void {
  if (lastError !== null) screen.warn(`the store refused an event: ${oneLine(lastError, 200)}`);
  if (setAside > 0) {
    screen.note('when the cause is gone: socialdb activity relay --retry');
  }
}
