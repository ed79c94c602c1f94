import { createHash } from 'node:crypto';
import { RequestError } from '../../errors.js';
import type { Sql, Transaction } from '../../stores/postgres.js';
import { copyInto } from '../copy.js';
import { countReactions } from '../counters.js';
import { type Counts, type Filling, type Load, type LoadOptions, load } from '../load.js';
import { mergeComments, mergeFollowers, mergeLikes, mergePosts, mergeUsers } from '../merge.js';
import { createStaging } from '../staging.js';
import { newTally, type Tally } from '../tally.js';
import { createNetwork, type TableSource } from './network.js';
import type { SeedPlan } from './plan.js';

export interface SeedOptions extends LoadOptions {
  /** Add to what is there; rows of the same plan that are there already stay as they are. */
  readonly append?: boolean | undefined;
}

/**
 * Fills the database with a social network that follows from its plan.
 *
 * @param sql a pool with a bound on one statement that is long enough for the largest table
 * @returns how many rows each table got
 * @throws RequestError `not-empty` when somebody is there and `append` is not asked for
 */
export async function seed(sql: Sql, plan: SeedPlan, { append, ...options }: SeedOptions = {}) {
  return load(sql, options, {
    fill: filling(plan),
    async merge(load) {
      if (append || load.empty) return add(load, plan);
      throw new RequestError(
        'not-empty',
        'the database holds users already',
        'add to them with --append, or name an empty database in DATABASE_URL',
      );
    },
  });
}

/** Straight into the tables. Users come when it is known how many follow each of them. */
function filling(plan: SeedPlan): Filling<Counts> {
  const [users, posts, followers, comments, likes] = createNetwork(plan);
  const sources = [posts, followers, users, comments, likes].filter(
    (source) => source !== undefined,
  );
  return {
    parts: [
      ...sources.map((source) => ({
        table: source.table,
        fill: (load: Load) => copyRows(load, source, source.table),
      })),
      {
        table: 'post_counters',
        async fill(load) {
          load.begin('counters');
          await countReactions(load.transaction);
        },
      },
    ],
    result: () => ({
      users: plan.users,
      posts: plan.posts,
      follows: plan.follows,
      comments: plan.comments,
      likes: plan.likes,
    }),
  };
}

/** Through staged tables, since names may be taken and rows be there. */
async function add(load: Load, plan: SeedPlan): Promise<Counts> {
  const { transaction } = load;
  await createStaging(transaction);
  const merges: Record<TableSource['table'], (sql: Transaction, tally: Tally) => Promise<void>> = {
    users: async (sql, tally) => {
      await sql`UPDATE staged_users SET suffix = ${suffixOf(plan.seed)}`;
      await mergeUsers(sql, tally, 'rename');
    },
    posts: mergePosts,
    followers: mergeFollowers,
    comments: mergeComments,
    likes: mergeLikes,
  };
  const inserted: Partial<Record<TableSource['table'], number>> = {};
  for (const source of createNetwork(plan)) {
    await copyRows(load, source, `staged_${source.table}`);
    const tally = newTally('', source.table);
    await merges[source.table](transaction, tally);
    inserted[source.table] = tally.inserted;
  }
  const { users = 0, posts = 0, followers: follows = 0, comments = 0, likes = 0 } = inserted;
  return { users, posts, follows, comments, likes };
}

async function copyRows(load: Load, source: TableSource, table: string): Promise<void> {
  const { columns, count } = source;
  load.begin(source.table, (rows) => rows / count);
  await copyInto(load, `${table} (${columns})`, async ({ rows, flush }) => {
    for (const _ of source.rows(rows)) {
      if (rows.full) await flush();
    }
  });
}

/** What a name gets that somebody has: the seed where it can be part of a name. */
function suffixOf(seed: string): string {
  if (/^[A-Za-z0-9]{1,16}$/.test(seed)) return seed;
  return createHash('sha256').update(seed).digest('hex').slice(0, 8);
}
