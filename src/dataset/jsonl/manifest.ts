import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { FILE_BYTES } from '../../input/limits.js';
import { readFileText } from '../../input/read.js';
import { badInput } from '../files.js';
import type { Table } from './tables.js';

const FILE = 'manifest.json';
const FORMAT = 'socialdb-jsonl';

const rows = v.pipe(v.number(), v.integer(), v.minValue(0));
const schema = v.object({
  format: v.literal(FORMAT),
  version: v.literal(1),
  rows: v.object({ users: rows, posts: rows, comments: rows, followers: rows, likes: rows }),
});

/** How many rows each file has: a file that was cut short at the end of a line looks whole. */
export type RowCounts = Record<Table['name'], number>;

/** Written last, so that an export that did not come to its end is never taken for one. */
export async function writeManifest(folder: string, rows: RowCounts): Promise<void> {
  const manifest = { format: FORMAT, version: 1, rows };
  await writeFile(join(folder, FILE), `${JSON.stringify(manifest, null, 2)}\n`, { flag: 'wx' });
}

/** @throws RequestError `bad-input` when there is none, or it is none of ours */
export async function readManifest(folder: string): Promise<RowCounts> {
  const reading = await readFileText(join(folder, FILE), FILE_BYTES).catch((error) => {
    throw badInput(folder, `there is no ${FILE}: no export, or one that did not end`, error);
  });
  try {
    return v.parse(schema, JSON.parse('text' in reading ? reading.text : '')).rows;
  } catch (error) {
    throw badInput(join(folder, FILE), 'is no manifest of an export', error);
  }
}
