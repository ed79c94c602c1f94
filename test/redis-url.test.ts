import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from '../src/config.js';
import { redisTarget } from '../src/redis-url.js';

describe('a Redis URL', () => {
  it('names one server, for which the driver reads it', () => {
    const url = 'rediss://user:secret@host:6390/3';
    assert.deepEqual(redisTarget(url), { kind: 'server', url, tls: true });
  });

  it('names the master that sentinels know, and its database', () => {
    assert.deepEqual(redisTarget('redis+sentinel://me:p%40ss@one,two:26380,[::1]:7/timelines/2'), {
      kind: 'sentinel',
      tls: false,
      username: 'me',
      password: 'p@ss',
      addresses: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 26_380 },
        { host: '::1', port: 7 },
      ],
      master: 'timelines',
      database: 2,
    });
  });

  it('names some nodes of a cluster', () => {
    assert.deepEqual(redisTarget('rediss+cluster://:secret@one:7000,two'), {
      kind: 'cluster',
      tls: true,
      password: 'secret',
      addresses: [
        { host: 'one', port: 7_000 },
        { host: 'two', port: 6_379 },
      ],
    });
  });

  for (const url of [
    'redis+sentinel://one',
    'redis+sentinel://one/timelines/x',
    'redis+sentinel://one/timelines/0/1',
    'redis+cluster://one/0',
    'redis+cluster://one,,two',
    'redis+cluster://one:port',
  ]) {
    it(`is refused where it is none: ${url}`, () => {
      assert.equal(redisTarget(url), undefined);
      assert.throws(() => readConfig({ REDIS_URL: url }, {}, {}), { code: 'bad-setting' });
    });
  }
});
