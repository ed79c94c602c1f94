import postgres from 'postgres';
import { dropScratch } from '../schema/scratch.js';
import { giveRoom, longTransaction } from '../stores/long-transaction.js';
import type { Sql, Transaction } from '../stores/postgres.js';
import type { Definition } from './indexes.js';
import type { Load } from './load.js';
import { createTwins, type Twins } from './twins.js';

/** How the rows of one table are made. */
export interface Part {
  readonly table: string;
  /** Adds them to the table of that name; what the parts before this one have added can be read. */
  fill(load: Load): Promise<void>;
}

/** Tables at work at the same time, each on a connection of its own. */
const WIDTH = 2;
/** Beside them the load's own transaction, and what ends statements on Ctrl-C. */
const CONNECTIONS = WIDTH + 2;
const BEAT_MS = 30_000;

/**
 * Fills empty tables, the indexes of one being built while the next is read. A transaction is one
 * connection's, so the rows go into twins of the tables, which one last transaction puts in the tables'
 * place: it brings everything, with its keys, foreign keys and statistics, or nothing.
 *
 * @param sql a pool on the load's database
 * @param load whose transaction holds the tables, and exchanges them
 * @param parts one for each table
 * @param schema the name of a scratch schema, for the twins while they are filled
 * @returns whether it was done; if not, the tables are as they were: they cannot be exchanged, rows
 *   break a key or a foreign key, or there may not be as many connections
 */
export async function fillTwins(
  sql: Sql,
  load: Load,
  parts: readonly Part[],
  schema: string,
): Promise<boolean> {
  if (sql.options.max < CONNECTIONS || (await isLimited(load.transaction))) return false;
  const tables = parts.map(({ table }) => table);
  try {
    const twins = await createTwins(sql, load.transaction, tables, schema);
    if (twins) {
      await whileAlive(load.transaction, () => fill(sql, load, parts, twins));
      await twins.exchange();
      return true;
    }
  } catch (error) {
    if (!isViolation(error)) throw error;
  }
  await dropScratch(sql, schema);
  return false;
}

/** Whether the role or the database is not given as many connections. */
async function isLimited(sql: Transaction): Promise<boolean> {
  const [row] = await sql<[{ limited: boolean }]>`
    SELECT least(nullif(rolconnlimit, -1), nullif(datconnlimit, -1)) < ${CONNECTIONS}::int IS TRUE AS limited
      FROM pg_roles, pg_database WHERE rolname = session_user AND datname = current_database()`;
  return row.limited;
}

/**
 * The transaction that holds the tables waits meanwhile, and says so: a connection that says nothing is
 * given up on both sides.
 */
async function whileAlive(transaction: Transaction, work: () => Promise<void>): Promise<void> {
  await transaction.unsafe(`SET LOCAL idle_in_transaction_session_timeout = ${4 * BEAT_MS}`);
  const beating = setInterval(() => void transaction`SELECT`.catch(() => {}), BEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(beating);
  }
}

async function fill(sql: Sql, load: Load, parts: readonly Part[], twins: Twins): Promise<void> {
  const lanes = openLanes(sql, load, twins.schema);
  const of = (table: string, ...kinds: Definition['kind'][]) =>
    twins.definitions.filter((part) => part.table === table && kinds.includes(part.kind));
  let filled: Promise<void> = Promise.resolve();
  await lanes.sideBySide(parts, async (part) => {
    const { table } = part;
    // One is read at a time: so it is sooner complete, and what is built on it begins.
    filled = filled.then(() =>
      lanes.within([table], async (transaction, signal) => {
        await transaction.unsafe(`TRUNCATE ${table}`);
        await part.fill({ ...load, transaction, signal, fresh: true });
      }),
    );
    await filled;
    if (part === parts.at(-1)) load.begin('indexes');
    await lanes.within([table], async (transaction) => {
      for (const { creating } of of(table, 'index', 'key')) await transaction.unsafe(creating);
    });
  });
  const tables = parts.map(({ table }) => table);
  // Adding a foreign key keeps all others from doing so with the table that it refers to; validating it,
  // which is what takes time, does not.
  const notValid = (creating: string) =>
    / NOT (VALID|ENFORCED)$/.test(creating) ? creating : `${creating} NOT VALID`;
  await lanes.within(tables, async (transaction) => {
    for (const { creating } of tables.flatMap((table) => of(table, 'foreign key'))) {
      await transaction.unsafe(notValid(creating));
    }
  });
  load.begin('statistics');
  await lanes.sideBySide(tables, (table) =>
    lanes.within([table], async (transaction) => {
      for (const { name, creating } of of(table, 'foreign key')) {
        if (creating === notValid(creating)) continue;
        await transaction.unsafe(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`);
      }
      await transaction.unsafe(`ANALYZE ${table}`);
    }),
  );
}

/** Transactions on two connections, in which the tables' names mean the twins. */
function openLanes(sql: Sql, load: Load, schema: string) {
  const failure = new AbortController();
  const stop = AbortSignal.any([load.signal, failure.signal]);
  return {
    /** @param tables which of the twins it is about */
    within(
      tables: readonly string[],
      work: (transaction: Transaction, signal: AbortSignal) => Promise<void>,
    ): Promise<void> {
      return longTransaction(sql, { interrupted: stop }, async (transaction, signal) => {
        const twins = tables.map((table) => `${schema}.${table}`);
        // Were the schema gone, the names would mean the tables themselves.
        await transaction.unsafe(`LOCK TABLE ${twins.join(', ')} IN ACCESS SHARE MODE`);
        await giveRoom(transaction);
        // A table waits for what reads it in the other lane as long as that takes.
        await transaction`
          SELECT set_config('lock_timeout', '0', true),
                 set_config('search_path', concat_ws(', ', ${schema}::text,
                              nullif(current_setting('search_path'), '')), true)`;
        await work(transaction, signal);
      });
    },
    /** Works at the items in their order, two at once; when one fails, the others are ended. */
    async sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
      const queue = items.values();
      const failures: unknown[] = [];
      const lane = async () => {
        for (const item of queue) {
          if (stop.aborted) return;
          await work(item).catch((error) => {
            failures.push(error);
            failure.abort();
          });
        }
      };
      await Promise.all(Array.from({ length: WIDTH }, lane));
      if (failures.length > 0) throw failures[0];
      load.signal.throwIfAborted();
    },
  };
}

/** Unique, foreign key, exclusion. */
const VIOLATIONS = /^(23505|23503|23P01)$/;

function isViolation(error: unknown): boolean {
  return error instanceof postgres.PostgresError && VIOLATIONS.test(error.code);
}
