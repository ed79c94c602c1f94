import { MICROS_PER_DAY } from '../timestamps.js';
import { createIds } from './dice.js';
import { DAYS, type SeedPlan, SILENT_DAYS } from './plan.js';
import { arrivals, conversation, createTimeline, type Timeline } from './timeline.js';
import { createWords, type Words } from './words.js';

/** What the tables of a network have in common. Users and posts go by their index, in order of time. */
export interface World {
  readonly plan: SeedPlan;
  readonly words: Words;
  /** The ids of an index; each in a buffer that is used again. */
  readonly userId: (index: number) => Buffer;
  readonly postId: (index: number) => Buffer;
  readonly commentId: (index: number) => Buffer;
  readonly arrived: Timeline;
  readonly posted: Timeline;
  /** Counted as follows are made: how many each user follows, and is followed by. */
  readonly degrees: { readonly following: Uint32Array; readonly followers: Uint32Array };
  /**
   * When a user answers a post: after both were there, and soon.
   *
   * @param unit the chance in it, from 0 to below 1
   */
  answered(post: number, user: number, unit: number): number;
}

/** Answers come within a month, most of them much sooner. */
const LONGEST_DELAY = 30 * MICROS_PER_DAY;

export function createWorld(plan: SeedPlan): World {
  const { seed, users, posts, until } = plan;
  const from = until - DAYS * MICROS_PER_DAY;
  const start = from + SILENT_DAYS * MICROS_PER_DAY;
  const talk = conversation(seed, start, (DAYS - SILENT_DAYS) * 24);
  const arrived = createTimeline(seed, 'users', users, from, arrivals(DAYS * 24));
  const posted = createTimeline(seed, 'posts', posts, start, talk);
  return {
    plan,
    words: createWords(seed),
    userId: createIds(seed, 'users'),
    postId: createIds(seed, 'posts'),
    commentId: createIds(seed, 'comments'),
    arrived,
    posted,
    degrees: { following: new Uint32Array(users), followers: new Uint32Array(users) },
    answered(post, user, unit) {
      const earliest = Math.max(posted.at(post), arrived.at(user));
      const soon = unit * unit * unit;
      return earliest + Math.floor(soon * soon * Math.min(LONGEST_DELAY, until - earliest));
    },
  };
}
