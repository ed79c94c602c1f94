import { redactUrl } from '../config.js';
import { type SocialdbError, StoreError } from '../errors.js';
import { readCounts } from '../feed/stats.js';
import { openCache } from '../feed/versions.js';
import type { Stores } from '../stores/stores.js';
import { ACTIVITY_CHECKS } from './activity.js';
import { type Check, type Diagnosis, ok } from './check.js';
import { type Examination, type Examined, examine, type Terms } from './examine.js';
import {
  MONGODB_CHECKS,
  MONGODB_REACHABLE,
  type MongodbSubject,
  meetMongodb,
} from './mongodb/server.js';
import { DISK_CHECKS } from './postgres/disk.js';
import { DURABILITY_CHECKS } from './postgres/durability.js';
import { MEMORY_CHECKS } from './postgres/memory.js';
import {
  meetPostgres,
  POSTGRES_REACHABLE,
  type PostgresSubject,
  SERVER_CHECKS,
} from './postgres/server.js';
import { SESSION_CHECKS } from './postgres/sessions.js';
import { UPKEEP_CHECKS } from './postgres/upkeep.js';
import { WAL_CHECKS } from './postgres/wal.js';
import { CACHE_CHECKS, hitRate } from './redis/cache.js';
import {
  meetRedis,
  REDIS_REACHABLE,
  REDIS_SERVER_CHECKS,
  type RedisSubject,
} from './redis/server.js';
import { SCHEMA_CHECKS } from './schema.js';
import { isWanted, type Selection, validSelection } from './selection.js';

export interface Health {
  readonly checks: Diagnosis[];
  /** Why PostgreSQL, without which nothing works, could not be asked. */
  readonly unreachable: SocialdbError | undefined;
}

/** Beyond the bound on one operation, for the greeting before it, milliseconds. */
const GRACE_MS = 500;

/**
 * Examines all stores at once, within little more than the time of one operation; changes nothing.
 *
 * @throws UsageError `unknown-check`
 */
export async function diagnose(stores: Stores, selection: Selection = {}): Promise<Health> {
  const { config } = stores;
  validSelection(selection, NAMES);
  const terms = { config, selection, endAt: performance.now() + config.timeoutMs + GRACE_MS };
  const [postgres, redis, mongodb] = await Promise.all([
    examine(postgresExamination(stores), terms),
    examineRedis(stores, terms),
    examineMongodb(stores, terms),
  ]);
  const checks = [postgres, redis, mongodb].flatMap(({ diagnoses }) => diagnoses);
  return { checks, unreachable: postgres.unreachable };
}

const POSTGRES_GROUPS = [
  {
    name: 'postgresql',
    checks: [
      ...SERVER_CHECKS,
      ...DURABILITY_CHECKS,
      ...MEMORY_CHECKS,
      ...UPKEEP_CHECKS,
      ...SESSION_CHECKS,
      ...WAL_CHECKS,
      ...DISK_CHECKS,
    ],
  },
  { name: 'schema', checks: SCHEMA_CHECKS },
  { name: 'activity', checks: ACTIVITY_CHECKS },
];

function postgresExamination(stores: Stores): Examination<PostgresSubject> {
  return {
    meet: async () => meetPostgres(stores.postgres(), stores.config.databaseUrl ?? ''),
    reachable: POSTGRES_REACHABLE,
    groups: POSTGRES_GROUPS,
  };
}

const HIT_RATE = 'hit-rate';

/** The counts are kept under the database's name, which only PostgreSQL knows. */
function hitRateCheck(stores: Stores): Check<RedisSubject> {
  return {
    name: HIT_RATE,
    async run({ redis }) {
      const cache = await openCache({ redis: async () => redis }, stores.postgres());
      return cache ? hitRate(await readCounts(cache), stores.config.cacheTtl) : ok('no cache');
    },
  };
}

async function examineRedis(stores: Stores, terms: Terms): Promise<Examined> {
  const { redisUrl: url, timeoutMs } = stores.config;
  if (!url)
    return without(
      REDIS_REACHABLE,
      'redis',
      'none is set: feeds are computed by PostgreSQL',
      terms,
    );
  let close = () => {};
  const examination: Examination<RedisSubject> = {
    async meet() {
      const { openRedis } = await import('../stores/redis.js');
      const redis = await openRedis(url, timeoutMs);
      close = () => redis.disconnect();
      return meetRedis(redis, url);
    },
    reachable: REDIS_REACHABLE,
    groups: [
      { name: 'redis', checks: [...REDIS_SERVER_CHECKS, ...CACHE_CHECKS, hitRateCheck(stores)] },
    ],
  };
  return examine(examination, terms).finally(() => close());
}

async function examineMongodb(stores: Stores, terms: Terms): Promise<Examined> {
  const { mongodbUrl: url, timeoutMs, origins } = stores.config;
  const none = 'none is set: the activity stream is kept in PostgreSQL';
  if (!url) return without(MONGODB_REACHABLE, 'mongodb', none, terms);
  let close = async () => {};
  const examination: Examination<MongodbSubject> = {
    async meet() {
      const { databaseOf, mongoReason, openMongo } = await import('../stores/mongo.js');
      const client = await openMongo(url, timeoutMs).catch((error) => {
        const message = `MongoDB at ${redactUrl(url)} ${mongoReason(error)}`;
        throw new StoreError(
          'mongodb-unavailable',
          message,
          'check MONGODB_URL, or run: socialdb stack up',
        );
      });
      close = () => client.close();
      return meetMongodb(client, databaseOf(client, url), url, origins.MONGODB_URL === 'stack');
    },
    reachable: MONGODB_REACHABLE,
    groups: [{ name: 'mongodb', checks: MONGODB_CHECKS }],
  };
  return examine(examination, terms).finally(() => void close().catch(() => {}));
}

/** A store that is done without: no fault, but good to know. */
function without(
  { name }: { readonly name: string },
  group: string,
  detail: string,
  { selection }: Terms,
): Examined {
  return { diagnoses: isWanted(selection, group, name) ? [{ group, name, ...ok(detail) }] : [] };
}

/** The names of all groups and checks. */
const NAMES = [
  ...POSTGRES_GROUPS.flatMap(({ name, checks }) => [name, ...checks.map((check) => check.name)]),
  ...['redis', ...[...REDIS_SERVER_CHECKS, ...CACHE_CHECKS].map(({ name }) => name), HIT_RATE],
  ...['mongodb', ...MONGODB_CHECKS.map(({ name }) => name)],
  ...[POSTGRES_REACHABLE, REDIS_REACHABLE, MONGODB_REACHABLE].map(({ name }) => name),
];
