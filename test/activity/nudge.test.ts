import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, beforeEach, describe, it } from 'node:test';
import getPort from 'get-port';
import { nudgeRelay } from '../../src/activity/nudge.js';
import { useDatabase } from '../support/database.js';
import { openStores } from '../support/stores.js';
import { describeOnEachStore } from './activity-stores.js';
import { join } from './joining.js';

describeOnEachStore('a nudge', (activity) => {
  it('carries what a command wrote', async () => {
    const { sql, url } = activity.database;
    await join(sql, 3);
    const stores = openStores({ databaseUrl: url, mongodbUrl: activity.mongodbUrl });
    assert.equal(await nudgeRelay(stores, { budgetMs: 5_000 }), 3);
    assert.deepEqual(stores.warnings, []);
    assert.equal(await activity.count(), 3);
    await stores.close();
  });
});

describe('a nudge without its store', () => {
  const database = useDatabase();
  // Accepts and never says a word, as a frozen server does.
  const silent = createServer();
  beforeEach(() => database.sql`TRUNCATE outbox`);
  after(() => silent.close());

  async function waiting(mongodbUrl: string): Promise<string[]> {
    await join(database.sql, 1);
    const stores = openStores({ databaseUrl: database.url, mongodbUrl });
    assert.equal(await nudgeRelay(stores), 0);
    await stores.close();
    const [row] = await database.sql`SELECT count(*), max(attempts) AS attempts FROM outbox`;
    assert.deepEqual({ ...row }, { count: 1, attempts: 0 }, 'the event waits, and is not blamed');
    return stores.warnings;
  }

  it('warns where MongoDB refuses', async () => {
    const [warning, ...others] = await waiting(
      `mongodb://me:secret@127.0.0.1:${await getPort()}/x`,
    );
    assert.match(warning ?? '', /MongoDB at \S+ does not answer: the event waits in the outbox/);
    assert.doesNotMatch(warning ?? '', /secret/);
    assert.deepEqual(others, []);
  });

  it('warns where MongoDB is frozen', async () => {
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const [warning] = await waiting(`mongodb://127.0.0.1:${port}/x`);
    assert.match(warning ?? '', /^MongoDB at \S+ (does|did) not answer/);
  });

  it('warns where PostgreSQL has no outbox', async () => {
    const stores = openStores({ databaseUrl: database.url });
    await database.sql`ALTER TABLE outbox RENAME TO elsewhere`;
    assert.equal(await nudgeRelay(stores), 0);
    await database.sql`ALTER TABLE elsewhere RENAME TO outbox`;
    assert.match(stores.warnings[0] ?? '', /outbox/);
    await stores.close();
  });
});
