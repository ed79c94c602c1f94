import { countBackfill } from '../../activity/backfill.js';
import { withActivityStore } from '../../activity/open.js';
import { type Backlog, readBacklog, retryEvents } from '../../activity/outbox.js';
import { relayOnce } from '../../activity/relay.js';
import { watchRelay } from '../../activity/watch.js';
import { healer } from '../../feed/heal.js';
import { relayStatus, relaySummary } from '../../output/activity.js';
import { oneLine, plural } from '../../output/text.js';
import type { Context } from '../context.js';
import { withProgress } from '../import/loading.js';

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
  const sql = stores.postgres(TIMEOUT_MS);
  const { remaining, backfill } = await readBacklog(sql);
  // It is for the time left only: where counting takes too long, the relay begins without it.
  const loaded = backfill.length > 0 ? await countBackfill(sql).catch(() => undefined) : 0;
  const shareOf = (events: number) =>
    loaded === undefined ? undefined : events / (remaining + loaded);
  let relayed = 0;
  const result = await withProgress(context, 'Relaying', ({ onProgress }) =>
    withActivityStore(stores, TIMEOUT_MS, async (store) => ({
      store: store.name,
      ...(await relayOnce(sql, store, {
        signal: interrupted,
        beforeDelete: healer(stores),
        onBatch(events) {
          relayed += events;
          onProgress?.({ step: 'events', rows: relayed, share: shareOf(relayed) });
        },
      })),
    })),
  );
  screen.show(result, relaySummary);
  warnOfRefusals(context, result);
}

function warnOfRefusals({ screen }: Context, { setAside, lastError }: Backlog): void {
  if (lastError !== null) screen.warn(`the store refused an event: ${oneLine(lastError, 200)}`);
  if (setAside > 0) {
    screen.note('when the cause is gone: socialdb activity relay --retry');
  }
}
