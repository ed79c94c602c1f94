import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { stackSettings, statePath } from '../../src/stack/state.js';
import { openPostgres } from '../../src/stores/postgres.js';
import { pidsBelow, processesBelow, useLab } from '../support/lab.js';

const skip = process.platform !== 'linux' && 'only Linux shows its sockets in /proc';
/** 127.0.0.1 and ::1, as /proc/net has them: the bytes of each word in the machine's order. */
const LOOPBACK = /^(0100007F|00000000000000000000000001000000|0000000000000000FFFF00000100007F)$/;
const LISTENING = '0A';

describe('a running stack', { skip }, () => {
  const lab = useLab({ mode: 0o711 });
  let secrets: string[] = [];
  before(async () => {
    await lab.services('stack', 'up');
    secrets = Object.values(stackSettings(lab.home)).flatMap((url) => {
      const { password } = new URL(url ?? '');
      return password ? [password, decodeURIComponent(password)] : [];
    });
  });

  it('listens on loopback only', () => {
    const sockets = listeners();
    assert.ok(sockets.length >= 2, 'PostgreSQL and Redis');
    assert.deepEqual(
      sockets.filter((address) => !LOOPBACK.test(address)),
      [],
    );
  });

  it('keeps its passwords from the process list, and out of what others can read', () => {
    assert.ok(secrets.length >= 2);
    const holds = (text: string) => secrets.some((secret) => text.includes(secret));
    assert.deepEqual(processesBelow(lab.folder).filter(holds), []);
    assert.equal(statSync(statePath(lab.home)).mode & 0o777, 0o600);
    const open = readdirSync(lab.folder).map((name) => join(lab.folder, name));
    for (const file of open.filter((path) => statSync(path).isFile())) {
      assert.ok(!holds(readFileSync(file, 'latin1')), file);
      assert.equal(statSync(file).mode & 0o077, 0, `${file} is its owner's`);
    }
  });

  it('has not counted the statement that set its password', async () => {
    const sql = openPostgres(stackSettings(lab.home).DATABASE_URL ?? '', { timeoutMs: 5_000 });
    const counted = await sql<{ query: string }[]>`SELECT query FROM pg_stat_statements`;
    await sql.end({ timeout: 1 });
    assert.ok(counted.length > 0);
    assert.ok(!counted.some(({ query }) => secrets.some((secret) => query.includes(secret))));
  });

  it('is closed to other users', { skip: process.getuid?.() !== 0 && 'takes root' }, () => {
    const { uid } = statSync(join(lab.folder, 'postgres'));
    const stranger = { uid: uid === 65_534 ? 65_533 : 65_534, gid: 65_534 };
    for (const path of [
      statePath(lab.home),
      join(lab.folder, 'postgres', 'PG_VERSION'),
      join(lab.folder, 'postgres.log'),
    ]) {
      assert.equal(spawnSync('cat', [path]).status, 0, path);
      assert.notEqual(spawnSync('cat', [path], stranger).status, 0, path);
    }
  });

  /** The addresses at which the stack's processes listen. */
  function listeners(): string[] {
    const inodes = new Set(
      pidsBelow(lab.folder).flatMap((pid) =>
        readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
          try {
            return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
          } catch {
            return [];
          }
        }),
      ),
    );
    const rows = ['tcp', 'tcp6'].flatMap((name) =>
      readFileSync(`/proc/net/${name}`, 'utf8').trim().split('\n').slice(1),
    );
    return rows.flatMap((row) => {
      const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
      return state === LISTENING && inodes.has(inode) ? [local.split(':')[0] ?? ''] : [];
    });
  }
});
