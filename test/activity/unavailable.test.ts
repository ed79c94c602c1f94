import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import getPort from 'get-port';
import { useDatabase } from '../support/database.js';
import { socialdb } from '../support/socialdb.js';
import { join } from './joining.js';

describe('activity without the MongoDB that is set', () => {
  const database = useDatabase();

  for (const command of ['tail', 'stats', 'relay', 'verify', 'ttl', 'copy --to mongodb']) {
    it(`${command} says which store is missing, and exits with 3`, async () => {
      const port = await getPort();
      const { stdout, stderr, exitCode } = await socialdb(['activity', ...command.split(' ')], {
        env: {
          DATABASE_URL: database.url,
          MONGODB_URL: `mongodb://me:canary@127.0.0.1:${port}/social`,
        },
      });
      assert.equal(exitCode, 3);
      assert.equal(stdout, '');
      assert.match(
        stderr,
        new RegExp(`MongoDB at mongodb://127.0.0.1:${port}/social does not answer`),
      );
      assert.match(stderr, /events wait in the outbox/);
      assert.doesNotMatch(stderr, /canary/);
    });
  }

  it('keeps every event until it is there again', async () => {
    await join(database.sql, 5);
    const env = { DATABASE_URL: database.url };
    const gone = { ...env, MONGODB_URL: `mongodb://127.0.0.1:${await getPort()}/` };
    await socialdb(['activity', 'relay'], { env: gone });
    const { stdout } = await socialdb(['activity', 'relay', '--json'], { env });
    assert.equal(JSON.parse(stdout).relayed, 5);
  });
});
