import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processesBelow, useLab } from '../support/lab.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
const onLinux = process.platform === 'linux' ? false : 'only Linux shows its processes in /proc';

describe('starts at the same time', () => {
  const [first, second] = [useLab({ mode: 0o711 }), useLab({ mode: 0o711 })];

  it('of one stack start it once', { skip: onLinux }, async () => {
    const [one, other] = await Promise.all([
      first.services('stack', 'up'),
      first.services('stack', 'up'),
    ]);
    assert.equal(one[0]?.state, 'running');
    assert.deepEqual(one, other);
    const servers = processesBelow(first.folder).filter((line) => line.includes('postgres -D'));
    assert.equal(servers.length, 1);
    await first.services('stack', 'down');
  });

  it('of two stacks give each its own ports', async () => {
    const stacks = await Promise.all([
      first.services('stack', 'up'),
      second.services('stack', 'up'),
    ]);
    const addresses = stacks.flat().flatMap(({ address }) => address ?? []);
    assert.ok(addresses.length >= 2);
    assert.equal(new Set(addresses).size, addresses.length);
  });

  it('take over the lock of a process that is gone', async () => {
    const gone = spawn('true');
    await once(gone, 'exit');
    writeFileSync(join(first.home, 'stack.lock'), `${gone.pid} of a process that is gone`);
    const [postgres] = await first.services('stack', 'up');
    assert.equal(postgres?.state, 'running');
    assert.ok(!existsSync(join(first.home, 'stack.lock')));
  });
});

describe('a start that is interrupted', { skip: onLinux }, () => {
  const lab = useLab({ mode: 0o711 });

  for (const moment of ['postgres.new', 'postgres.log', 'redis']) {
    it(`after it made ${moment} leaves nothing running, and can be begun again`, async (t) => {
      const child = spawn(process.execPath, [BINARY, 'stack', 'up'], {
        env: { PATH: process.env.PATH, ...lab.env },
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      if (!(await appears(moment, child))) return t.skip(`it never made ${moment}`);
      child.kill('SIGINT');
      const [exitCode] = await ended;
      assert.equal(exitCode, 130);
      assert.deepEqual(processesBelow(lab.folder), []);
      assert.ok(!readdirSync(lab.folder).some((name) => /new|password/.test(name)));
      assert.ok(!existsSync(join(lab.home, 'stack.lock')));
      await lab.services('stack', 'destroy', '--yes');
    });
  }

  async function appears(name: string, child: ChildProcess): Promise<boolean> {
    while (child.exitCode === null) {
      if (lab.folder && existsSync(join(lab.folder, name))) return true;
      await sleep(5);
    }
    return false;
  }
});
