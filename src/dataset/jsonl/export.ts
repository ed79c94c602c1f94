import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, RequestError } from '../../errors.js';
import type { Sql, Transaction } from '../../stores/postgres.js';
import { type Counts, type LoadOptions, type Pace, type Progress, paceOf } from '../load.js';
import { longTransaction } from '../transaction.js';
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
 * @param folder is made where it is not there
 * @throws RequestError `export-exists` when one of the files is there already, `export-failed` when
 *   one cannot be written; then what was written is removed
 */
export async function exportJsonl(
  sql: Sql,
  folder: string,
  { interrupted, onProgress = () => {} }: LoadOptions = {},
): Promise<Counts & Pace> {
  const started = performance.now();
  const written: string[] = [];
  const rows: RowCounts = { users: 0, posts: 0, comments: 0, followers: 0, likes: 0 };
  try {
    await mkdir(folder, { recursive: true });
    await longTransaction(sql, { interrupted, mode: SNAPSHOT }, async (transaction, signal) => {
      for (const table of TABLES) {
        const path = join(folder, `${table.name}.jsonl`);
        const file = await open(path, 'wx');
        written.push(path);
        try {
          rows[table.name] = await exportTable(transaction, table, file, signal, onProgress);
        } finally {
          await file.close();
        }
      }
    });
    await writeManifest(folder, rows);
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })));
    throw explained(error);
  }
  const { followers: follows, ...others } = rows;
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  return { ...others, follows, ...paceOf(total, started) };
}

async function exportTable(
  transaction: Transaction,
  { name, columns }: Table,
  file: FileHandle,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<number> {
  const members = Object.entries(columns).map(([member, sql]) => `${sql} AS "${member}"`);
  // A cursor, not COPY: in postgres.js 3.4 a COPY TO that ends while the reader is behind leaves the
  // connection paused for ever.
  const lines = transaction.unsafe<{ line: string }[]>(
    `SELECT row_to_json(r)::text AS line
       FROM (SELECT ${members} FROM ${name} ORDER BY created_at, 1, 2) r`,
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

function explained(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const path = error instanceof Error && 'path' in error ? String(error.path) : 'a file';
  if (code === 'EEXIST') {
    return new RequestError('export-exists', `${path} is already there`, 'name another folder');
  }
  if (error instanceof Error && 'syscall' in error && code.startsWith('E')) {
    return new RequestError('export-failed', messageOf(error), 'name another folder');
  }
  return error;
}
