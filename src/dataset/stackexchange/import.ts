import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Sql, Transaction } from '../../stores/postgres.js';
import { copyInto } from '../copy.js';
import { badInput, openText, type TextFile } from '../files.js';
import { type IdOf, idsOf } from '../identity.js';
import { type Counts, type Load, type LoadOptions, load } from '../load.js';
import { mergeComments, mergeFollowers, mergeLikes, mergePosts, mergeUsers } from '../merge.js';
import { createStaging } from '../staging.js';
import { newTally, reportOf, type Tally } from '../tally.js';
import { comments, type Mapping, posts, users, votes } from './rows.js';
import { xmlRows } from './xml.js';

export interface StackExchangeInput {
  /** The folder with Users, Posts, Comments and Votes, each `.xml` or `.xml.gz`. */
  readonly folder: string;
  /** What the ids are made from, with the dump's own; the folder's name where it is not given. */
  readonly site?: string | undefined;
}

/**
 * Imports a Stack Exchange dump. Users become users; questions and answers become posts, the rest of
 * what the dump calls posts does not; comments become comments; votes that name their voter become
 * likes; whoever answered or commented on another's post follows that user from then on.
 *
 * What is there already stays as it is, so that an import that is repeated changes nothing.
 *
 * @param sql a pool with a bound on one statement that is long enough for the whole file
 * @returns per file and in all: rows read, kept, and not kept by reason; and what each table got
 * @throws RequestError `bad-input` with the place; then nothing was imported
 */
export async function importStackExchange(
  sql: Sql,
  { folder, site = basename(resolve(folder)) }: StackExchangeInput,
  options: LoadOptions = {},
) {
  const idOf = idsOf(`stackexchange/${site}`);
  // All files are looked for before anything is read: a missing one should not show at the end.
  const files = {
    users: await openDump(folder, users),
    posts: await openDump(folder, posts),
    comments: await openDump(folder, comments),
    votes: await openDump(folder, votes),
  };
  const merge = async (load: Load) => {
    const { transaction } = load;
    await createStaging(transaction);
    const stage = (mapping: Mapping, file: TextFile) => stageFile(load, mapping, file, idOf);

    const userTally = await stage(users, files.users);
    await mergeUsers(transaction, userTally, 'rename');
    const postTally = await stage(posts, files.posts);
    await mergePosts(transaction, postTally);
    const commentTally = await stage(comments, files.comments);
    await mergeComments(transaction, commentTally);
    const voteTally = await stage(votes, files.votes);
    await mergeLikes(transaction, voteTally);
    const follows = await followAuthors(transaction);

    return {
      ...reportOf([userTally, postTally, commentTally, voteTally]),
      users: userTally.inserted,
      posts: postTally.inserted,
      follows,
      comments: commentTally.inserted,
      likes: voteTally.inserted,
    } satisfies Counts & ReturnType<typeof reportOf>;
  };
  return load(sql, options, { merge });
}

async function openDump(folder: string, { file }: Mapping): Promise<TextFile> {
  const plain = join(folder, `${file}.xml`);
  const packed = `${plain}.gz`;
  if (!existsSync(plain) && !existsSync(packed)) {
    throw badInput(folder, `there is neither ${file}.xml nor ${file}.xml.gz`);
  }
  return openText(existsSync(plain) ? plain : packed);
}

async function stageFile(
  load: Load,
  { file: name, noun, target, add }: Mapping,
  file: TextFile,
  idOf: IdOf,
): Promise<Tally> {
  const tally = newTally(file.name, noun);
  load.begin(`${noun}s`, file.share);
  await copyInto(load, target, async ({ rows, flush }) => {
    for await (const batch of xmlRows(file, name.toLowerCase())) {
      for (const row of batch) {
        tally.read++;
        add(rows, row, idOf, tally);
        if (rows.full) await flush();
      }
    }
  });
  load.begin(`merging ${noun}s`);
  return tally;
}

/**
 * Makes those who answered or commented followers of those whose posts they answered or commented,
 * from the first time on. Only what is new counts: who unfollowed since an earlier import stays so.
 *
 * @returns how many follow somebody new
 */
async function followAuthors(transaction: Transaction): Promise<number> {
  await transaction`
    INSERT INTO staged_followers (follower_id, followed_id, created_at)
    SELECT follower_id, followed_id, min(at)
      FROM (SELECT c.user_id AS follower_id, p.user_id AS followed_id, c.created_at AS at
              FROM staged_comments c JOIN posts p ON p.id = c.post_id
            UNION ALL
            SELECT a.user_id, q.user_id, a.created_at
              FROM staged_posts a JOIN posts q ON q.id = (a.metadata ->> 'parentId')::uuid) e
     WHERE follower_id <> followed_id
     GROUP BY follower_id, followed_id
     ORDER BY min(at), follower_id, followed_id`;
  const tally = newTally('', 'follow');
  await mergeFollowers(transaction, tally);
  return tally.inserted;
}
