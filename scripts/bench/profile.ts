// Where the time of a cold feed from Node goes, beside pgbench with the same statement.
// Usage: npm run bench:profile; it works on the network that npm run bench has seeded.

import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { Socket } from 'node:net';
import { feedStatement, strategyOf } from '../../src/feed/statement.js';
import { createScreen } from '../../src/output/screen.js';
import { table } from '../../src/output/table.js';
import { START } from '../../src/social/cursor.js';
import type { Sql } from '../../src/stores/postgres.js';
import { runStatement, type Statement } from '../../src/stores/queries.js';
import { rolledBack } from '../../src/tuning/session.js';
import { executionMs } from './execution.js';
import { network, withPool } from './network.js';
import { openPgbench } from './pgbench.js';
import { readersNear } from './readers.js';
import { postsOf, SCALES } from './scale.js';
import { findServers } from './servers.js';
import { inTurns, throughput } from './turns.js';

const FOR_MS = 3_000;
const ROUNDS = 3;
const screen = createScreen(process.stdout, process.stderr, {
  json: false,
  quiet: false,
  verbose: false,
  color: !process.env.NO_COLOR,
});

const scale = SCALES.full;
const url = await network(await findServers(process.env), scale, postsOf(scale), screen.note);
const pgbench = await openPgbench(url);
await withPool(
  url,
  async (sql) => {
    const [reader] = await readersNear(sql, 31, 1);
    if (!reader) throw new Error('nobody follows anybody');
    const request = { userId: reader.id, limit: 20, after: START };
    const page = feedStatement(strategyOf('auto', reader.followees), request);
    screen.print(
      await comparison(sql, { 'a page of 20': page, 'one row by its key': oneRow(reader.id) }),
    );
    screen.print(`\n${await cpuProfile(() => runStatement(sql, page))}`);
  },
  1,
);

function oneRow(id: string): Statement {
  const text = 'SELECT username FROM users WHERE id = $1::uuid';
  return { name: 'user_by_id', text, parameters: [id] };
}

/** One client: what a call takes, and which part of it the server, Node and the wire have. */
async function comparison(sql: Sql, statements: Readonly<Record<string, Statement>>) {
  const rows: { what: string; figures: string[] }[] = [];
  for (const [what, statement] of Object.entries(statements)) {
    const call = () => runStatement(sql, statement);
    const [node = 0, bench = 0] = await inTurns(
      [
        () => throughput(call, 1, FOR_MS / ROUNDS),
        () => pgbench({ statement }, 1, FOR_MS / ROUNDS),
      ],
      ROUNDS,
    );
    const server = await rolledBack(sql, { timeoutMs: 60_000 }, (transaction) =>
      executionMs(transaction, statement, 'generic', 201),
    );
    const { cpuMs, writes, reads, bytesIn } = await costOf(call);
    const ms = (value: number) => value.toFixed(3);
    rows.push({
      what,
      figures: [ms(server), ms(1_000 / bench), ms(1_000 / node), ms(cpuMs), writes, reads, bytesIn],
    });
  }
  const headers = [
    'in the server',
    'pgbench',
    'Node',
    'CPU of Node',
    'writes',
    'reads',
    'bytes in',
  ];
  return table(
    rows,
    [
      { header: 'ms a call, 1 client', cell: ({ what }) => what },
      ...headers.map((header, at) => ({
        header,
        cell: ({ figures }: { figures: string[] }) => figures[at] ?? '',
        align: 'right' as const,
      })),
    ],
    screen,
  );
}

/** What one call costs this process: CPU, writes to and reads from the socket. */
async function costOf(call: () => Promise<unknown>) {
  const write = Socket.prototype.write;
  const push = Socket.prototype.push;
  let [writes, reads, bytes, calls] = [0, 0, 0, 0];
  Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>) {
    writes++;
    return write.apply(this, args);
  } as typeof write;
  Socket.prototype.push = function (this: Socket, chunk: Buffer, encoding) {
    reads++;
    bytes += chunk?.length ?? 0;
    return push.call(this, chunk, encoding);
  };
  const before = process.cpuUsage();
  const counted = () => {
    calls++;
    return call();
  };
  await throughput(counted, 1, FOR_MS / ROUNDS);
  const { user, system } = process.cpuUsage(before);
  Object.assign(Socket.prototype, { write, push });
  const each = (count: number) => (count / calls).toFixed(count / calls < 10 ? 1 : 0);
  return {
    cpuMs: (user + system) / 1_000 / calls,
    writes: each(writes),
    reads: each(reads),
    bytesIn: each(bytes),
  };
}

/** Whose code the processor is in, in shares of the time that Node is not idle. */
async function cpuProfile(call: () => Promise<unknown>): Promise<string> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await throughput(call, 8, FOR_MS);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const shares = [...sharesOf(profile)].sort(([, a], [, b]) => b - a);
  const busy = shares.reduce((sum, [, share]) => sum + share, 0);
  const percent = (part: number) => `${((100 * part) / busy).toFixed(0)}%`;
  return table(
    shares,
    [
      { header: '8 at once: where Node works', cell: ([who]) => who },
      { header: 'share', cell: ([, share]) => percent(share), align: 'right' },
    ],
    screen,
  );
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Map<string, number> {
  const ownerOf = new Map(nodes.map(({ id, callFrame }) => [id, owner(callFrame)]));
  const shares = new Map<string, number>();
  for (const [at, sample] of samples.entries()) {
    const who = ownerOf.get(sample);
    if (who) shares.set(who, (shares.get(who) ?? 0) + (timeDeltas[at] ?? 0));
  }
  return shares;
}

function owner({ functionName, url }: Profiler.Profile['nodes'][number]['callFrame']) {
  if (functionName === '(idle)' || functionName === '(root)') return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === 'writeBuffer' || functionName === 'writeUtf8String')
    return 'write to the socket';
  if (url.includes('/postgres/src/')) return 'the driver: messages, rows, queue';
  if (url.includes('/src/') || url.includes('/scripts/')) return 'socialdb: timestamps, statement';
  return 'Node and V8: streams, timers, promises';
}
