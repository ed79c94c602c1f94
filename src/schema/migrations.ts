import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import postgres from 'postgres';
import { RequestError } from '../errors.js';
import { longTransaction } from '../stores/long-transaction.js';
import type { Queryable, Sql } from '../stores/postgres.js';

/** One file of sql/migrations. */
interface Migration {
  /** The file's name without `.sql`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text, in hex. */
  readonly checksum: string;
  /** What its `-- Locks:` line says about tables that are there already. */
  readonly locks: string;
}

export interface MigrationStatus {
  readonly applied: string[];
  readonly pending: string[];
  /** Applied once, with another text than the file has now. */
  readonly drifted: string[];
  /** Applied by a newer socialdb: there is no such file here. */
  readonly unknown: string[];
}

const FOLDER = new URL('../../sql/migrations/', import.meta.url);
// Any number that no other program is likely to lock: the ASCII of "socialdb".
const ADVISORY_LOCK = '8317705168046910562';

async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(new URL(file, FOLDER), 'utf8');
      return {
        name: file.replace(/\.sql$/, ''),
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
        locks: /^-- Locks: (.+)\.$/m.exec(sql)?.[1] ?? 'not stated',
      };
    }),
  );
}

/** Compares the files with what the database records as applied; changes nothing. */
export async function migrationStatus(sql: Queryable): Promise<MigrationStatus> {
  return compare(await readMigrations(), await readApplied(sql));
}

/** What {@link migrate} would run now. */
export async function pendingMigrations(sql: Queryable): Promise<Migration[]> {
  const migrations = await readMigrations();
  const { pending } = compare(migrations, await readApplied(sql));
  return migrations.filter(({ name }) => pending.includes(name));
}

/**
 * Applies what is pending: all of it or, when a statement fails, none. An advisory lock lets one
 * migrate run at a time; those that waited find nothing left to do.
 *
 * @returns the names applied now, and all that are applied after it
 * @throws RequestError `migration-drifted` when an applied file was changed, `migration-failed`
 *   with file, line and column when a statement fails
 */
export async function migrate(
  sql: Sql,
  interrupted?: AbortSignal,
): Promise<{ applied: string[]; status: MigrationStatus }> {
  const migrations = await readMigrations();
  return longTransaction(
    sql,
    { interrupted, check: 'socialdb migrate status' },
    async (transaction) => {
      // Others that migrate are waited for, however long they take; the locks of tables are not.
      await transaction`SET LOCAL lock_timeout = 0`;
      await transaction`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK}::bigint)`;
      await transaction`SET LOCAL lock_timeout TO DEFAULT`;
      const { pending, drifted } = compare(migrations, await readApplied(transaction));
      if (drifted.length > 0) {
        throw new RequestError(
          'migration-drifted',
          `${drifted.join(', ')} changed after it was applied`,
          'restore the file, and put the change into a new migration',
        );
      }
      await transaction`
      CREATE TABLE IF NOT EXISTS socialdb_migrations (
        name       text        PRIMARY KEY,
        checksum   text        NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`;
      for (const migration of migrations.filter(({ name }) => pending.includes(name))) {
        await transaction.unsafe(migration.sql).catch((error) => {
          throw explained(error, migration);
        });
        const { name, checksum } = migration;
        await transaction`INSERT INTO socialdb_migrations ${transaction({ name, checksum })}`;
      }
      return { applied: pending, status: compare(migrations, await readApplied(transaction)) };
    },
  );
}

interface AppliedRow {
  readonly name: string;
  readonly checksum: string;
}

async function readApplied(sql: Queryable): Promise<AppliedRow[]> {
  const [table] = await sql<{ there: boolean }[]>`
    SELECT to_regclass('socialdb_migrations') IS NOT NULL AS there`;
  if (!table?.there) return [];
  return sql<AppliedRow[]>`SELECT name, checksum FROM socialdb_migrations ORDER BY name`;
}

function compare(migrations: Migration[], applied: AppliedRow[]): MigrationStatus {
  const checksums = new Map(applied.map(({ name, checksum }) => [name, checksum]));
  const files = new Set(migrations.map(({ name }) => name));
  const names = (keep: (migration: Migration) => boolean) =>
    migrations.filter(keep).map(({ name }) => name);
  return {
    applied: names(({ name }) => checksums.has(name)),
    pending: names(({ name }) => !checksums.has(name)),
    drifted: names(({ name, checksum }) => checksums.has(name) && checksums.get(name) !== checksum),
    unknown: applied.map(({ name }) => name).filter((name) => !files.has(name)),
  };
}

/** A failed statement with its place in the file; other errors as they are. */
function explained(error: unknown, { name, sql }: Migration): unknown {
  if (!(error instanceof postgres.PostgresError) || !error.position) return error;
  const before = sql.slice(0, Number(error.position) - 1).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  return new RequestError(
    'migration-failed',
    `${name}.sql, ${place}: ${error.message}`,
    'nothing was changed',
    { cause: error },
  );
}
