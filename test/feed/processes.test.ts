import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { withActivityStore } from '../../src/activity/open.js';
import { relayOnce } from '../../src/activity/relay.js';
import { healer } from '../../src/feed/heal.js';
import { readFeed } from '../../src/feed/page.js';
import { useDatabase } from '../support/database.js';
import type { Answer, Operation, Shown } from '../support/feed-actor.js';
import { randomOf } from '../support/interleaving.js';
import { addPeople } from '../support/people.js';
import { useRedis } from '../support/redis.js';
import { openStores } from '../support/stores.js';

const OPERATIONS = Number(process.env.SOCIALDB_OPERATIONS ?? 10_000);
const SEED = Number(process.env.SOCIALDB_SEED ?? 1);
const PROCESSES = 4;
const AT_ONCE = 16;
const READERS = ['reader0', 'reader1', 'reader2', 'reader3'];
const AUTHORS = ['author0', 'author1', 'author2', 'author3', 'author4', 'author5'];
const PAGE = 20;

/** Something that is so, as far as acknowledged writes tell; `open` while a write may change it. */
interface Fact {
  is: boolean;
  /** Number of the operation that acknowledged it. */
  since: number;
  open: number;
}

describe('feeds read and written by several processes, some of which are killed', () => {
  const database = useDatabase();
  const redis = useRedis();
  const random = randomOf(SEED);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  const posts = new Map<string, Shown>();
  const alive = new Map<string, Fact>();
  const follows = new Map<string, Fact>();
  const actors: ChildProcess[] = [];
  const pending = new Map<number, { actor: ChildProcess; end: (answer?: Answer) => void }>();
  const stale: string[] = [];
  let started = 0;
  let clock = 0;
  let kills = 0;
  let hits = 0;

  before(async () => {
    await addPeople(database.sql, ...READERS, ...AUTHORS);
    for (const reader of READERS) {
      for (const author of AUTHORS) {
        follows.set(`${reader} ${author}`, { is: false, since: 0, open: 0 });
      }
    }
    for (let at = 0; at < PROCESSES; at++) actors.push(startActor());
  });
  after(() => {
    for (const actor of actors) actor.kill('SIGKILL');
  });

  it(`show every acknowledged write, in ${OPERATIONS} operations`, {
    timeout: 600_000,
  }, async () => {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (started < OPERATIONS) await operate();
      }),
    );
    assert.deepEqual(stale, []);
    assert.ok(kills > 0, 'no writer was killed');
    assert.ok(hits > OPERATIONS / 20, `only ${hits} reads came from the cache`);
  });

  it('are not stale at all once a relay has run', async () => {
    const stores = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    await withActivityStore(stores, 10_000, (store) =>
      relayOnce(database.sql, store, { beforeDelete: healer(stores) }),
    );
    for (const reader of READERS) {
      const options = { limit: PAGE, strategy: 'auto' };
      const cached = await readFeed(stores, reader, { ...options, cache: true });
      const computed = await readFeed(stores, reader, { ...options, cache: false });
      assert.deepEqual(cached.posts, computed.posts, reader);
    }
    await stores.close();
  });

  async function operate(): Promise<void> {
    const dice = random();
    if (dice < 0.5) return read(pick(READERS));
    if (dice < 0.75) return post(pick(AUTHORS));
    if (dice < 0.82) return remove();
    return turn(pick(READERS), pick(AUTHORS));
  }

  async function post(author: string): Promise<void> {
    const answer = await ask({ kind: 'post', author });
    const [shown] = answer && 'posts' in answer ? answer.posts : [];
    if (!shown) return;
    posts.set(shown.id, shown);
    alive.set(shown.id, { is: true, since: ++clock, open: 0 });
  }

  async function remove(): Promise<void> {
    const candidates = [...alive].filter(([, fact]) => fact.is && fact.open === 0).slice(-40);
    if (candidates.length === 0) return post(pick(AUTHORS));
    const [id, fact] = pick(candidates);
    await change(fact, false, { kind: 'delete', id });
  }

  async function turn(reader: string, author: string): Promise<void> {
    const fact = follows.get(`${reader} ${author}`);
    if (!fact || fact.open > 0) return post(author);
    const kind = fact.is ? 'unfollow' : 'follow';
    await change(fact, !fact.is, { kind, reader, author });
  }

  /** A write that is acknowledged changes the fact; one whose writer was killed leaves it open. */
  async function change(fact: Fact, is: boolean, operation: Operation): Promise<void> {
    fact.open++;
    const answer = await ask(operation);
    if (!answer) return;
    fact.is = is;
    fact.since = ++clock;
    fact.open--;
  }

  async function read(reader: string): Promise<void> {
    const begun = clock;
    const following = new Set(
      AUTHORS.filter((author) => settled(follows.get(`${reader} ${author}`), true, begun)),
    );
    const expected = [...posts.values()].filter(
      ({ id, author }) => following.has(author) && settled(alive.get(id), true, begun),
    );
    const gone = [...posts.keys()].filter((id) => settled(alive.get(id), false, begun));
    const notFollowing = AUTHORS.filter((author) =>
      settled(follows.get(`${reader} ${author}`), false, begun),
    );
    const answer = await ask({ kind: 'read', reader });
    if (!answer || !('posts' in answer)) return;
    if (answer.source === 'cache') hits++;
    const page = answer.posts;
    const last = page.length === PAGE ? page.at(-1) : undefined;
    const shown = new Set(page.map(({ id }) => id));
    const missing = expected.filter(
      (one) =>
        !shown.has(one.id) &&
        !(last && isOlder(one, last)) &&
        // Nobody has begun to take it away meanwhile.
        settled(alive.get(one.id), true, begun) &&
        settled(follows.get(`${reader} ${one.author}`), true, begun),
    );
    const revived = page.filter(
      ({ id, author }) =>
        gone.includes(id) ||
        (notFollowing.includes(author) &&
          settled(follows.get(`${reader} ${author}`), false, begun)),
    );
    for (const one of [...missing, ...revived]) {
      stale.push(`${reader} ${answer.source}: ${one.author} ${one.id}`);
    }
  }

  function settled(fact: Fact | undefined, is: boolean, by: number): boolean {
    return fact !== undefined && fact.is === is && fact.open === 0 && fact.since <= by;
  }

  function isOlder(one: Shown, other: Shown): boolean {
    return `${one.createdAt} ${one.id}` < `${other.createdAt} ${other.id}`;
  }

  /** Has an actor do it; undefined when the actor was killed before it answered. */
  function ask(operation: Operation): Promise<Answer | undefined> {
    const number = ++started;
    const at = Math.floor(random() * actors.length);
    const actor = actors[at] as ChildProcess;
    const answered = new Promise<Answer | undefined>((resolve) => {
      pending.set(number, { actor, end: resolve });
    });
    actor.send({ number, operation });
    if (random() < 0.003) {
      setTimeout(() => {
        kills++;
        actor.kill('SIGKILL');
      }, random() * 5);
      actors[at] = startActor();
    }
    return answered;
  }

  function startActor(): ChildProcess {
    const module = fileURLToPath(new URL('../support/feed-actor.ts', import.meta.url));
    const actor = fork(module, [database.url, redis.url], { execArgv: ['--import', 'tsx'] });
    actor.on('message', (answer: Answer) => {
      if ('failure' in answer) stale.push(`failed: ${answer.failure}`);
      pending.get(answer.number)?.end(answer);
      pending.delete(answer.number);
    });
    actor.on('exit', () => {
      for (const [number, one] of pending) {
        if (one.actor !== actor) continue;
        one.end();
        pending.delete(number);
      }
    });
    return actor;
  }
});
