import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pendingMigrations } from '../../src/schema/migrations.js';
import { openPostgres, type Sql, type Transaction } from '../../src/stores/postgres.js';
import { asAdmin, urlOf } from '../support/database.js';

/** As pg_locks names them, and as the manual and the migrations do. */
const MODES: Record<string, string> = {
  RowShareLock: 'ROW SHARE',
  RowExclusiveLock: 'ROW EXCLUSIVE',
  ShareUpdateExclusiveLock: 'SHARE UPDATE EXCLUSIVE',
  ShareLock: 'SHARE',
  ShareRowExclusiveLock: 'SHARE ROW EXCLUSIVE',
  ExclusiveLock: 'EXCLUSIVE',
  AccessExclusiveLock: 'ACCESS EXCLUSIVE',
};

describe('the "-- Locks:" line of a migration', () => {
  const name = `socialdb_locks_${process.pid}`;
  let sql: Sql;
  before(async () => {
    await asAdmin(`CREATE DATABASE ${name}`);
    sql = openPostgres(urlOf(name), { timeoutMs: 30_000 });
  });
  after(async () => {
    await sql.end({ timeout: 1 });
    await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
  });

  it('names the locks that it takes on tables that are there already', async () => {
    const migrations = await pendingMigrations(sql);
    assert.ok(migrations.length >= 3);
    for (const migration of migrations) {
      const taken = await sql.begin(async (transaction) => {
        const tables = await oidsOfTables(transaction);
        await transaction.unsafe(migration.sql);
        return locksOn(transaction, tables);
      });
      assert.deepEqual(stated(migration.locks), taken, migration.name);
    }
  });
});

async function oidsOfTables(transaction: Transaction): Promise<number[]> {
  const rows = await transaction<{ oid: number }[]>`
    SELECT oid::int8 AS oid FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`;
  return rows.map(({ oid }) => oid);
}

/** `SHARE posts`; ACCESS SHARE, which reading takes, is not worth a word. */
async function locksOn(transaction: Transaction, tables: number[]): Promise<string[]> {
  const rows = await transaction<{ mode: string; table: string }[]>`
    SELECT mode, relation::regclass::text AS table FROM pg_locks
     WHERE pid = pg_backend_pid() AND mode <> 'AccessShareLock'
       AND relation IN (SELECT value::oid
                          FROM json_array_elements_text(${JSON.stringify(tables)}::text::json))`;
  return rows.map(({ mode, table }) => `${MODES[mode] ?? mode} ${table}`).sort();
}

/** `SHARE on a, b: remark; ROW SHARE on c` as `SHARE a`, `SHARE b`, `ROW SHARE c`. */
function stated(line: string): string[] {
  if (line === 'none') return [];
  return line
    .split(';')
    .flatMap((part) => {
      const [, mode, tables = ''] = /^ *([A-Z ]+) on ([^:]+)/.exec(part) ?? [];
      return tables.split(', ').map((table) => `${mode} ${table.trim()}`);
    })
    .sort();
}
