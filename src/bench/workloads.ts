import { createDice } from '../dataset/seed/dice.js';
import { readFeed } from '../feed/page.js';
import { createComment } from '../social/comments.js';
import { follow, unfollow } from '../social/follow.js';
import { like, unlike } from '../social/likes.js';
import { listFollowers } from '../social/lists.js';
import { createPost, deletePost, findPost } from '../social/posts.js';
import { readThread } from '../social/thread.js';
import { findUser } from '../social/users.js';
import type { Operation } from './drive.js';
import type { Sandbox } from './sandbox.js';

const WORKLOADS = ['feed', 'follow', 'mix'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** A stretch of the measurement in which one kind of work is done. */
export interface Phase {
  readonly name: string;
  /** The names of what it does. */
  readonly operations: readonly string[];
  next(): Operation;
}

/** What is done, in turns: phases of one name are measured together. */
export function phasesOf(workload: Workload, sandbox: Sandbox): Phase[] {
  switch (workload) {
    case 'feed':
      return feedPhases(sandbox);
    case 'follow':
      return [followPhase(sandbox)];
    case 'mix':
      return [mixPhase(sandbox)];
  }
}

const LIMIT = 20;

/** Cold, cached, cached, cold: what drifts in the meantime falls on both. */
function feedPhases(sandbox: Sandbox): Phase[] {
  const pick = picker('feed');
  const phase = (name: string, cache: boolean): Phase => ({
    name,
    operations: [name],
    next() {
      const reader = pick(sandbox.readers);
      return { name, run: () => feedOf(sandbox, reader, cache) };
    },
  });
  const cold = phase('feed, cold', false);
  if (!sandbox.cached) return [cold];
  const cached = phase('feed, cached', true);
  return [cold, cached, cached, cold];
}

export function feedOf({ stores }: Sandbox, reader: string, cache: boolean) {
  return readFeed(stores, reader, { limit: LIMIT, strategy: 'auto', cache });
}

/** Follows, each taken back a few operations later, so that the network stays as it is. */
function followPhase({ stores, readers, popular, clients }: Sandbox): Phase {
  const dice = createDice('1', 'bench follow');
  const pair = (at: number): [string, string] => {
    const reader = readers[dice.below(readers.length, at, 0)] ?? '';
    // As in the network itself, a few are followed by most.
    const others = popular.filter((name) => name !== reader);
    const other = others[Math.floor(dice.unit(at, 1) ** 3 * others.length)] ?? '';
    return [reader, other];
  };
  let turn = 0;
  return {
    name: 'follow',
    operations: ['follow', 'unfollow'],
    next() {
      const at = turn++;
      const [reader, other] = pair(at % 2 ? Math.max(0, (at >> 1) - clients) : at >> 1);
      return at % 2
        ? { name: 'unfollow', run: () => unfollow(stores, reader, other) }
        : { name: 'follow', run: () => follow(stores, reader, other) };
    },
  };
}

/**
 * LinkBench's shares in percent (Armstrong, Ponnekanti, Borthakur, Callaghan: LinkBench, a database
 * benchmark based on the Facebook social graph, SIGMOD 2013): get_link_list 50.7, get_node 12.9 and
 * get_link 0.5, count_link 4.9, add_link 9.0, delete_link 3.0, update_link 8.0, add_node 2.6,
 * update_node 7.4, delete_node 1.0. Nothing is updated here: its two shares are comments, which add a
 * row and update a counter.
 */
export const MIX = {
  feed: 30.7,
  followers: 10,
  thread: 10,
  'read post': 13.4,
  'count followers': 4.9,
  follow: 4.5,
  like: 4.5,
  unfollow: 1.5,
  unlike: 1.5,
  comment: 15.4,
  post: 2.6,
  'delete post': 1,
} as const;

function mixPhase(sandbox: Sandbox): Phase {
  const { stores, sql, readers, popular, posts, cached } = sandbox;
  const pick = picker('mix');
  const own: string[] = [];
  const page = { limit: LIMIT };
  const publish = async () => {
    const post = { author: pick(readers), content: 'An index is a sorted copy.', tags: ['bench'] };
    own.push((await createPost(stores, post)).id);
  };
  const edge = (change: typeof follow) => {
    const reader = pick(readers);
    return change(stores, reader, pick(popular.filter((name) => name !== reader)));
  };
  const runs: Record<keyof typeof MIX, () => Promise<unknown>> = {
    feed: () => feedOf(sandbox, pick(readers), cached),
    followers: () => listFollowers(sql, pick(popular), page),
    thread: () => readThread(sql, pick(posts), LIMIT),
    'read post': () => findPost(sql, pick(posts)),
    'count followers': () => findUser(sql, pick(popular)),
    follow: () => edge(follow),
    unfollow: () => edge(unfollow),
    like: () => like(sql, pick(readers), pick(posts)),
    unlike: () => unlike(sql, pick(readers), pick(posts)),
    comment: () => createComment(sql, pick(readers), pick(posts), 'Well said.'),
    post: publish,
    'delete post': async () => {
      const id = own.shift();
      await (id ? deletePost(stores, id) : publish());
    },
  };
  const bounds: [keyof typeof MIX, number][] = [];
  let total = 0;
  for (const name of Object.keys(MIX) as (keyof typeof MIX)[]) {
    total += MIX[name];
    bounds.push([name, total]);
  }
  const dice = createDice('1', 'bench mix');
  let turn = 0;
  return {
    name: 'mix',
    operations: Object.keys(MIX),
    next() {
      const drawn = dice.unit(turn++, 0) * total;
      const [name] = bounds.find(([, bound]) => drawn < bound) ?? ['feed' as const];
      return { name, run: runs[name] };
    },
  };
}

/** Picks from lists, the same each time it is made. */
function picker(stream: string): (from: readonly string[]) => string {
  const dice = createDice('1', `bench ${stream} pick`);
  let turn = 0;
  return (from) => from[dice.below(from.length, turn++, 0)] ?? '';
}
