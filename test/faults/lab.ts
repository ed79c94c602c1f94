import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { MongoClient } from 'mongodb';
import { exportJsonl } from '../../src/dataset/jsonl/export.js';
import { completePlan } from '../../src/dataset/seed/plan.js';
import { seed } from '../../src/dataset/seed/seed.js';
import { addUser } from '../../src/social/accounts.js';
import { stackSettings } from '../../src/stack/state.js';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import { runStatement, statement } from '../../src/stores/queries.js';
import { asAdmin, servers, urlOf } from '../support/database.js';
import { startFrozen } from '../support/fault-proxy.js';
import { pidsBelow, useLab } from '../support/lab.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { CANARY, type Places, type Store, startPlaces } from './faults.js';

/** The post that commands are told of. */
export const POST = '0199aa11-0000-7000-8000-000000000001';
const ROLE = `${servers.template}_canary_${process.pid}`;
const TEMPLATE = `${servers.template}_matrix_${process.pid}`;

type Kind = 'seeded' | 'waiting' | 'empty';

/** The servers of the matrix, good and bad, all with the canary as their password. */
export interface FaultLab {
  readonly places: Places;
  /** With `one.sql`, and an export in `out`. */
  readonly folder: string;
  /** A database of its own for one cell: a small network, one with an event that waits, or nothing. */
  makeDatabase(kind: Kind): Promise<{ name: string; urls: Record<Store, string> }>;
  dropDatabase(name: string): Promise<void>;
}

export function useFaultLab(): FaultLab {
  const frozen = useLab({ mode: 0o711 });
  const closing: (() => unknown)[] = [];
  let places: Places | undefined;
  let redis: TestRedis | undefined;
  let admin: Sql | undefined;
  let folder = '';
  let made = 0;
  before(async () => {
    admin = openPostgres(servers.databaseUrl, { timeoutMs: 60_000 });
    await admin.unsafe(`CREATE ROLE ${ROLE} LOGIN SUPERUSER PASSWORD '${CANARY}'`);
    redis = await startRedis([], CANARY);
    folder = await mkdtemp(join(tmpdir(), 'socialdb-faults-'));
    await makeTemplate(folder);
    await frozen.services('stack', 'up');
    const stopped = await startFrozen();
    const urls = stackSettings(frozen.home);
    for (const pid of pidsBelow(frozen.folder)) process.kill(pid, 'SIGSTOP');
    places = await startPlaces({
      postgres: urls.DATABASE_URL ?? '',
      redis: urls.REDIS_URL ?? '',
      mongodb: `mongodb://127.0.0.1:${stopped.port}/`,
    });
    closing.push(places.close, stopped.close);
  });
  after(async () => {
    for (const close of closing) close();
    redis?.client.disconnect();
    redis?.process.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    const left = await admin?.unsafe<{ datname: string }[]>(
      `SELECT datname FROM pg_database WHERE starts_with(datname, '${TEMPLATE}')`,
    );
    for (const { datname } of left ?? []) {
      await admin?.unsafe(`DROP DATABASE ${datname} WITH (FORCE)`);
    }
    if (servers.mongodbUrl) await dropStreams(servers.mongodbUrl);
    await admin?.unsafe(`DROP ROLE ${ROLE}`);
    await admin?.end({ timeout: 1 });
  });
  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the lab is there once the tests run');
    return value;
  };
  return {
    get places() {
      return there(places);
    },
    get folder() {
      return folder;
    },
    async makeDatabase(kind) {
      const database = ++made;
      const name = `${TEMPLATE}_${database}`;
      const from = kind === 'empty' ? 'template0' : TEMPLATE;
      await there(admin).unsafe(`CREATE DATABASE ${name} TEMPLATE ${from}`);
      if (kind === 'waiting') await postIn(name);
      return {
        name,
        urls: {
          postgres: asCanary(urlOf(name)),
          redis: there(redis).url,
          mongodb: servers.mongodbUrl ? mongodbOf(servers.mongodbUrl, database) : '',
        },
      };
    },
    async dropDatabase(name) {
      await there(admin).unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

function asCanary(url: string): string {
  const changed = new URL(url);
  changed.username = ROLE;
  changed.password = CANARY;
  return changed.href;
}

const STREAMS = `socialdb_faults_${process.pid}_`;

/** The stream of one database: `verify` would miss the rows of another's events. */
function mongodbOf(url: string, database: number): string {
  const changed = new URL(url);
  changed.pathname = `/${STREAMS}${database}`;
  return changed.href;
}

async function dropStreams(url: string): Promise<void> {
  const client = await MongoClient.connect(url);
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  for (const { name } of databases) {
    if (name.startsWith(STREAMS)) await client.db(name).dropDatabase();
  }
  await client.close();
}

async function makeTemplate(folder: string): Promise<void> {
  await asAdmin(`CREATE DATABASE ${TEMPLATE} TEMPLATE ${servers.template}`);
  const sql = openPostgres(urlOf(TEMPLATE), { timeoutMs: 60_000 });
  try {
    await seed(sql, completePlan({ users: 30, posts: 60, follows: 90, seed: 'faults' }));
    const { id } = await addUser(sql, 'zoe', 'zoe@example.org');
    await runStatement(sql, statement('post_create', POST, id, 'hello', '{"tags": ["coding"]}'));
    await runStatement(sql, statement('edge_follow', id, (await idOf(sql, 'alice')) ?? ''));
    await runStatement(sql, statement('edge_follow', id, (await idOf(sql, 'bob')) ?? ''));
    // What waits to be carried over would be every command's work.
    await sql`DELETE FROM activity_backfill`;
    await sql`DELETE FROM outbox`;
    await writeFile(join(folder, 'one.sql'), 'SELECT count(*) FROM posts');
    await exportJsonl(sql, join(folder, 'out'));
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Leaves an event in the outbox. */
async function postIn(database: string): Promise<void> {
  const sql = openPostgres(urlOf(database), { timeoutMs: 60_000 });
  const post = '0199aa11-0000-7000-8000-000000000002';
  const zoe = (await idOf(sql, 'zoe')) ?? '';
  await runStatement(sql, statement('post_create', post, zoe, 'to be told of', '{}'));
  await sql.end({ timeout: 1 });
}

async function idOf(sql: Sql, name: string): Promise<string | undefined> {
  const [user] = await sql<{ id: string }[]>`SELECT id FROM users WHERE username = ${name}`;
  return user?.id;
}
