import { readConfig } from '../../src/config.js';
import { StoreError } from '../../src/errors.js';
import { readFeed } from '../../src/feed/page.js';
import { createComment } from '../../src/social/comments.js';
import { follow, unfollow } from '../../src/social/follow.js';
import { like } from '../../src/social/likes.js';
import { createPost } from '../../src/social/posts.js';
import { failureOf } from '../../src/stores/failures.js';
import { createStores, type Stores } from '../../src/stores/stores.js';

type Phase = 'none' | 'postgres' | 'redis' | 'mongodb';

export interface Load {
  /** Ids of posts whose write was reported as done. */
  readonly acknowledged: string[];
  /** Which store is away from now on. */
  phase(phase: Phase): void;
  stop(): Promise<Tally>;
}

interface Tally {
  /** For people: counts, error rates, the longest outage. */
  readonly lines: string[];
  /** What is no failure of a store. */
  readonly bugs: string[];
  /** Failures while PostgreSQL was there. */
  readonly errorsWithoutPostgres: string[];
}

const USERS = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'];
/** PostgreSQL that is back may still have to tell a connection that it was lost. */
const AFTERMATH_MS = 1_500;

/** Reads and writes, as commands do, until it is told to stop. */
export function startLoad(
  env: Readonly<Record<string, string>>,
  { workers, random }: { workers: number; random: () => number },
): Load {
  const config = readConfig(env, {}, {});
  const acknowledged: string[] = [];
  const bugs: string[] = [];
  const errorsWithoutPostgres: string[] = [];
  const counts = { reads: 0, writes: 0, failedReads: 0, failedWrites: 0 };
  const outages = { reads: outage(), writes: outage() };
  let stopped = false;
  let phase: Phase = 'none';
  let postgresBackAt = 0;

  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const write = async (stores: Stores) => {
    const [user, other] = [pick(USERS), pick(USERS)];
    const dice = random();
    if (dice < 0.4) {
      acknowledged.push((await createPost(stores, { author: user, content: 'soak' })).id);
    } else if (dice < 0.8 && user !== other) {
      await (random() < 0.5 ? follow : unfollow)(stores, user, other);
    } else if (acknowledged.length > 0) {
      const post = pick(acknowledged);
      if (dice < 0.9) await like(stores.postgres(), user, post);
      else await createComment(stores.postgres(), user, post, 'soak');
    }
  };
  const read = (stores: Stores) =>
    readFeed(stores, pick(USERS), { limit: 20, strategy: 'auto', cache: true });

  const worker = async () => {
    const stores = createStores(config, { warn: () => {} });
    while (!stopped) {
      const kind = random() < 0.5 ? 'reads' : 'writes';
      const began = phase;
      try {
        await (kind === 'reads' ? read(stores) : write(stores));
        counts[kind]++;
        outages[kind].over();
      } catch (error) {
        counts[kind === 'reads' ? 'failedReads' : 'failedWrites']++;
        const failure = failureOf(error, config);
        if (!(failure instanceof StoreError)) bugs.push(String((error as Error).stack));
        const postgres = began === 'postgres' || phase === 'postgres';
        if (!postgres && performance.now() > postgresBackAt + AFTERMATH_MS) {
          errorsWithoutPostgres.push(`${phase}: ${failure?.message}`);
        }
      }
    }
    await stores.close();
  };
  const work = Array.from({ length: workers }, worker);

  return {
    acknowledged,
    phase(next) {
      if (phase === 'postgres') postgresBackAt = performance.now();
      phase = next;
    },
    async stop() {
      stopped = true;
      await Promise.all(work);
      const line = (name: 'reads' | 'writes', failed: number) =>
        `${counts[name]} ${name}, ${failed} failed (${((100 * failed) / (counts[name] + failed)).toFixed(2)} %), longest outage ${(outages[name].longest() / 1_000).toFixed(1)} s`;
      return {
        lines: [line('reads', counts.failedReads), line('writes', counts.failedWrites)],
        bugs,
        errorsWithoutPostgres,
      };
    },
  };
}

/** Measures the longest time without a success. */
function outage() {
  let last = performance.now();
  let longest = 0;
  return {
    over() {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    },
    longest: () => longest,
  };
}
