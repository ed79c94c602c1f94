import postgres from 'postgres';
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
/** A connection that says nothing is given up: the transaction that waits says something this often. */
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
 * @returns whether it was done; if not, the tables are as they were: they cannot be exchanged, or rows
 *   break a key or a foreign key
 */
export async function fillTwins(
  sql: Sql,
  load: Load,
  parts: readonly Part[],
  schema: string,
): Promise<boolean> {
  const { transaction } = load;
  if (sql.options.max < CONNECTIONS) return false;
  const tables = parts.map(({ table }) => table);
  const twins = await createTwins(sql, transaction, tables, schema);
  if (!twins) return false;
  await transaction`SET LOCAL idle_in_transaction_session_timeout = 0`;
  const beating = setInterval(() => void transaction`SELECT`.catch(() => {}), BEAT_MS);
  try {
    await fill(sql, load, parts, twins);
  } catch (error) {
    if (isViolation(error)) return false;
    throw error;
  } finally {
    clearInterval(beating);
  }
  await twins.exchange();
  return true;
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
  // Validated afterwards, which locks the users less, so that two tables are at it at the same time.
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
  const stop = new AbortController();
  load.signal.addEventListener('abort', () => stop.abort());
  return {
    /** @param tables which of the twins it is about; it fails if they are gone, and does not touch others */
    within(
      tables: readonly string[],
      work: (transaction: Transaction, signal: AbortSignal) => Promise<void>,
    ): Promise<void> {
      return longTransaction(sql, { interrupted: stop.signal }, async (transaction, signal) => {
        const twins = tables.map((table) => `${schema}.${table}`);
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
          await work(item).catch((error) => {
            failures.push(error);
            stop.abort();
          });
        }
      };
      await Promise.all(Array.from({ length: WIDTH }, lane));
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Unique, foreign key, exclusion. */
const VIOLATIONS = /^(23505|23503|23P01)$/;

function isViolation(error: unknown): boolean {
  return error instanceof postgres.PostgresError && VIOLATIONS.test(error.code);
}
