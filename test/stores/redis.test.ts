import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openRedis } from '../../src/stores/redis.js';
import { useRedis } from '../support/redis.js';

describe('Redis', () => {
  const redis = useRedis('--databases', '4');

  it('is opened at the database that the URL names', async () => {
    const opened = await openRedis(`${redis.url}/3`, 1_000);
    await opened.set('here', '3');
    opened.disconnect();
    assert.equal(await redis.client.get('here'), null);
    await redis.client.select(3);
    assert.equal(await redis.client.get('here'), '3');
    await redis.client.select(0);
  });

  it('is not opened at another one, where there is no such database', async () => {
    await assert.rejects(openRedis(`${redis.url}/4`, 1_000), /DB index is out of range/);
  });
});
