import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { statePath } from '../../src/stack/state.js';
import { useLab } from '../support/lab.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

const user = nobody();
const skip = !user
  ? 'only root can become another user'
  : spawnSync('test', ['-r', BINARY], user).status !== 0 && 'the checkout is closed to other users';

describe('the stack of an ordinary user', { skip }, () => {
  const lab = useLab(user ? { user } : {});

  it('lies in the home, runs as that user, and is that user’s to stop and remove', async () => {
    const [postgres] = await lab.services('stack', 'up');
    assert.equal(postgres?.state, 'running');
    assert.equal(lab.folder, join(lab.home, 'stack'));
    const { uid } = statSync(join(lab.folder, 'postgres', 'postmaster.pid'));
    assert.equal(uid, user?.uid);
    assert.equal((await lab.services('stack', 'down'))[0]?.state, 'stopped');
    assert.equal((await lab.run('stack', 'destroy', '--yes')).exitCode, 0);
  });
});

describe('the stack of root', { skip: !user && 'only root sees its own' }, () => {
  const lab = useLab({ mode: 0o755 });

  it('does not run as root, and is not another user’s to touch', async () => {
    await lab.services('stack', 'up');
    assert.notEqual(statSync(join(lab.folder, 'postgres')).uid, 0);
    assert.equal(statSync(statePath(lab.home)).uid, 0);
  });
});

function nobody(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => /^nobody:/.test(line));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}
