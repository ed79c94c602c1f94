import type { Sql } from '../stores/postgres.js';
import type { ExpiringStore } from './store.js';

/** Events at a time: short transactions, which hold up nobody. */
const BATCH_SIZE = 5_000;

/** The TTL of the table `activity`: kept with the instance, carried out by the relay. */
export function postgresTtl(sql: Sql): ExpiringStore {
  const ttlMs = async () => {
    const [row] = await sql<{ ms: number | null }[]>`
      SELECT (extract(epoch FROM activity_ttl) * 1000)::float8 AS ms FROM instance`;
    return row?.ms ?? undefined;
  };
  return {
    ttlMs,
    async setTtl(ms) {
      const seconds = ms === undefined ? null : ms / 1_000;
      await sql`UPDATE instance SET activity_ttl = ${seconds}::float8 * interval '1 s'`;
    },
    async countBefore(at) {
      const [row] = await sql<{ count: number }[]>`
        SELECT count(*) FROM activity WHERE at < ${at}`;
      return row?.count ?? 0;
    },
    async expire() {
      // Where nothing expires, a role needs no right to delete.
      if ((await ttlMs()) === undefined) return 0;
      let expired = 0;
      for (;;) {
        const { count } = await sql`
          DELETE FROM activity WHERE id IN (
            SELECT id FROM activity
             WHERE at < now() - (SELECT activity_ttl FROM instance)
             ORDER BY at, id LIMIT ${BATCH_SIZE} FOR UPDATE SKIP LOCKED)`;
        expired += count;
        if (count < BATCH_SIZE) return expired;
      }
    },
  };
}
