import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newToken, versionKeys } from '../../src/feed/versions.js';
import { type Protocol, pageOf, simulate, TTL_MS, validated } from '../support/simulation.js';

/** SOCIALDB_RUNS=100000 is the long form: npm run test:never-stale */
const RUNS = Number(process.env.SOCIALDB_RUNS ?? 4_000);
const FIRST_SEED = Number(process.env.SOCIALDB_SEED ?? 1);

/** Runs one seed after the other, until the first that brings a stale read. */
async function campaign(protocol: Protocol, runs: number) {
  let reads = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + runs; seed++) {
    const outcome = await simulate(seed, protocol);
    reads += outcome.reads;
    if (outcome.stale > 0) return { reads, staleSeed: seed };
  }
  return { reads, staleSeed: undefined };
}

const mistakes: Record<string, Protocol> = {
  'reading the versions after the query': {
    ...validated,
    async read(reader) {
      const early = await reader.source.computeWithFollowees();
      return validated.read({
        ...reader,
        source: { ...reader.source, computeWithFollowees: () => Promise.resolve(early) },
      });
    },
  },
  'sending the same token again': {
    ...validated,
    async invalidate(cache, touched) {
      const token = newToken();
      const send = () =>
        Promise.all(
          versionKeys(cache, touched).map((key) => cache.store.set(key, token, 86_400_000)),
        );
      await send().catch(send);
    },
  },
  'deleting timelines instead of versions': {
    async invalidate(cache, touched, followers) {
      const readers = touched.readers ?? followers;
      const remove = () =>
        Promise.all(readers.map((reader) => cache.store.delete(`timeline:${reader}`)));
      await remove().catch(remove);
    },
    async read({ id, cache, source }) {
      const cached = await cache.store.get(`timeline:${id}`).catch(() => null);
      if (cached !== null) return pageOf(JSON.parse(cached));
      const posts = await source.compute();
      await cache.store.set(`timeline:${id}`, JSON.stringify(posts), TTL_MS).catch(() => {});
      return pageOf(posts);
    },
  },
};

describe('a read that begins after a write was acknowledged', () => {
  it(`shows it, in ${RUNS} random runs with crashes, evictions, FLUSHALL and expiry`, async () => {
    const { staleSeed, reads } = await campaign(validated, RUNS);
    assert.equal(
      staleSeed,
      undefined,
      'replay it with SOCIALDB_RUNS=1 SOCIALDB_SEED=<that number>',
    );
    assert.ok(reads >= RUNS);
  });

  it('would be stale after storing a page of other followees than those whose versions it has', async () => {
    // A page that shows a follow which nobody was told of yet, and then not the next post of the one followed.
    const careless: Protocol = {
      ...validated,
      read(reader) {
        let followees: readonly string[] = [];
        const source = {
          ...reader.source,
          async followees() {
            const list = await reader.source.followees();
            followees = list;
            return list;
          },
          computeWithFollowees: async () => ({
            ...(await reader.source.computeWithFollowees()),
            followees,
          }),
        };
        return validated.read({ ...reader, source });
      },
    };
    // One run of a hundred thousand has all that it takes.
    assert.ok((await simulate(20_758, careless)).stale > 0);
    assert.equal((await simulate(20_758, validated)).stale, 0);
  });

  for (const [mistake, protocol] of Object.entries(mistakes)) {
    it(`would be stale after ${mistake}`, async () => {
      const { staleSeed } = await campaign(protocol, 50_000);
      assert.ok(staleSeed, 'the runs cannot tell a wrong protocol from a right one');
    });
  }
});
