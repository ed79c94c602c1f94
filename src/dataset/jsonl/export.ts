import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { InterruptedError, messageOf, RequestError } from '../../errors.js';
import { longTransaction } from '../../stores/long-transaction.js';
import type { Sql, Transaction } from '../../stores/postgres.js';
import { isLost } from '../../stores/postgres-failure.js';
import { type Counts, type LoadOptions, type Pace, type Progress, paceOf } from '../load.js';
import { writeFolder } from './draft.js';
import { type RowCounts, writeManifest } from './manifest.js';
import { TABLES, type Table } from './tables.js';

/** Posts may have 64 KB each. */
const ROWS_AT_ONCE = 500;
const SNAPSHOT = 'isolation level repeatable read read only';

/**
 * Writes the five tables as they are at one moment, one file each, a JSON object a line, oldest first.
 * Events and cached timelines are not in it: they follow from the tables.
 *
 * @param sql a pool with a bound on one statement that is long enough for the largest table
 * @param folder is made where it is not there; it is filled wholly or not at all
 * @throws RequestError `export-exists` when it is not empty, `export-failed` when it cannot be written
 */
export async function exportJsonl(
  sql: Sql,
  folder: string,
  { interrupted, onProgress = () => {} }: LoadOptions = {},
): Promise<Counts & Pace> {
  const started = performance.now();
  const rows: RowCounts = { users: 0, posts: 0, comments: 0, followers: 0, likes: 0 };
  try {
    await writeFolder(folder, async (draft) => {
      await longTransaction(sql, { interrupted, mode: SNAPSHOT }, async (transaction, signal) => {
        for (const table of TABLES) {
          const file = await open(join(draft, `${table.name}.jsonl`), 'wx');
          try {
            rows[table.name] = await exportTable(transaction, table, file, signal, onProgress);
          } finally {
            await file.close();
          }
        }
      });
      await writeManifest(draft, rows);
    });
  } catch (error) {
    throw explained(error);
  }
  const { followers: follows, ...others } = rows;
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  return { ...others, follows, ...paceOf(total, started) };
}

async function exportTable(
  transaction: Transaction,
  { name, members }: Table,
  file: FileHandle,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<number> {
  const columns = members.map(
    ({ name, column, kind }) => `${kind === 'time' ? timeText(column) : column} AS "${name}"`,
  );
  // A cursor, not COPY: in postgres.js 3.4 a COPY TO that ends while the reader is behind leaves the
  // connection paused for ever.
  const lines = transaction.unsafe<{ line: string }[]>(
    `SELECT row_to_json(r)::text AS line
       FROM (SELECT ${columns} FROM ${name} ORDER BY created_at, 1, 2) r`,
  );
  let count = 0;
  for await (const rows of lines.cursor(ROWS_AT_ONCE)) {
    signal.throwIfAborted();
    await file.appendFile(rows.map(({ line }) => `${line}\n`).join(''));
    count += rows.length;
    onProgress({ step: name, rows: count });
  }
  return count;
}

/** Years before AD 1 are written as PostgreSQL does. */
const timeText = (column: string) => `iso_timestamp(${column}) ||
  CASE WHEN ${column} < '0001-01-01 00:00:00+00' THEN ' BC' ELSE '' END`;

function explained(error: unknown): unknown {
  if (error instanceof InterruptedError) return new InterruptedError('nothing was written');
  if (error instanceof Error && 'syscall' in error && !isLost(error)) {
    return new RequestError('export-failed', messageOf(error), 'nothing was written');
  }
  return error;
}
