import { type Clock, type FeedSource, readThrough } from '../../src/feed/timeline.js';
import { type TimelineCache, type Touched, touch } from '../../src/feed/versions.js';
import { JsonText } from '../../src/input/json.js';
import type { Post } from '../../src/social/posts.js';
import { Interleaving, SimulatedRedis } from './interleaving.js';

const READERS = ['reader0', 'reader1'];
const AUTHORS = ['author0', 'author1'];
/** Two readers and two authors: the fewer there are, the more often their steps meet. */
const SESSIONS = 3;
const WRITES_EACH = 2;
const READS_EACH = 3;
export const TTL_MS = 400;

/** What a page shows: which write of each followee is its latest, and which change of the follows. */
interface Page {
  readonly follows: number;
  readonly authors: Readonly<Record<string, number>>;
}

/** The parts of the protocol that a test may get wrong on purpose. */
export interface Protocol {
  invalidate(cache: SimulatedCache, touched: Touched, followersOf: string[]): Promise<void>;
  read(reader: SimulatedReader): Promise<Page>;
}

interface SimulatedCache extends TimelineCache {
  readonly store: SimulatedRedis;
}

/** What a read can ask of the world. */
interface SimulatedReader {
  readonly id: string;
  readonly cache: SimulatedCache;
  readonly source: FeedSource;
  readonly clock: Clock;
}

/** The protocol as socialdb has it. */
export const validated: Protocol = {
  async invalidate(cache, touched) {
    // A lost reply is answered by another attempt, with another token.
    await touch(cache, touched).catch(() => touch(cache, touched));
  },
  async read({ id, cache, source, clock }) {
    const { posts } = await readThrough(cache, id, source, {
      ttlMs: TTL_MS,
      onFailure: () => {},
      clock,
    });
    return pageOf(posts);
  },
};

export interface Outcome {
  readonly reads: number;
  /** Reads that began after a write was acknowledged, and do not show it. */
  readonly stale: number;
}

/** One random run: writers that may die, readers, a relay, evictions, FLUSHALL and time going by. */
export async function simulate(seed: number, protocol: Protocol): Promise<Outcome> {
  const world = new Interleaving(seed);
  const store = new SimulatedRedis(world, { lostReplies: 0.15 });
  // Those who remember ask in another order than those who do not.
  const cache: SimulatedCache = { store, prefix: '', ...(seed % 2 === 0 && { seen: new Map() }) };
  const latest: Record<string, number> = {};
  const acknowledged: Record<string, number> = {};
  const following = new Map(READERS.map((reader) => [reader, new Set(AUTHORS)]));
  const outbox: Touched[] = [];
  const clock: Clock = { now: () => world.now, pause: () => world.point() };
  const outcome = { reads: 0, stale: 0 };
  let writes = 0;

  const commit = (): { touched: Touched; id: string; write: number } => {
    const write = ++writes;
    const touched = world.chance(0.7)
      ? { authors: [world.pick(AUTHORS)] }
      : { readers: [world.pick(READERS)] };
    const id = [...(touched.authors ?? []), ...(touched.readers ?? [])][0] ?? '';
    const follows = following.get(id);
    if (follows) {
      const author = world.pick(AUTHORS);
      if (!follows.delete(author)) follows.add(author);
    }
    latest[id] = write;
    outbox.push(touched);
    return { touched, id, write };
  };

  const writer = async () => {
    const { touched, id, write } = commit();
    await world.point();
    // Dies between COMMIT and its SET: the relay has to heal it, and nobody was told of the write.
    if (world.chance(0.15)) return;
    try {
      await protocol.invalidate(cache, touched, READERS);
    } catch {
      return;
    }
    acknowledged[id] = Math.max(acknowledged[id] ?? 0, write);
  };

  const reader = async () => {
    const id = world.pick(READERS);
    const promised = { ...acknowledged };
    const source: FeedSource = {
      async followees() {
        await world.point();
        const list = [...(following.get(id) ?? [])].sort();
        await world.point();
        return list;
      },
      async compute() {
        const { posts } = await source.computeWithFollowees();
        return posts;
      },
      async computeWithFollowees() {
        await world.point();
        const followees = [...(following.get(id) ?? [])].sort();
        const authors = Object.fromEntries(
          followees.map((author) => [author, latest[author] ?? 0]),
        );
        const posts = [postOf({ follows: latest[id] ?? 0, authors })];
        await world.point();
        return { followees, posts };
      },
    };
    const page = await protocol.read({ id, cache, source, clock });
    outcome.reads++;
    const behind =
      page.follows < (promised[id] ?? 0) ||
      Object.entries(page.authors).some(([author, write]) => write < (promised[author] ?? 0));
    if (behind) outcome.stale++;
  };

  const relay = async () => {
    const [touched] = outbox;
    if (!touched) return;
    try {
      await protocol.invalidate(cache, touched, READERS);
      outbox.splice(outbox.indexOf(touched), 1);
    } catch {
      // The row stays for the next relay.
    }
  };

  const chaos = async () => {
    const dice = world.random();
    if (dice < 0.5) store.evictOne();
    else if (dice < 0.7) store.flushAll();
    else world.now += world.random() * TTL_MS * 1.5;
  };

  const times = (count: number, work: () => Promise<void>) => async () => {
    for (let at = 0; at < count; at++) await work();
  };
  for (let at = 0; at < SESSIONS; at++) {
    world.start(times(WRITES_EACH, writer));
    world.start(times(READS_EACH, reader));
  }
  for (let at = 0; at < 2; at++) world.start(relay);
  for (let at = 0; at < 3; at++) world.start(chaos);
  await world.run();
  return outcome;
}

function postOf(page: Page): Post {
  const content = JSON.stringify(page);
  return { id: '', author: '', authorId: '', content, metadata: new JsonText('{}'), createdAt: '' };
}

export function pageOf(posts: readonly Post[]): Page {
  return JSON.parse(posts[0]?.content ?? '') as Page;
}
