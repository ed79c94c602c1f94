import { completePlan } from '../dataset/seed/plan.js';
import { seed } from '../dataset/seed/seed.js';
import { RequestError, StoreError } from '../errors.js';
import { clear } from '../feed/maintain.js';
import type { FeedStores } from '../feed/page.js';
import { keysOf } from '../feed/stats.js';
import { openCache, type RedisCache } from '../feed/versions.js';
import { migrate } from '../schema/migrations.js';
import { inScratchSchema, SCRATCH_PREFIX, scratchSchemas } from '../schema/scratch.js';
import type { WriteStores } from '../social/write.js';
import { openPostgres, type Sql } from '../stores/postgres.js';
import type { Stores } from '../stores/stores.js';

export interface Network {
  readonly users: number;
  readonly posts: number;
  readonly follows: number;
}

/** A made-up network of its own, on which anything may be done. */
export interface Sandbox {
  readonly stores: FeedStores & WriteStores;
  readonly sql: Sql;
  readonly network: Network;
  readonly clients: number;
  /** Whether there is a Redis. */
  readonly cached: boolean;
  /** Usernames, in no order. */
  readonly readers: readonly string[];
  /** Usernames, the most followed first. */
  readonly popular: readonly string[];
  /** Ids of the newest posts. */
  readonly posts: readonly string[];
}

export interface SandboxOptions {
  readonly users: number;
  readonly clients: number;
  readonly interrupted: AbortSignal;
  onStep(step: string): void;
}

/** For seeding, and for building indexes on what was seeded. */
const PATIENCE_MS = 600_000;
const READERS = 500;
const POSTS = 2_000;
/** Timelines outlive the measurement. */
const CACHE_TTL_S = 7_200;

/**
 * Seeds a network in a scratch schema, the same each time, and gives it up afterwards, with what was
 * cached of it. The rows, cached timelines and events of others are neither read nor changed: the
 * schema is part of the name under which things are cached.
 *
 * @throws RequestError `too-many-clients`; the driver's error when a store that is configured is down
 */
export async function inSandbox(
  stores: Stores,
  { users, clients, interrupted, onStep }: SandboxOptions,
  work: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const { config } = stores;
  await checkConnections(stores.postgres(PATIENCE_MS), clients);
  const redis = config.redisUrl ? await stores.requireRedis() : undefined;
  await inScratchSchema(stores, PATIENCE_MS, async (scratch, schema) => {
    onStep('seeding');
    await migrate(scratch);
    const progress = ({ step }: { step: string }) => onStep(`seeding ${step}`);
    const plan = completePlan({ users });
    const seeded = await seed(scratch, plan, { interrupted, onProgress: progress });
    const network = { users: seeded.users, posts: seeded.posts, follows: seeded.follows };
    const sql = openPostgres(config.databaseUrl ?? '', {
      timeoutMs: config.timeoutMs,
      max: clients,
      schema,
    });
    const sandboxed = {
      config: { ...config, cacheTtl: CACHE_TTL_S },
      postgres: () => sql,
      redis: async () => redis,
      // To be done without Redis is no success here: it would be measured as one.
      redisFailed: (error: unknown) => {
        throw error;
      },
      warn: (message: string) => {
        throw new StoreError('redis-unavailable', message);
      },
    };
    const cache = await openCache(sandboxed, sql);
    try {
      if (cache) await clearAbandoned(cache, schema, await scratchSchemas(sql));
      const lists = await listsOf(sql);
      const cached = cache !== undefined;
      await work({ stores: sandboxed, sql, network, clients, cached, ...lists });
    } finally {
      // What is still under way was waited for long enough.
      await sql.end({ timeout: 0 });
      if (cache) await clear(cache);
    }
  });
}

/** A client of PostgreSQL is a connection, of which the server has only so many. */
async function checkConnections(sql: Sql, clients: number): Promise<void> {
  const [server] = await sql<{ free: number }[]>`
    SELECT current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS free`;
  const most = (server?.free ?? 0) - 4;
  if (clients <= most) return;
  throw new RequestError(
    'too-many-clients',
    `PostgreSQL has ${Math.max(0, most)} connections left for clients`,
    'ask for fewer --clients, or raise max_connections',
  );
}

async function listsOf(sql: Sql): Promise<Pick<Sandbox, 'readers' | 'popular' | 'posts'>> {
  const names = async (rows: Promise<{ name: string }[]>) => (await rows).map(({ name }) => name);
  return {
    readers: await names(sql`
      SELECT username AS name FROM users WHERE following_count > 0
       ORDER BY hashtext(username), id LIMIT ${READERS}`),
    popular: await names(sql`
      SELECT username AS name FROM users ORDER BY followers_count DESC, id LIMIT ${READERS}`),
    posts: await names(sql`
      SELECT id AS name FROM posts ORDER BY created_at DESC, id DESC LIMIT ${POSTS}`),
  };
}

/** Drops what is cached of scratch schemas that are no more: those of programs that were killed. */
async function clearAbandoned(
  { redis, prefix }: RedisCache,
  schema: string,
  there: readonly string[],
): Promise<void> {
  const siblings = { redis, prefix: prefix.slice(0, -`${schema}:`.length) };
  for await (const batch of keysOf(siblings, SCRATCH_PREFIX)) {
    const abandoned = batch.filter((key) => !there.some((name) => key.includes(`.${name}:`)));
    await Promise.all(abandoned.map((key) => redis.unlink(key)));
  }
}
