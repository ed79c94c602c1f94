import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import getPort from 'get-port';
import {
  type FaultProxy,
  startBlackHole,
  startFaultProxy,
  through,
} from '../support/fault-proxy.js';

/** In every password that the tool is given: none of its output may hold it. */
export const CANARY = 'canary-7f3e9c';

export const STORES = ['postgres', 'redis', 'mongodb'] as const;
export type Store = (typeof STORES)[number];

export const FAULTS = [
  'refused',
  'closed',
  'reset mid-reply',
  'silent mid-reply',
  'black hole',
  'frozen',
  'wrong password',
  'wrong database',
  'TLS only',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What a cell connects to, and what is to be ended after it. */
interface Faulty {
  readonly url: string;
  close(): void;
}

/** The places at which nothing works, once for all cells. */
export interface Places {
  readonly refused: number;
  readonly hole: number;
  readonly closing: FaultProxy;
  readonly tls: number;
  /** URLs of servers that are stopped by SIGSTOP. */
  readonly frozen: Readonly<Record<Store, string>>;
  close(): void;
}

/** @param frozen URLs of servers that are stopped by SIGSTOP */
export async function startPlaces(frozen: Places['frozen']): Promise<Places> {
  const hole = await startBlackHole();
  const closing = await startFaultProxy(frozen.postgres);
  closing.treat('close');
  // It has no certificate, which nobody asks for who speaks plainly.
  const tls = createTlsServer();
  tls.on('tlsClientError', () => {});
  tls.listen(0, '127.0.0.1');
  await once(tls, 'listening');
  return {
    refused: await getPort(),
    hole: hole.port,
    closing,
    tls: (tls.address() as AddressInfo).port,
    frozen,
    close() {
      hole.close();
      closing.close();
      tls.close();
    },
  };
}

/**
 * The URL by which a store is reached in one cell.
 *
 * @param url a good one
 * @param bytes what the server sends to this command when all is well
 */
export async function faulty(
  fault: Fault,
  { store, url, bytes, places }: { store: Store; url: string; bytes: number; places: Places },
): Promise<Faulty> {
  const at = (where: string) => ({ url: where, close() {} });
  switch (fault) {
    case 'refused':
      return at(withPassword(through(url, places.refused)));
    case 'closed':
      return at(withPassword(through(url, places.closing.port)));
    case 'black hole':
      return at(withPassword(through(url, places.hole)));
    case 'TLS only':
      return at(withPassword(through(url, places.tls)));
    case 'frozen':
      return at(withPassword(places.frozen[store]));
    case 'wrong password':
      return at(withPassword(url, `not-${CANARY}`));
    case 'wrong database':
      return at(withPath(url, store === 'redis' ? '/9999' : '/nosuch'));
    case 'reset mid-reply':
    case 'silent mid-reply': {
      const proxy = await startFaultProxy(url);
      proxy.failAfter(Math.ceil(bytes / 2), fault === 'reset mid-reply' ? 'reset' : 'silence');
      return proxy;
    }
  }
}

function withPassword(url: string, password = CANARY): string {
  const changed = new URL(url);
  changed.username ||= 'somebody';
  changed.password = password;
  return changed.href;
}

function withPath(url: string, path: string): string {
  const changed = new URL(url);
  changed.pathname = path;
  return changed.href;
}
