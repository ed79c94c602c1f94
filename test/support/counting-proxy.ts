import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, and counts what the client sends. */
export interface CountingProxy {
  /** The server's URL with the proxy's address. */
  readonly url: string;
  /** Counts from now on; gives what was counted, and begins anew. */
  take(): Map<string, number>;
  close(): void;
}

/** Cuts a client's bytes into messages: how long the first is, and what it counts as. */
export type Framing = (
  bytes: Buffer,
  isFirst: boolean,
) => { length: number; kind?: string } | undefined;

/** @param framing undefined while a message is not complete */
export async function countingProxy(serverUrl: string, framing: Framing): Promise<CountingProxy> {
  const target = new URL(serverUrl);
  const port = Number(target.port || (target.protocol === 'redis:' ? 6379 : 5432));
  let counts = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, target.hostname);
    let pending = Buffer.alloc(0);
    let isFirst = true;
    client.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (let found = framing(pending, isFirst); found; found = framing(pending, isFirst)) {
        if (found.kind) counts.set(found.kind, (counts.get(found.kind) ?? 0) + 1);
        pending = pending.subarray(found.length);
        isFirst = false;
      }
    });
    client.pipe(upstream);
    upstream.pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  target.hostname = '127.0.0.1';
  target.port = String((server.address() as AddressInfo).port);
  return {
    url: target.href,
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * PostgreSQL's messages, https://www.postgresql.org/docs/current/protocol-message-formats.html: the
 * first has no type. The server answers a Query, a Sync and a Flush, so these are round trips.
 */
export const postgresFraming: Framing = (bytes, isFirst) => {
  const header = isFirst ? 0 : 1;
  if (bytes.length < header + 4) return undefined;
  const length = header + bytes.readUInt32BE(header);
  if (bytes.length < length) return undefined;
  if (isFirst) return { length, kind: 'connection' };
  const type = String.fromCharCode(bytes[0] ?? 0);
  return { length, ...('QSH'.includes(type) && { kind: 'round trip' }) };
};

/** Redis' commands, https://redis.io/docs/latest/develop/reference/protocol-spec: arrays of bulk strings. */
export const redisFraming: Framing = (bytes) => {
  const count = lineAt(bytes, 0);
  if (!count) return undefined;
  let { end } = count;
  let kind = '';
  for (let word = 0; word < Number(count.text.slice(1)); word++) {
    const size = lineAt(bytes, end);
    if (!size) return undefined;
    const begin = size.end;
    end = begin + Number(size.text.slice(1)) + 2;
    if (bytes.length < end) return undefined;
    if (word === 0) kind = bytes.toString('latin1', begin, end - 2).toUpperCase();
  }
  return { length: end, kind };
};

function lineAt(bytes: Buffer, from: number): { text: string; end: number } | undefined {
  const end = bytes.indexOf('\r\n', from);
  return end < 0 ? undefined : { text: bytes.toString('latin1', from, end), end: end + 2 };
}
