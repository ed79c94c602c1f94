import { existsSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import * as v from 'valibot';
import { messageOf } from '../../errors.js';
import { flawOfJson } from '../../input/json.js';
import type { Sql } from '../../stores/postgres.js';
import type { BinaryRows } from '../binary.js';
import { copyInto } from '../copy.js';
import { badInput, openText } from '../files.js';
import { linesOf } from '../lines.js';
import { type Counts, type Load, type LoadOptions, load } from '../load.js';
import { mergeComments, mergeFollowers, mergeLikes, mergePosts, mergeUsers } from '../merge.js';
import { createStaging } from '../staging.js';
import { newTally, reportOf, type Tally } from '../tally.js';
import { readManifest } from './manifest.js';
import { TABLES, type Table } from './tables.js';

const MERGES = {
  users: (sql: Load['transaction'], tally: Tally) => mergeUsers(sql, tally, 'discard'),
  posts: mergePosts,
  comments: mergeComments,
  followers: mergeFollowers,
  likes: mergeLikes,
};

/**
 * Imports what {@link exportJsonl} wrote. An empty database becomes equal to the one exported; in one
 * that is not empty, what is there stays as it is.
 *
 * @param sql a pool with a bound on one statement that is long enough for the whole file
 * @param folder with the five files and manifest.json; each may be packed as `.jsonl.gz`
 * @returns per file and in all: rows read, kept, and not kept by reason; and what each table got
 * @throws RequestError `bad-input` with file and line; then nothing was imported
 */
export async function importJsonl(sql: Sql, folder: string, options: LoadOptions = {}) {
  const expected = await readManifest(folder);
  return load(sql, options, async (load) => {
    await createStaging(load.transaction);
    const tallies: Record<string, Tally> = {};
    for (const table of TABLES) {
      const tally = await stageTable(load, table, folder, expected[table.name]);
      await MERGES[table.name](load.transaction, tally);
      tallies[table.name] = tally;
    }
    return {
      ...reportOf(Object.values(tallies)),
      users: tallies.users?.inserted ?? 0,
      posts: tallies.posts?.inserted ?? 0,
      follows: tallies.followers?.inserted ?? 0,
      comments: tallies.comments?.inserted ?? 0,
      likes: tallies.likes?.inserted ?? 0,
    } satisfies Counts & ReturnType<typeof reportOf>;
  });
}

async function stageTable(
  load: Load,
  { name, noun, target, add }: Table,
  folder: string,
  expected: number,
): Promise<Tally> {
  const plain = join(folder, `${name}.jsonl`);
  const packed = `${plain}.gz`;
  const file = await openText(existsSync(packed) ? packed : plain);
  const tally = newTally(file.name, noun);
  load.begin(name, (rows) => rows / expected);
  const copied = copyInto(load, target, async ({ rows, flush }) => {
    for await (const { lines } of linesOf(file)) {
      for (const line of lines) {
        tally.read++;
        addLine(rows, line, `${file.name}:${tally.read}`, add);
        if (rows.full) await flush();
      }
    }
  });
  await copied.catch((error) => {
    throw withPlace(error, file.name);
  });
  load.begin(`merging ${name}`);
  if (tally.read !== expected) {
    throw badInput(file.name, `has ${tally.read} lines, where ${expected} were exported`);
  }
  return tally;
}

function addLine(rows: BinaryRows, line: string, place: string, add: Table['add']): void {
  try {
    add(rows, JSON.parse(line), line);
    // JSON.parse takes the last of two members of one name, and says nothing.
    const flaw = flawOfJson(line);
    if (flaw) throw badInput(place, flaw);
  } catch (error) {
    if (error instanceof SyntaxError) throw badInput(place, messageOf(error), error);
    if (!v.isValiError(error)) throw error;
    const [issue] = error.issues;
    throw badInput(place, `${v.getDotPath(issue) ?? 'the row'}: ${issue.message}`, error);
  }
}

/** What PostgreSQL refuses (a name's form, a text's length, a number beyond numeric) with its line. */
function withPlace(error: unknown, file: string): unknown {
  if (!(error instanceof postgres.PostgresError)) return error;
  const line = /^COPY \w+, line (\d+)/m.exec(error.where ?? '')?.[1];
  return line ? badInput(`${file}:${line}`, messageOf(error), error) : error;
}
