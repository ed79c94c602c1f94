import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { redactUrl } from '../config.js';
import { messageOf, StoreError } from '../errors.js';
import { failureOf } from '../stores/failures.js';
import type { Stores } from '../stores/stores.js';
import { withActivityStore } from './open.js';
import { drain, type RelayOptions } from './relay.js';

const BUDGET_MS = 150;

/**
 * Gives the relay a short while at the end of a command that wrote. The change is committed and its
 * event safe in the outbox, so nothing that goes wrong here is the command's failure: it warns, never
 * throws, and never waits long.
 *
 * @param options `budgetMs`: how long to look for the activity store, and then how long to relay
 * @returns how many events reached the activity store
 */
export async function nudgeRelay(
  stores: Stores,
  { budgetMs = BUDGET_MS, beforeDelete }: Pick<RelayOptions, 'budgetMs' | 'beforeDelete'> = {},
): Promise<number> {
  const url = stores.config.mongodbUrl;
  const away = (what: string) => {
    const where = url ? `MongoDB at ${redactUrl(url)}` : 'the activity store';
    return new StoreError('activity-unavailable', `${where} ${what}`);
  };
  const relay = async () => {
    if (url && !(await listens(url, budgetMs))) throw away('does not answer');
    return withActivityStore(stores, budgetMs, (store) =>
      drain(stores.postgres(), store, {
        budgetMs,
        insertMs: budgetMs,
        lanes: 1,
        ...(beforeDelete && { beforeDelete }),
      }),
    );
  };
  const late = async () => {
    await sleep(3 * budgetMs, undefined, { ref: false });
    throw away('did not answer in time');
  };
  try {
    return await Promise.race([relay(), late()]);
  } catch (error) {
    const { message } = failureOf(error, stores.config) ?? { message: messageOf(error) };
    stores.warn(`${message}: the event waits in the outbox`);
    return 0;
  }
}

const ONE_HOST =
  /^mongodb:\/\/(?:[^@/]*@)?(?:\[(?<v6>[^\]]+)\]|(?<name>[^:/,?%[]+))(?::(?<port>\d+))?(?:[/?]|$)/;

/**
 * Whether anybody listens at the URL's one host; true where there are several, which only the driver
 * can judge. A MongoDB that is down then costs a write less than one that is up.
 */
function listens(url: string, ms: number): Promise<boolean> {
  const host = ONE_HOST.exec(url)?.groups;
  if (!host) return Promise.resolve(true);
  return new Promise((resolve) => {
    const socket = connect({
      host: host.v6 ?? host.name ?? '',
      port: Number(host.port ?? 27_017),
      timeout: ms,
    });
    const answer = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', answer(true));
    socket.once('timeout', answer(false));
    socket.once('error', answer(false));
  });
}
