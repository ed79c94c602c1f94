import type { Sql } from '../../stores/postgres.js';
import { readTables } from '../../tuning/hints/facts.js';
import { psql, quoted } from '../../tuning/hints/hint.js';
import { stalenessOf } from '../../tuning/hints/statistics.js';
import { count, plural } from '../../wording.js';
import { type Check, fail, ok, some, warn } from '../check.js';
import { alterSystem } from './alter-system.js';
import type { PostgresSubject } from './server.js';

interface TableUpkeep {
  readonly name: string;
  readonly liveRows: number;
  readonly deadRows: number;
  /** Whether autovacuum may touch it. */
  readonly automatic: boolean;
}

function readUpkeep(sql: Sql): Promise<TableUpkeep[]> {
  return sql<TableUpkeep[]>`
    SELECT c.relname AS name,
           coalesce(pg_stat_get_live_tuples(c.oid), 0) AS "liveRows",
           coalesce(pg_stat_get_dead_tuples(c.oid), 0) AS "deadRows",
           NOT coalesce(c.reloptions && ARRAY['autovacuum_enabled=false', 'autovacuum_enabled=off'], false)
             AS automatic
      FROM pg_class c
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
     ORDER BY c.relname`;
}

const MANY_ROWS = 1_000;
/** Autovacuum takes them at a fifth: at twice that it does not keep up. */
const DEAD = 0.4;

const statistics: Check<PostgresSubject> = {
  name: 'statistics',
  async run({ sql }) {
    const names = (await readUpkeep(sql)).map(({ name }) => name);
    const tables = await readTables(sql, names);
    const never = tables.filter((table) => stalenessOf(table) === 'never');
    const stale = tables.filter((table) => stalenessOf(table) === 'stale');
    const found = [
      ...never.map(({ name }) => `${name} was never analyzed`),
      ...stale.map(({ name, changedRows }) => `${name}: ${count(changedRows)} rows written since`),
    ];
    if (found.length === 0) return ok(`${plural(tables.length, 'table')}, up to date`);
    const worst = [...never, ...stale].map(({ name }) => quoted(name));
    return warn(some(found), psql(`ANALYZE ${worst.join(', ')}`));
  },
};

const deadRows: Check<PostgresSubject> = {
  name: 'dead-rows',
  async run({ sql }) {
    const tables = await readUpkeep(sql);
    const bloated = tables.filter(
      ({ deadRows, liveRows }) => deadRows >= MANY_ROWS && deadRows > liveRows * DEAD,
    );
    const dead = tables.reduce((sum, table) => sum + table.deadRows, 0);
    if (bloated.length === 0) return ok(`${count(dead)}, which vacuum will take`);
    const found = bloated.map(
      ({ name, deadRows, liveRows }) =>
        `${name}: ${count(deadRows)} beside ${count(liveRows)} live`,
    );
    return warn(some(found), psql(`VACUUM ${bloated.map(({ name }) => quoted(name)).join(', ')}`));
  },
};

const autovacuum: Check<PostgresSubject> = {
  name: 'autovacuum',
  async run({ sql, settings }) {
    for (const name of ['autovacuum', 'track_counts']) {
      if (settings[name]?.value === 'off') {
        return fail(
          `${name} is off: tables bloat, and their statistics grow stale`,
          alterSystem(name, 'on'),
        );
      }
    }
    const off = (await readUpkeep(sql)).filter(({ automatic }) => !automatic);
    const [first] = off;
    if (!first) return ok('on');
    return warn(
      `off for ${some(off.map(({ name }) => name))}`,
      psql(`ALTER TABLE ${quoted(first.name)} RESET (autovacuum_enabled)`),
    );
  },
};

/** Transaction numbers come round after 2^31. */
const WRAPAROUND = 2 ** 31;

const wraparound: Check<PostgresSubject> = {
  name: 'wraparound',
  async run({ sql, settings }) {
    const [oldest] = await sql<{ database: string; age: number }[]>`
      SELECT datname AS database,
             greatest(age(datfrozenxid), mxid_age(datminmxid))::int8 AS age
        FROM pg_database ORDER BY age DESC LIMIT 1`;
    const { database = '', age = 0 } = oldest ?? {};
    const freezeAt = Number(settings.autovacuum_freeze_max_age?.value);
    // As the server reckons it itself: below this much it would never step in.
    const failsafeAt = Math.max(Number(settings.vacuum_failsafe_age?.value), 1.05 * freezeAt);
    const evidence = `${((100 * age) / WRAPAROUND).toFixed(1)}% of the transaction numbers used, in ${database}`;
    const fix = `vacuumdb --maintenance-db "$DATABASE_URL" --freeze ${database}`;
    if (age >= failsafeAt) return fail(`${evidence}: the server stops at 100%`, fix);
    // Vacuum begins to freeze at once; half as much again, and something keeps it from it.
    return age >= 1.5 * freezeAt ? warn(`${evidence}: vacuum does not keep up`, fix) : ok(evidence);
  },
};

export const UPKEEP_CHECKS = [statistics, deadRows, autovacuum, wraparound];
