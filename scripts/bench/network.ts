import { completePlan } from '../../src/dataset/seed/plan.js';
import { seed } from '../../src/dataset/seed/seed.js';
import { migrate } from '../../src/schema/migrations.js';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import { addReaders } from './readers.js';
import { postsOf, type Scale } from './scale.js';
import { completeDatabase, isComplete, makeDatabase, type Servers, urlOf } from './servers.js';

/** Bound on one statement; loading takes minutes on a slow machine. */
const PATIENCE_MS = 3_600_000;

/** A database of the bench: `bench` is the one of full size. */
function databaseOf(scale: Scale, posts: number): string {
  return scale.name === 'full' && posts === postsOf(scale)
    ? 'bench'
    : `bench_${scale.name}_${posts}`;
}

/**
 * The seeded network with so many posts: made where it is not there yet, the same each time.
 *
 * @returns the URL of its database
 */
export async function network(
  servers: Servers,
  scale: Scale,
  posts: number,
  log: (text: string) => void,
): Promise<string> {
  const database = databaseOf(scale, posts);
  if (await isComplete(servers, database)) return urlOf(servers, database);
  log(`seeding ${database}: ${scale.users} users, ${scale.follows} follows, ${posts} posts`);
  const url = await makeDatabase(servers, database);
  await withPool(url, async (sql) => {
    await fill(sql, { users: scale.users, follows: scale.follows, posts });
    await addReaders(sql, scale);
  });
  await completeDatabase(servers, database);
  return url;
}

/** Migrates an empty database and seeds it; nobody comments or likes here. */
export async function fill(
  sql: Sql,
  size: { users: number; follows: number; posts: number },
): Promise<void> {
  await migrate(sql);
  await seed(sql, completePlan({ ...size, comments: 0, likes: 0 }));
}

/** Opens a pool for the length of `work`. */
export async function withPool<T>(
  url: string,
  work: (sql: Sql) => Promise<T>,
  max = 4,
): Promise<T> {
  const sql = openPostgres(url, { timeoutMs: PATIENCE_MS, max });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
