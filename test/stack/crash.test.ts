import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stackDown } from '../../src/stack/down.js';
import { stackSettings } from '../../src/stack/state.js';
import { stackStatus } from '../../src/stack/status.js';
import { stackUp } from '../../src/stack/up.js';
import { openPostgres } from '../../src/stores/postgres.js';
import { pidIn, processesBelow, useLab } from '../support/lab.js';

const PID_FILE = 'postgres/postmaster.pid';

describe('a stack whose PostgreSQL', () => {
  const lab = useLab({ mode: 0o711 });
  const up = () => stackUp(lab.home, { download: false, throwaway: true });
  const open = () =>
    openPostgres(stackSettings(lab.home).DATABASE_URL ?? '', { timeoutMs: 60_000 });
  const stateNow = async () => (await stackStatus(lab.home)).services[0]?.state;

  before(async () => {
    await up();
    const sql = open();
    await sql`CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n`;
    await sql.end({ timeout: 1 });
  });

  const assertDataKept = async () => {
    const sql = open();
    const [row] = await sql`SELECT count(*) FROM kept`.finally(() => sql.end({ timeout: 1 }));
    assert.equal(row?.count, 1000);
  };

  it('was killed is found stopped, and starts on its data', async () => {
    const pid = pidIn(lab, PID_FILE);
    process.kill(pid, 'SIGKILL');
    while ((await stateNow()) === 'running') await sleep(20);
    assert.equal(await stateNow(), 'stopped');
    await up();
    assert.notEqual(pidIn(lab, PID_FILE), pid);
    await assertDataKept();
  });

  it('was killed while a query ran starts without waiting for that query', async () => {
    const sql = open();
    const query = sql`SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 100)`;
    const failed = assert.rejects(query.execute());
    while (!processesBelow(lab.folder).some((line) => line.includes('SELECT'))) await sleep(20);
    process.kill(pidIn(lab, PID_FILE), 'SIGKILL');
    await up();
    await failed;
    await sql.end({ timeout: 1 });
    await assertDataKept();
  });

  it('is frozen is not taken for a running one, and can be stopped', async () => {
    process.kill(pidIn(lab, PID_FILE), 'SIGSTOP');
    const [postgres] = (await stackStatus(lab.home)).services;
    assert.equal(postgres?.state, 'failed');
    assert.match(postgres?.reason ?? '', /process \d+ does not answer/);
    await stackDown(lab.home);
    assert.equal(await stateNow(), 'stopped');
    await up();
    await assertDataKept();
  });

  it('left a process number that is now another process leaves that one alone', async (t) => {
    await stackDown(lab.home);
    const directory = join(lab.folder, 'postgres');
    // Of the same user, as after a restart of the machine: PostgreSQL itself would refuse to start.
    const { uid, gid } = statSync(directory);
    const stranger = spawn('sleep', ['300'], process.getuid?.() === 0 ? { uid, gid } : {});
    t.after(() => stranger.kill());
    await once(stranger, 'spawn');
    const file = join(lab.folder, PID_FILE);
    writeFileSync(file, [stranger.pid, directory, 1, 1, '', '', '0 0', ''].join('\n'));
    await chown(file, uid, gid);
    await stackDown(lab.home);
    await up();
    await assertDataKept();
    assert.equal(stranger.exitCode ?? stranger.signalCode, null);
  });
});
