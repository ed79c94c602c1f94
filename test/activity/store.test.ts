import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityEvent } from '../../src/activity/event.js';
import { describeOnEachStore, eventOf } from './activity-stores.js';

const DAY_MS = 86_400_000;

describeOnEachStore('the activity store', (activity) => {
  const bob = { id: '00000000-0000-4000-8000-0000000000b0', name: 'bob' };
  const events = [
    eventOf(1),
    // The same microsecond: the id decides.
    eventOf(3, { at: '2026-11-23T15:09:15.000002Z', type: 'posted', actor: bob }),
    eventOf(2),
    // The same millisecond.
    eventOf(4, { type: 'posted' }),
    eventOf(5, { at: '2026-11-23T16:10:00.000000Z', actor: bob }),
    eventOf(6, { at: '2026-11-25T00:00:00.000000Z' }),
  ];
  const inOrder = [1, 2, 3, 4, 5, 6].map((n) => eventOf(n).id);
  const ids = (found: readonly { id: string }[]) => found.map(({ id }) => id);

  it('keeps an event once, however often it is put in', async () => {
    assert.deepEqual(await activity.store.insert(events.slice(0, 3)), []);
    assert.deepEqual(await activity.store.insert(events), []);
    assert.equal(await activity.count(), events.length);
  });

  it('gives events back as they were put in', async () => {
    const [found] = await activity.store.find([eventOf(3).id]);
    assert.deepEqual(found, events[1]);
    assert.deepEqual(await activity.store.find(['00000000-0000-4000-8000-00000000dead']), []);
  });

  it('orders them by time to the microsecond, then by id', async () => {
    const oldest = await activity.store.read({}, { order: 'oldest', limit: 100 });
    assert.deepEqual(ids(oldest), inOrder);
    const newest = await activity.store.read({}, { order: 'newest', limit: 4 });
    assert.deepEqual(ids(newest), inOrder.slice(2).reverse());
  });

  it('pages without a gap and without a repeat', async () => {
    const seen: string[] = [];
    let after: ActivityEvent | undefined;
    do {
      const page = await activity.store.read(
        {},
        { order: 'oldest', limit: 2, ...(after && { after }) },
      );
      seen.push(...ids(page));
      after = page.at(-1)?.event;
    } while (after);
    assert.deepEqual(seen, inOrder);
  });

  it('tells events apart by type, actor and time, the bounds included', async () => {
    const read = async (filter: Parameters<typeof activity.store.read>[0]) =>
      ids(await activity.store.read(filter, { order: 'oldest', limit: 100 }));
    const id = (n: number) => eventOf(n).id;
    assert.deepEqual(await read({ types: ['posted'] }), [id(3), id(4)]);
    assert.deepEqual(await read({ types: ['posted', 'liked'] }), inOrder);
    assert.deepEqual(await read({ actorId: bob.id }), [id(3), id(5)]);
    assert.deepEqual(await read({ actorId: bob.id, types: ['liked'] }), [id(5)]);
    assert.deepEqual(await read({ since: '2026-11-23T15:09:15.000004Z' }), [id(4), id(5), id(6)]);
    assert.deepEqual(await read({ since: '2026-11-23T15:09:15.000005Z' }), [id(5), id(6)]);
  });

  it('knows what arrived when, whenever it had happened', async () => {
    const old = eventOf(7, { at: '1999-12-31T23:59:59.999999Z', type: 'joined' });
    const before = await activity.store.now();
    await activity.store.insert([old]);
    const after = await activity.store.now();
    const [arrival, ...others] = await activity.store.arrivals({ types: ['joined'] }, before);
    assert.deepEqual([arrival?.id, others], [old.id, []]);
    assert.ok(arrival && arrival.arrivedMs >= before && arrival.arrivedMs <= after);
    await activity.stamp(old.id, after + 10_000);
    const late = { id: old.id, arrivedMs: after + 10_000 };
    assert.deepEqual(await activity.store.arrivals({}, after + 10_000), [late]);
    assert.deepEqual(await activity.store.arrivals({ types: ['liked'] }, after + 10_000), []);
    assert.deepEqual(await activity.store.arrivals({}, after + 10_001), []);
    assert.equal((await activity.store.arrivals({}, 0)).length, events.length + 1);
  });

  it('counts by time and type', async () => {
    const since = '2026-01-01T00:00:00.000000Z';
    assert.deepEqual(await activity.store.countBy('hour', { since }), [
      { at: '2026-11-23T15:00:00.000000Z', type: 'liked', count: 2 },
      { at: '2026-11-23T15:00:00.000000Z', type: 'posted', count: 2 },
      { at: '2026-11-23T16:00:00.000000Z', type: 'liked', count: 1 },
      { at: '2026-11-25T00:00:00.000000Z', type: 'liked', count: 1 },
    ]);
    const days = await activity.store.countBy('day', { since, types: ['liked'] });
    assert.deepEqual(
      days.map(({ at, count }) => [at.slice(0, 10), count]),
      [
        ['2026-11-23', 3],
        ['2026-11-25', 1],
      ],
    );
    const [minute] = await activity.store.countBy('minute', { since, actorId: bob.id });
    assert.equal(minute?.at, '2026-11-23T15:09:00.000000Z');
  });

  it('names those who did most', async () => {
    const { actor } = eventOf(1);
    assert.deepEqual(await activity.store.topActors({}, 5), [
      { ...actor, count: 5 },
      { ...bob, count: 2 },
    ]);
    assert.deepEqual(await activity.store.topActors({ types: ['posted'], actorId: bob.id }, 5), [
      { ...bob, count: 1 },
    ]);
    assert.equal((await activity.store.topActors({}, 1)).length, 1);
  });

  it('refuses a malformed event by itself and keeps the others', async () => {
    const { actor: _, ...nobody } = eventOf(8);
    const before = await activity.count();
    const rejections = await activity.store.insert([
      eventOf(9),
      nobody as ActivityEvent,
      eventOf(1),
      eventOf(10),
    ]);
    assert.deepEqual(ids(rejections), [nobody.id]);
    assert.ok(rejections[0]?.reason);
    assert.equal(await activity.count(), before + 2);
  });

  it('knows which ids are there', async () => {
    const nobody = '00000000-0000-4000-8000-00000000dead';
    assert.deepEqual(await activity.store.known([nobody, eventOf(1).id]), [eventOf(1).id]);
    assert.deepEqual(await activity.store.known([nobody]), []);
  });

  it('keeps events for ever, unless it has a TTL', async () => {
    assert.equal(await activity.store.ttlMs(), undefined);
    await activity.store.setTtl(undefined);
    await activity.store.setTtl(90 * DAY_MS);
    assert.equal(await activity.store.ttlMs(), 90 * DAY_MS);
    await activity.store.setTtl(DAY_MS);
    assert.equal(await activity.store.ttlMs(), DAY_MS);
    await activity.store.setTtl(undefined);
    assert.equal(await activity.store.ttlMs(), undefined);
    assert.equal(await activity.store.expire(), 0);
  });

  it('lets go what is older than its TTL, and nothing else', { timeout: 180_000 }, async () => {
    await activity.clear();
    const now = await activity.store.now();
    const at = (ms: number) => new Date(now - ms).toISOString().replace('Z', '000Z');
    const [old, young] = [eventOf(20, { at: at(2 * DAY_MS) }), eventOf(21, { at: at(DAY_MS / 2) })];
    await activity.store.insert([old, young]);
    assert.equal(await activity.store.countBefore(at(DAY_MS)), 1);
    await activity.store.setTtl(DAY_MS);
    const expired = await activity.store.expire();
    assert.equal(expired, activity.store.name === 'postgresql' ? 1 : 0);
    // MongoDB looks once a minute.
    while ((await activity.count()) > 1) await sleep(500);
    assert.deepEqual(await activity.store.known([old.id, young.id]), [young.id]);
  });
});
