import type { FollowResult } from '../social/follow.js';
import type { Screen } from './screen.js';
import { count, plural } from './text.js';

/**
 * What became of an edge, and the two counters.
 *
 * @param verb what is so now, between the two names
 */
export function renderEdge(result: FollowResult, verb: string, { style }: Screen): string {
  const { follower, followed, followingCount, followersCount } = result;
  const counters = `${follower} follows ${count(followingCount)}; ${followed} has ${plural(followersCount, 'follower')}`;
  return `${style.bold(follower)} ${verb} ${style.bold(followed)}\n${style.dim(counters)}`;
}
