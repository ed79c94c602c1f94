import type { KeyValue } from '../stores/key-value.js';
import type { Sql } from '../stores/postgres.js';

/** What the cache protocol needs of Redis, on a table of PostgreSQL, for those who have no Redis. */
export async function keyValueTable(sql: Sql): Promise<KeyValue> {
  await sql`CREATE UNLOGGED TABLE cache (key text PRIMARY KEY, value text, expires timestamptz)`;
  const until = (ttlMs: number) => sql`now() + ${ttlMs}::float8 * interval '1 ms'`;
  const get = async (key: string) => {
    const [row] = await sql<{ value: string }[]>`
      SELECT value FROM cache WHERE key = ${key} AND expires > now()`;
    return row?.value ?? null;
  };
  return {
    get,
    mget: (keys) => Promise.all(keys.map(get)),
    async set(key, value, ttlMs) {
      await sql`
        INSERT INTO cache VALUES (${key}, ${value}, ${until(ttlMs)})
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires`;
    },
    async setIfAbsent(key, value, ttlMs) {
      const { count } = await sql`
        INSERT INTO cache VALUES (${key}, ${value}, ${until(ttlMs)})
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires
         WHERE cache.expires <= now()`;
      return count === 1;
    },
    async deleteIfEqual(key, value) {
      await sql`DELETE FROM cache WHERE key = ${key} AND value = ${value}`;
    },
  };
}
