import { basename } from 'node:path';
import type { Sql, Transaction } from '../../stores/postgres.js';
import { copyInto } from '../copy.js';
import { openText, type TextFile } from '../files.js';
import { type IdOf, idsOf } from '../identity.js';
import { type Counts, type Load, type LoadOptions, load } from '../load.js';
import { discard, mergeFollowers, mergeUsers } from '../merge.js';
import { createStaging } from '../staging.js';
import { newTally, reportOf, type Tally } from '../tally.js';
import { displayNameOf, usernameOf } from '../usernames.js';
import { edgesOf } from './parse.js';

export interface EdgeListInput {
  readonly file: string;
  /** What the ids are made from, with the nodes' names; the file's name where it is not given. */
  readonly graph?: string | undefined;
  /** Each line is two edges: both follow each other. */
  readonly undirected?: boolean | undefined;
}

const LONGEST_SUFFIX = 32;

/**
 * Imports an edge list: each node becomes a user of that name, each line makes its first node a
 * follower of its second. The file knows no times: users and edges are as old as the import.
 *
 * What is there already stays as it is, so that an import that is repeated changes nothing.
 *
 * @param sql a pool with a bound on one statement that is long enough for the whole file
 * @returns rows read, kept, and not kept by reason; and what each table got
 * @throws RequestError `bad-input` with the place; then nothing was imported
 */
export async function importEdges(
  sql: Sql,
  { file, graph, undirected = false }: EdgeListInput,
  options: LoadOptions = {},
) {
  const source = graph ?? basename(file).replace(/(\.[a-z]{1,4})?(\.gz)?$/i, '');
  const text = await openText(file);
  const merge = async (load: Load) => {
    const { transaction } = load;
    await createStaging(transaction);
    const edges = await stageEdges(load, text, idsOf(`graph/${source}`));
    const users = newTally('', 'user');
    await stageNodes(transaction, usernameOf(source, 'graph').slice(0, LONGEST_SUFFIX));
    await mergeUsers(transaction, users, 'rename');
    await judgeEdges(transaction, edges, undirected);
    const follows = newTally('', 'follow');
    await stageFollowers(transaction, undirected);
    await mergeFollowers(transaction, follows);
    return {
      ...reportOf([edges]),
      users: users.inserted,
      posts: 0,
      follows: follows.inserted,
      comments: 0,
      likes: 0,
    } satisfies Counts & ReturnType<typeof reportOf>;
  };
  return load(sql, options, { merge });
}

async function stageEdges(load: Load, file: TextFile, idOf: IdOf): Promise<Tally> {
  await createStagedEdges(load.transaction);
  const tally = newTally(file.name, 'edge');
  load.begin('edges', file.share);
  await copyInto(load, STAGED_EDGES, async ({ rows, flush }) => {
    for await (const batch of edgesOf(file)) {
      for (const { source, target } of batch) {
        tally.read++;
        rows.begin(6).uuid(idOf('user', source)).uuid(idOf('user', target));
        for (const label of [source, target]) {
          const name = usernameOf(label, 'node');
          rows.text(name).text(name === label ? null : displayNameOf(label));
        }
        if (rows.full) await flush();
      }
    }
  });
  load.begin('merging edges');
  await load.transaction`ANALYZE staged_edges`;
  return tally;
}

const STAGED_EDGES =
  'staged_edges (follower_id, followed_id, follower, follower_shown, followed, followed_shown)';

async function createStagedEdges(sql: Transaction): Promise<void> {
  await sql`
    CREATE TEMP TABLE staged_edges (
      ordinal        bigint GENERATED ALWAYS AS IDENTITY,
      follower_id    uuid NOT NULL,
      followed_id    uuid NOT NULL,
      -- Usernames, and the names in the file where they are no usernames.
      follower       text NOT NULL,
      followed       text NOT NULL,
      follower_shown text,
      followed_shown text
    ) ON COMMIT DROP`;
}

/** Nodes are users even where all their edges are self-loops. */
async function stageNodes(sql: Transaction, suffix: string): Promise<void> {
  await sql`
    INSERT INTO staged_users (id, username, display_name, suffix)
    SELECT id, min(name), min(shown), ${suffix}
      FROM (SELECT ordinal, follower_id AS id, follower AS name, follower_shown AS shown
              FROM staged_edges
            UNION ALL
            SELECT ordinal, followed_id, followed, followed_shown FROM staged_edges) n
     GROUP BY id
     ORDER BY min(ordinal), id`;
}

/** Discards the lines that bring no new edge. */
async function judgeEdges(sql: Transaction, tally: Tally, undirected: boolean): Promise<void> {
  const same = undirected
    ? sql`least(t.follower_id, t.followed_id) = least(s.follower_id, s.followed_id)
          AND greatest(t.follower_id, t.followed_id) = greatest(s.follower_id, s.followed_id)`
    : sql`t.follower_id = s.follower_id AND t.followed_id = s.followed_id`;
  // An edge to be made in both directions is there when both are.
  const there = undirected
    ? sql`followers f JOIN followers r
            ON r.follower_id = f.followed_id AND r.followed_id = f.follower_id`
    : sql`followers f`;
  await discard(tally, {
    'is-self-loop': sql`DELETE FROM staged_edges WHERE follower_id = followed_id`,
    duplicate: sql`
      DELETE FROM staged_edges s USING staged_edges t WHERE ${same} AND t.ordinal < s.ordinal`,
    'already-there': sql`
      DELETE FROM staged_edges s USING ${there}
       WHERE f.follower_id = s.follower_id AND f.followed_id = s.followed_id`,
  });
  const [left] = await sql<{ count: number }[]>`SELECT count(*) FROM staged_edges`;
  tally.inserted = left?.count ?? 0;
}

async function stageFollowers(sql: Transaction, undirected: boolean): Promise<void> {
  await sql`
    INSERT INTO staged_followers (follower_id, followed_id)
    SELECT follower_id, followed_id FROM staged_edges`;
  if (!undirected) return;
  await sql`
    INSERT INTO staged_followers (follower_id, followed_id)
    SELECT followed_id, follower_id FROM staged_edges`;
}
