import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { useDatabase } from '../support/database.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';
import { NO_TERMINAL, openTerminal } from '../support/terminal.js';
import { tracesIn } from './traces.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

describe('a student at the lab', () => {
  const database = useDatabase();
  const redis = useRedis();
  const env = () => ({ DATABASE_URL: database.url, REDIS_URL: redis.url, MONGODB_URL: '' });
  const traces = () => tracesIn(database.sql, redis.client, async () => []);
  const skip = NO_TERMINAL;

  it('answers in a terminal, rightly, wrongly, and not at all', { skip }, async () => {
    const before = await traces();
    const terminal = openTerminal(['lab', 'follow'], env());
    await terminal.sees(/your answer: /);
    for (const nonsense of ['zzz', '7', 'd', 'ab']) {
      terminal.type(`${nonsense}\r`);
      await terminal.sees(/a, b, c; Enter alone to go on/);
    }
    terminal.type('a\r');
    await terminal.sees(/✗ +Not so: it is c\) the edge/);
    await terminal.sees(/your answer: /);
    terminal.type('B\r');
    await terminal.sees(/✓ +Right: b\) none/);
    await terminal.sees(/your answer: /);
    terminal.type('one\r');
    await terminal.sees(/a whole number/);
    terminal.type('\r');
    await terminal.sees(/= +Answer: 1\./);
    await terminal.sees(/1 of 2 answers right/);
    assert.deepEqual(await terminal.ended(), { exitCode: 0, modesRestored: true });
    assert.deepEqual(await traces(), before);
  });

  it('leaves by Ctrl-D or Ctrl-C, and the schema is gone', { skip }, async () => {
    const before = await traces();
    for (const [key, exitCode] of [
      ['\u0004', 0],
      ['\u0003', 130],
    ] as const) {
      const terminal = openTerminal(['lab', 'cache'], env());
      await terminal.sees(/your answer: /);
      terminal.type('1\r');
      await terminal.sees(/your answer: /);
      assert.notDeepEqual(await traces(), before);
      terminal.type(key);
      assert.deepEqual(await terminal.ended(), { exitCode, modesRestored: true });
      assert.deepEqual(await traces(), before);
    }
  });

  it('is interrupted by a signal while a question stands there', { skip }, async () => {
    const before = await traces();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const terminal = openTerminal(['lab', 'cache'], env());
      await terminal.sees(/your answer: /);
      terminal.signal(name);
      assert.deepEqual(await terminal.ended(), { exitCode: 130, modesRestored: true });
      assert.deepEqual(await traces(), before);
    }
  });

  it('interrupts at any moment, and nothing is left', async () => {
    const before = await traces();
    for (let delayMs = 100; delayMs <= 1_500; delayMs += 200) {
      const child = spawn(process.execPath, [BINARY, 'lab', 'lost-update', '--yes'], {
        stdio: 'ignore',
        env: { ...process.env, ...env() },
      });
      // Listened for from the beginning: on a fast machine it has ended before it is interrupted.
      const closed = once(child, 'close');
      await sleep(delayMs);
      child.kill('SIGINT');
      const [exitCode] = await closed;
      assert.ok(exitCode === 130 || exitCode === 0 || exitCode === null, String(exitCode));
      assert.deepEqual(await traces(), before);
    }
  });

  it('is killed, and the next exercise clears up', async () => {
    const before = await traces();
    for (const until of ['SET timeline:1', 'third']) {
      const child = spawn(process.execPath, [BINARY, 'lab', 'cache', '--yes'], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, ...env() },
      });
      let output = '';
      for await (const chunk of child.stdout) {
        output += chunk;
        if (output.includes(until)) break;
      }
      child.kill('SIGKILL');
      assert.notDeepEqual(await traces(), before);
      const next = await socialdb(['lab', 'cache', '--yes'], { env: env() });
      assert.equal(next.exitCode, 0, next.stderr);
      assert.deepEqual(await traces(), before);
    }
  });
});
