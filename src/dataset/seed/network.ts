import type { BinaryRows } from '../binary.js';
import { createDice, shuffled } from './dice.js';
import type { SeedPlan } from './plan.js';
import { createPicks, heavyTail, popular } from './tails.js';
import { createWorld, type World } from './world.js';

/** How the rows of one table are made. */
export interface TableSource {
  readonly table: 'users' | 'posts' | 'followers' | 'comments' | 'likes';
  readonly columns: string;
  /** How many rows there are. */
  readonly count: number;
  /** Adds the rows; each step of the iteration has added one. */
  readonly rows: (rows: BinaryRows) => Iterable<unknown>;
}

const COLUMNS = {
  users: 'id, username, email, following_count, followers_count, created_at',
  posts: 'id, user_id, content, metadata, created_at',
  followers: 'follower_id, followed_id, created_at',
  comments: 'id, post_id, user_id, content, created_at',
  likes: 'user_id, post_id, created_at',
};

/**
 * A social network that follows from its plan. Whoever came early has more followers and writes more;
 * who follows much, and which posts are liked and commented, is another matter.
 *
 * @returns the tables, each after those that it refers to. A user has the counters of those follows
 *   whose rows were made before its own.
 */
export function createNetwork(plan: SeedPlan): TableSource[] {
  const world = createWorld(plan);
  const source = (
    table: TableSource['table'],
    count: number,
    make: (world: World, rows: BinaryRows) => Iterable<unknown>,
  ): TableSource => ({ table, columns: COLUMNS[table], count, rows: (rows) => make(world, rows) });
  return [
    source('users', plan.users, userRows),
    source('posts', plan.posts, postRows),
    source('followers', plan.follows, followerRows),
    source('comments', plan.comments, commentRows),
    source('likes', plan.likes, likeRows),
  ];
}

function* userRows({ plan, words, userId, arrived, degrees }: World, rows: BinaryRows) {
  for (let user = 0; user < plan.users; user++) {
    const name = words.username(user);
    rows.begin(6).uuid(userId(user)).text(name).text(`${name}@example.com`);
    rows.int4(degrees.following[user] ?? 0).int4(degrees.followers[user] ?? 0);
    yield rows.timestamptz(arrived.at(user));
  }
}

function* postRows({ plan, words, userId, postId, arrived, posted }: World, rows: BinaryRows) {
  const dice = createDice(plan.seed, 'authors');
  for (let post = 0; post < plan.posts; post++) {
    const at = posted.at(post);
    const author = popular(dice.unit(post, 0), Math.max(1, arrived.before(at)));
    const { content, metadata } = words.post(post);
    rows.begin(5).uuid(postId(post)).uuid(userId(author));
    yield rows.text(content).jsonb(metadata).timestamptz(at);
  }
}

function* followerRows({ plan, userId, arrived, degrees }: World, rows: BinaryRows) {
  const eager = shuffled(plan.seed, 'followers', plan.users);
  const pick = createPicks(plan.seed, 'followers', plan.users);
  const dice = createDice(plan.seed, 'followed-at');
  let edge = 0;
  for (const { rank, amount } of heavyTail(plan.follows, plan.users, plan.users - 1)) {
    const follower = eager(rank);
    degrees.following[follower] = amount;
    const id = Buffer.from(userId(follower));
    const since = arrived.at(follower);
    for (const followed of pick(follower, amount, follower)) {
      degrees.followers[followed] = (degrees.followers[followed] ?? 0) + 1;
      const both = Math.max(since, arrived.at(followed));
      const unit = dice.unit(edge++, 0);
      rows.begin(3).uuid(id).uuid(userId(followed));
      yield rows.timestamptz(both + Math.floor(unit * unit * (plan.until - both)));
    }
  }
}

function* commentRows(world: World, rows: BinaryRows) {
  const { plan, words, userId, postId, commentId } = world;
  const remarkable = shuffled(plan.seed, 'comments', plan.posts);
  const talkative = shuffled(plan.seed, 'commenters', plan.users);
  const dice = createDice(plan.seed, 'comments');
  let comment = 0;
  for (const { rank, amount } of heavyTail(plan.comments, plan.posts, plan.comments)) {
    const post = remarkable(rank);
    for (let n = 0; n < amount; n++, comment++) {
      const user = talkative(popular(dice.unit(comment, 0), plan.users));
      rows.begin(5).uuid(commentId(comment)).uuid(postId(post)).uuid(userId(user));
      const at = world.answered(post, user, dice.unit(comment, 1));
      yield rows.text(words.comment(comment)).timestamptz(at);
    }
  }
}

function* likeRows(world: World, rows: BinaryRows) {
  const { plan, userId, postId } = world;
  const liked = shuffled(plan.seed, 'likes', plan.posts);
  const fond = shuffled(plan.seed, 'likers', plan.users);
  const pick = createPicks(plan.seed, 'likes', plan.users);
  const dice = createDice(plan.seed, 'liked-at');
  let like = 0;
  for (const { rank, amount } of heavyTail(plan.likes, plan.posts, plan.users)) {
    const post = liked(rank);
    for (const picked of pick(post, amount)) {
      const user = fond(picked);
      const at = world.answered(post, user, dice.unit(like++, 0));
      yield rows.begin(3).uuid(userId(user)).uuid(postId(post)).timestamptz(at);
    }
  }
}
