import { requestBackfill } from '../activity/backfill.js';
import { longTransaction } from '../stores/long-transaction.js';
import type { Queryable, Sql, Transaction } from '../stores/postgres.js';
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
  /** Whether the tables were emptied in this transaction, so that COPY may freeze their rows. */
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
   * Straight into tables that are empty, whose keys and indexes are built afterwards. When these meet
   * rows that cannot be kept, a name that is there twice or a post of nobody, all is undone and
   * `merge` begins: it knows which rows, and why.
   */
  readonly fill?: (load: Load) => Promise<T>;
  /** Through staged tables, beside rows that may be there. */
  readonly merge: (load: Load) => Promise<T>;
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

const TABLES = 'users, posts, comments, followers, likes, post_counters';

/**
 * Runs a bulk load: everything in one transaction, so that an error, Ctrl-C or a kill leaves nothing.
 * Other writers wait meanwhile; readers only where the database was empty, since its indexes are then
 * built afterwards. The statistics are made anew in the same transaction, the visibility map, without
 * which index-only scans are none, right after it.
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
  const done = await longTransaction(sql, { interrupted, check }, async (transaction, signal) => {
    await transaction.unsafe(`LOCK TABLE ${TABLES} IN SHARE ROW EXCLUSIVE MODE`);
    // One session's, for joins of whole tables and indexes built at once.
    await transaction`SET LOCAL work_mem = '64MB'`;
    await transaction`SET LOCAL maintenance_work_mem = '256MB'`;
    const step = steps(onProgress);
    const result = await takeWay({ transaction, fresh: false, signal, ...step }, ways);
    if (rowsOf(result) > 0) await requestBackfill(transaction);
    step.begin('statistics');
    await transaction.unsafe(`ANALYZE ${TABLES}`);
    return result;
  });
  // No load fails for want of it.
  const vacuum = sql.unsafe(`VACUUM ${TABLES}`);
  const cancel = () => vacuum.cancel();
  interrupted?.addEventListener('abort', cancel);
  await vacuum.catch(onNotVacuumed);
  interrupted?.removeEventListener('abort', cancel);
  return { ...done, ...paceOf(rowsOf(done), started) };
}

async function takeWay<T>(load: Load, { fill, merge }: Ways<T>): Promise<T> {
  const { transaction } = load;
  if (!(await isEmpty(transaction))) return merge(load);
  const indexes = await setIndexesAside(transaction);
  const truncate = () => transaction.unsafe(`TRUNCATE ${TABLES}`);
  if (fill) {
    await truncate();
    const result = await fill({ ...load, fresh: true });
    load.begin('indexes');
    if (await indexes.buildIfValid()) return result;
    await truncate();
  }
  const result = await merge(load);
  load.begin('indexes');
  await indexes.build();
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

/** Whether nobody is there; posts and edges need somebody. */
async function isEmpty(sql: Queryable): Promise<boolean> {
  const [users] = await sql<{ some: boolean }[]>`SELECT EXISTS (SELECT FROM users) AS some`;
  return !users?.some;
}
