import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { postgresStore } from '../../src/activity/postgres-store.js';
import { drain } from '../../src/activity/relay.js';
import { useDatabase } from '../support/database.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { addPeople } from '../support/people.js';
import { socialdb } from '../support/socialdb.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

describe('what goes on until Ctrl-C', () => {
  const database = useDatabase();
  before(async () => {
    await addPeople(database.sql, 'alice', 'bob');
    const env = { DATABASE_URL: database.url };
    assert.equal((await socialdb(['follow', 'alice', 'bob'], { env })).exitCode, 0);
  });

  for (const line of [
    'feed alice --watch',
    'activity tail --follow -n 0',
    'activity relay --watch',
  ]) {
    it(`${line} outlasts a PostgreSQL that goes and comes back`, { timeout: 90_000 }, async (t) => {
      const proxy = await startFaultProxy(database.url);
      t.after(() => proxy.close());
      const child = spawn(process.execPath, [BINARY, ...line.split(' '), '--json'], {
        env: { ...process.env, DATABASE_URL: proxy.url, REDIS_URL: '', MONGODB_URL: '' },
      });
      t.after(() => child.kill('SIGKILL'));
      const said = { stdout: '', stderr: '' };
      child.stdout.on('data', (text) => (said.stdout += text));
      child.stderr.on('data', (text) => (said.stderr += text));
      while (proxy.replied === 0) await sleep(20);
      await sleep(2_000);
      proxy.treat('close');
      proxy.cut();
      while (!/warning: PostgreSQL at/.test(said.stderr)) await alive(child, said);
      proxy.treat('pass');

      const text = `after ${line}`;
      const { exitCode } = await socialdb(['post', 'bob', text], {
        env: { DATABASE_URL: database.url },
      });
      assert.equal(exitCode, 0);
      if (line.includes('relay')) {
        while (!/"relayed":/.test(said.stdout.split('\n').slice(1).join()))
          await alive(child, said);
      } else {
        await drain(database.sql, postgresStore(database.sql), {});
        while (!said.stdout.includes(text)) await alive(child, said);
      }
      child.kill('SIGINT');
      assert.equal((await once(child, 'exit'))[0], 130, said.stderr);
      assert.equal(said.stderr.match(/warning:/g)?.length, 1, said.stderr);
    });
  }
});

async function alive(child: ChildProcess, said: object): Promise<void> {
  assert.equal(child.exitCode, null, JSON.stringify(said));
  await sleep(50);
}
