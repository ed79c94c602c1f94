import { requestBackfill } from '../activity/backfill.js';
import { dropAbandoned, dropScratch, scratchName } from '../schema/scratch.js';
import { giveRoom, longTransaction } from '../stores/long-transaction.js';
import type { Queryable, Sql, Transaction } from '../stores/postgres.js';
import { lossOf } from '../stores/postgres-failure.js';
import { fillTwins, type Part } from './fill.js';
import { setIndexesAside } from './indexes.js';

/** How far a load has come. */
export interface Progress {
  /** What is being done now: `posts`, `indexes`. */
  readonly step: string;
  /** Rows of this step so far; 0 where it does not go by rows. */
  readonly rows: number;
  /** The part of this step that is done, 0 to 1; undefined where nobody can know. */
  readonly share?: number | undefined;
}

export interface LoadOptions {
  /** Aborted by Ctrl-C. */
  readonly interrupted?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Told why the VACUUM after a load was not done; autovacuum does the same within minutes. */
  readonly onNotVacuumed?: (error: unknown) => void;
}

/** One bulk load while it runs. */
export interface Load {
  readonly transaction: Transaction;
  /** Whether nobody was there before. */
  readonly empty: boolean;
  /** Whether the table was emptied in this transaction, so that COPY may freeze its rows. */
  readonly fresh: boolean;
  /** Aborted with an InterruptedError by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Tells which step begins, and how to reckon the part of it that is done. */
  begin(step: string, share?: (rows: number) => number | undefined): void;
  /** Tells how many rows of the step are done. */
  advance(rows: number): void;
}

/** How the rows get into the tables. */
export interface Ways<T> {
  /**
   * Straight into tables that are empty, side by side. Where rows cannot be kept, a name that is there
   * twice or a post of nobody, all is undone and `merge` begins: it knows which rows, and why.
   */
  readonly fill?: Filling<T>;
  /** Through staged tables, beside rows that may be there. */
  readonly merge: (load: Load) => Promise<T>;
}

export interface Filling<T> {
  /** One for each table, those that are counted from others after them. */
  readonly parts: readonly Part[];
  /** Called when they are all done. */
  result(): T;
}

/** What a load has brought, in rows of each table. */
export interface Counts {
  readonly users: number;
  readonly posts: number;
  readonly follows: number;
  readonly comments: number;
  readonly likes: number;
}

export interface Pace {
  readonly durationMs: number;
  /** All rows of all tables, per second. */
  readonly rowsPerSecond: number;
}

/** Those that rows are staged for, and one that is counted from them, a row at a time. */
const ENTITIES = ['users', 'posts', 'comments', 'followers', 'likes'];
const ALL = [...ENTITIES, 'post_counters'];
const TABLES = ALL.join(', ');

/**
 * Runs a bulk load, which one transaction brings about: an error, Ctrl-C or a kill leaves nothing. Other
 * writers wait meanwhile; readers only where the database was empty, since its indexes are then built
 * afterwards. The statistics are made anew before the commit, the visibility map, without which
 * index-only scans are none, right after it.
 *
 * @param sql a pool with a bound on one statement that is long enough for the load
 * @returns what the way taken returns, and the pace
 * @throws InterruptedError on Ctrl-C; what the ways throw
 */
export async function load<T extends Counts>(
  sql: Sql,
  { interrupted, onProgress = () => {}, onNotVacuumed = () => {} }: LoadOptions,
  ways: Ways<T>,
): Promise<T & Pace> {
  const started = performance.now();
  const check = 'socialdb user list';
  const schema = scratchName();
  if (ways.fill) await dropAbandoned(sql);
  let done: T;
  try {
    done = await longTransaction(sql, { interrupted, check }, async (transaction, signal) => {
      await transaction.unsafe(`LOCK TABLE ${TABLES} IN SHARE ROW EXCLUSIVE MODE`);
      await giveRoom(transaction);
      const step = steps(onProgress);
      const empty = await isEmpty(transaction);
      const result = await takeWay(
        sql,
        { transaction, empty, fresh: false, signal, ...step },
        ways,
        schema,
      );
      if (rowsOf(result) > 0) await requestBackfill(transaction);
      return result;
    });
  } catch (error) {
    await dropScratch(sql, schema, lossOf(error)).catch(() => {});
    throw error;
  }
  // No load fails for want of it.
  const vacuum = sql.unsafe(`VACUUM ${TABLES}`);
  const cancel = () => vacuum.cancel();
  interrupted?.addEventListener('abort', cancel);
  await vacuum.catch(onNotVacuumed);
  interrupted?.removeEventListener('abort', cancel);
  return { ...done, ...paceOf(rowsOf(done), started) };
}

async function takeWay<T>(
  sql: Sql,
  load: Load,
  { fill, merge }: Ways<T>,
  schema: string,
): Promise<T> {
  const { transaction, empty } = load;
  if (empty && fill && (await fillTwins(sql, load, fill.parts, schema))) return fill.result();
  // Rows that are published cannot be updated without a key.
  const aside = empty && !(await isPublishing(transaction));
  const buildIndexes = aside ? await setIndexesAside(transaction, ENTITIES) : undefined;
  const result = await merge(load);
  if (buildIndexes) {
    load.begin('indexes');
    await buildIndexes();
  }
  load.begin('statistics');
  await transaction.unsafe(`ANALYZE ${TABLES}`);
  return result;
}

/** Whether this role may ANALYZE and VACUUM what it loads; another's are passed over without an error. */
export async function ownsTables(sql: Sql): Promise<boolean> {
  const [posts] = await sql<{ owner: boolean }[]>`
    SELECT pg_has_role(relowner, 'USAGE') AS owner FROM pg_class WHERE oid = 'posts'::regclass`;
  return posts?.owner ?? false;
}

function rowsOf({ users, posts, follows, comments, likes }: Counts): number {
  return users + posts + follows + comments + likes;
}

/** @param started what performance.now() said */
export function paceOf(rows: number, started: number): Pace {
  const durationMs = performance.now() - started;
  return {
    durationMs: Number(durationMs.toFixed(1)),
    rowsPerSecond: Math.round((rows / durationMs) * 1_000),
  };
}

function steps(onProgress: (progress: Progress) => void): Pick<Load, 'begin' | 'advance'> {
  let step = '';
  let shareOf: (rows: number) => number | undefined = () => undefined;
  return {
    begin(name, share = () => undefined) {
      step = name;
      shareOf = share;
      onProgress({ step, rows: 0 });
    },
    advance(rows) {
      onProgress({ step, rows, share: shareOf(rows) });
    },
  };
}

async function isEmpty(sql: Queryable): Promise<boolean> {
  const some = ALL.map((table) => `EXISTS (SELECT FROM ${table})`);
  const [row] = await sql.unsafe<{ empty: boolean }[]>(
    `SELECT NOT (${some.join(' OR ')}) AS empty`,
  );
  return row?.empty ?? false;
}

/** Whether changes of some tables are sent to subscribers. */
async function isPublishing(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ some: boolean }[]>`SELECT EXISTS (SELECT FROM pg_publication) AS some`;
  return row?.some ?? false;
}
