import { nudgeRelay } from '../activity/nudge.js';
import { healer } from '../feed/heal.js';
import type { Context } from './context.js';

/** What every command that wrote does at its end: a short while for the relay. */
export async function deliver({ stores }: Context): Promise<void> {
  await nudgeRelay(stores, { beforeDelete: healer(stores) });
}
