import { existsSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { messageOf } from '../../errors.js';
import type { Sql } from '../../stores/postgres.js';
import { copyInto } from '../copy.js';
import { addToUserCounters, countReactions } from '../counters.js';
import { badInput, openText } from '../files.js';
import { linesOf } from '../lines.js';
import { type Counts, type Load, type LoadOptions, load } from '../load.js';
import { mergeComments, mergeFollowers, mergeLikes, mergePosts, mergeUsers } from '../merge.js';
import { createStaging } from '../staging.js';
import { newTally, reportOf, type Tally } from '../tally.js';
import { type RowCounts, readManifest } from './manifest.js';
import { rowAdder } from './row.js';
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
  return load(sql, options, {
    fill: filling(folder, expected),
    merge: (load) => merge(load, folder, expected),
  });
}

/** Straight into the tables: where every row can be kept, nothing is to be told apart. */
function filling(folder: string, expected: RowCounts) {
  const tallies: Tally[] = [];
  const parts = TABLES.map((table) => ({
    table: table.name,
    async fill(load: Load) {
      const tally = await copyTable(load, table, table.name, folder, expected[table.name]);
      tally.inserted = tally.read;
      tallies.push(tally);
    },
  }));
  const counters = {
    table: 'post_counters',
    async fill(load: Load) {
      load.begin('counters');
      await addToUserCounters(load.transaction, 'followers');
      await countReactions(load.transaction);
    },
  };
  return { parts: [...parts, counters], result: () => resultOf(tallies) };
}

/** Through staged tables, where it is found out which rows can be kept. */
async function merge(load: Load, folder: string, expected: RowCounts) {
  await createStaging(load.transaction);
  const tallies: Tally[] = [];
  for (const table of TABLES) {
    const { name } = table;
    const tally = await copyTable(load, table, `staged_${name}`, folder, expected[name]);
    load.begin(`merging ${name}`);
    await MERGES[name](load.transaction, tally);
    tallies.push(tally);
  }
  return resultOf(tallies);
}

/** @param tallies one for each of {@link TABLES} */
function resultOf(tallies: readonly Tally[]) {
  const inserted = (name: Table['name']) =>
    tallies[TABLES.findIndex((table) => table.name === name)]?.inserted ?? 0;
  return {
    ...reportOf(tallies),
    users: inserted('users'),
    posts: inserted('posts'),
    follows: inserted('followers'),
    comments: inserted('comments'),
    likes: inserted('likes'),
  } satisfies Counts & ReturnType<typeof reportOf>;
}

/** @param into the table, or the staged one, that gets the rows */
async function copyTable(
  load: Load,
  { name, noun, members }: Table,
  into: string,
  folder: string,
  expected: number,
): Promise<Tally> {
  const plain = join(folder, `${name}.jsonl`);
  const packed = `${plain}.gz`;
  const file = await openText(existsSync(packed) ? packed : plain);
  const tally = newTally(file.name, noun);
  const add = rowAdder(members);
  load.begin(name, (rows) => rows / expected);
  const target = `${into} (${members.map(({ column }) => column).join(', ')})`;
  const copied = copyInto(load, target, async ({ rows, flush }) => {
    for await (const { lines } of linesOf(file)) {
      for (const line of lines) {
        tally.read++;
        add(rows, line, `${file.name}:${tally.read}`);
        if (rows.full) await flush();
      }
    }
  });
  await copied.catch((error) => {
    throw withPlace(error, file.name);
  });
  if (tally.read !== expected) {
    throw badInput(file.name, `has ${tally.read} lines, where ${expected} were exported`);
  }
  return tally;
}

/** What PostgreSQL refuses (a name's form, a text's length, a number beyond numeric) with its line. */
function withPlace(error: unknown, file: string): unknown {
  if (!(error instanceof postgres.PostgresError)) return error;
  const line = /^COPY \w+, line (\d+)/m.exec(error.where ?? '')?.[1];
  return line ? badInput(`${file}:${line}`, messageOf(error), error) : error;
}
