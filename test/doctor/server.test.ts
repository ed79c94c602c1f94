import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskFinding } from '../../src/doctor/postgres/disk.js';
import { meetPostgres, type Patience } from '../../src/doctor/postgres/server.js';
import { SESSION_CHECKS } from '../../src/doctor/postgres/sessions.js';
import { stackSettings } from '../../src/stack/state.js';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import { useLab } from '../support/lab.js';
import { assertFound, findingOf, type Illness } from './finding.js';

/** What only a restart takes up, all of it to the worse. */
const AT_START = {
  shared_buffers: '1MB',
  max_connections: '20',
  max_prepared_transactions: '5',
  archive_mode: 'on',
  archive_command: '/bin/false',
  autovacuum_freeze_max_age: '100000',
};

const switchedOff = (name: string): Pick<Illness, 'break' | 'mend'> => ({
  break: [`ALTER SYSTEM SET ${name} = off`],
  mend: [`ALTER SYSTEM RESET ${name}`],
});

const ILLNESSES: readonly Illness[] = [
  {
    ...{ check: 'fsync', what: 'fsync off', status: 'fail' },
    ...{ detail: /whole database/, fix: /SET fsync = 'on'.*pg_reload_conf/ },
    ...switchedOff('fsync'),
  },
  {
    ...{ check: 'full-page-writes', what: 'full_page_writes off', status: 'fail' },
    ...{ detail: /torn/, fix: /SET full_page_writes = 'on'/ },
    ...switchedOff('full_page_writes'),
  },
  {
    ...{ check: 'autovacuum', what: 'autovacuum off', status: 'fail' },
    ...{ detail: /^autovacuum is off/, fix: /SET autovacuum = 'on'/ },
    ...switchedOff('autovacuum'),
  },
  {
    ...{ check: 'replication-slots', what: 'a slot that nobody uses', status: 'warn' },
    ...{
      detail: /forgotten is unused and keeps .* of WAL/,
      fix: /drop_replication_slot\('forgotten'\)/,
    },
    break: ["SELECT pg_create_physical_replication_slot('forgotten', true)"],
    mend: ["SELECT pg_drop_replication_slot('forgotten')"],
  },
];

describe('a server of its own', () => {
  const lab = useLab();
  let url = '';
  let sql: Sql;
  const start = async () => {
    await lab.services('stack', 'up');
    url = stackSettings(lab.home).DATABASE_URL ?? '';
    sql = openPostgres(url, { timeoutMs: 20_000 });
  };
  before(async () => {
    await start();
    assert.equal((await lab.run('migrate')).exitCode, 0);
  });
  after(() => sql.end({ timeout: 1 }));

  /** Settings are taken up a moment after they are read. */
  const run = async (statement: string) => {
    await sql.unsafe(statement);
    const name = /ALTER SYSTEM (?:SET|RESET) (\w+)/.exec(statement)?.[1];
    if (!name) return;
    await sql`SELECT pg_reload_conf()`;
    const wanted = statement.includes('RESET') ? 'on' : 'off';
    for (let tries = 0; tries < 100; tries++) {
      const [now] = await sql<{ value: string }[]>`SELECT current_setting(${name}) AS value`;
      if (now?.value === wanted) return;
      await sleep(20);
    }
  };

  it('is healthy as the stack makes it: every line ok, exit 0', async () => {
    const { stdout, stderr, exitCode } = await lab.run('doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
    assert.deepEqual(
      checks.filter(({ status }) => status !== 'ok'),
      [],
    );
    assert.equal(exitCode, 0, stderr);
    assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length);
    const disk = await findingOf({ databaseUrl: url }, 'disk');
    assert.match(disk.detail, /free of .*; database .*, WAL/);
  });

  for (const illness of ILLNESSES) {
    it(illness.what, () => assertFound({ databaseUrl: url }, illness, run));
  }

  it('a disk that is nearly full, and one that is full', () => {
    const GB = 1024 ** 3;
    const statuses = [50, 4, 0.2].map(
      (free) => diskFinding({ freeBytes: free * GB, totalBytes: 100 * GB }, '').status,
    );
    assert.deepEqual(statuses, ['ok', 'warn', 'fail']);
  });

  describe('started with bad settings', () => {
    before(async () => {
      for (const [name, value] of Object.entries(AT_START)) {
        await sql.unsafe(`ALTER SYSTEM SET ${name} = '${value}'`);
      }
      await sql.end({ timeout: 1 });
      await lab.run('stack', 'down');
      await start();
    });

    it('shared_buffers that hold little of the database', async () => {
      const finding = await findingOf({ databaseUrl: url }, 'shared-buffers');
      assert.equal(finding.status, 'warn');
      assert.match(finding.detail, /^1\.0 MB, the database has .* MB and the machine .* GB/);
      assert.match(finding.fix ?? '', /shared_buffers = '\d+MB'".*restart/);
    });

    it('connections near the limit, and at it', async () => {
      const held: Sql[] = [];
      const hold = async (connections: number) => {
        const pool = openPostgres(url, { timeoutMs: 20_000, max: connections });
        held.push(pool);
        await Promise.all(Array.from({ length: connections }, () => pool`SELECT pg_sleep(0.2)`));
      };
      await hold(13);
      const near = await findingOf({ databaseUrl: url }, 'connections');
      await hold(3);
      const full = await findingOf({ databaseUrl: url }, 'connections');
      await Promise.all(held.map((pool) => pool.end({ timeout: 1 })));
      assert.equal(near.status, 'warn', near.detail);
      assert.match(near.detail, /of 17: close to the limit/);
      assert.equal(full.status, 'fail', full.detail);
      assert.match(full.fix ?? '', /max_connections = '40'/);
    });

    it('WAL that cannot be archived', async () => {
      await sql`SELECT pg_switch_wal()`;
      let finding = await findingOf({ databaseUrl: url }, 'archiving');
      for (let tries = 0; finding.status === 'ok' && tries < 100; tries++) {
        await sleep(100);
        finding = await findingOf({ databaseUrl: url }, 'archiving');
      }
      assert.equal(finding.status, 'fail', finding.detail);
      assert.match(finding.detail, /failures? .*WAL fills the disk/);
      assert.match(finding.fix ?? '', /SHOW archive_command/);
    });

    it('transaction numbers that come to their end', async () => {
      const ages = openPostgres(url, { timeoutMs: 60_000, max: 1 });
      await ages`SELECT 1`;
      const holder = await ages.reserve();
      // An old transaction is what keeps vacuum from it in life, too.
      await holder`BEGIN`;
      await holder`SELECT pg_current_xact_id()`;
      await holder`SET idle_in_transaction_session_timeout = 0`;
      await sql`CREATE TABLE burnt (n int)`;
      for (let round = 0; round < 4; round++) {
        await sql.unsafe(`DO $$ BEGIN FOR n IN 1..45000 LOOP
          BEGIN INSERT INTO burnt VALUES (n); EXCEPTION WHEN division_by_zero THEN NULL; END;
        END LOOP; END $$`);
      }
      const behind = await findingOf({ databaseUrl: url }, 'wraparound');
      await sql`ALTER SYSTEM SET vacuum_failsafe_age = 0`;
      await sql`SELECT pg_reload_conf()`;
      await sleep(500);
      const late = await findingOf({ databaseUrl: url }, 'wraparound');
      await holder`ROLLBACK`;
      holder.release();
      await ages.end({ timeout: 1 });
      assert.equal(behind.status, 'warn', behind.detail);
      assert.match(behind.detail, /vacuum does not keep up/);
      assert.match(behind.fix ?? '', /vacuumdb .*--freeze \w+/);
      assert.equal(late.status, 'fail', late.detail);
    });

    describe('with sessions that get stuck', () => {
      const HURRY: Patience = { idleInTransaction: 0, statement: 0, lock: 0, prepared: 0 };
      const check = async (name: string) => {
        const subject = await meetPostgres(sql, url);
        const found = SESSION_CHECKS.find((one) => one.name === name);
        return found?.run({ ...subject, patience: HURRY }) ?? assert.fail(name);
      };

      it('an idle transaction, and who waits for its lock', async () => {
        await sql`INSERT INTO users (username) VALUES ('alice')`;
        const idle = openPostgres(url, { timeoutMs: 20_000, max: 2 });
        let release = () => {};
        const released = new Promise<void>((resolve) => {
          release = resolve;
        });
        let pid = 0;
        const holding = idle.begin(async (transaction) => {
          const [row] = await transaction<{ pid: number }[]>`
            SELECT pg_backend_pid() AS pid FROM users WHERE username = 'alice' FOR UPDATE`;
          pid = row?.pid ?? 0;
          await released;
        });
        while (pid === 0) await sleep(10);
        const waiting =
          sql`UPDATE users SET followers_count = 0 WHERE username = 'alice'`.execute();
        waiting.catch(() => {});
        await sleep(100);
        const [transaction, wait] = [await check('idle-transactions'), await check('lock-waits')];
        release();
        await holding;
        await waiting;
        await idle.end({ timeout: 1 });
        assert.equal(transaction.status, 'warn', transaction.detail);
        assert.match(transaction.detail, new RegExp(`socialdb \\(pid ${pid}\\) for 0 s`));
        assert.match(transaction.fix ?? '', new RegExp(`pg_terminate_backend\\(${pid}\\)`));
        assert.equal(wait.status, 'warn', wait.detail);
        assert.match(wait.detail, new RegExp(`1 session waits, .* for pid ${pid} \\(idle in tr`));
        assert.equal((await check('lock-waits')).status, 'ok');
      });

      it('a statement that goes on and on', async () => {
        const slow = sql`SELECT pg_sleep(2)`.execute();
        await sleep(200);
        const finding = await check('long-statements');
        await slow;
        assert.equal(finding.status, 'warn', finding.detail);
        assert.match(finding.detail, /still runs/);
      });

      it('a prepared transaction that was forgotten', async () => {
        const one = openPostgres(url, { timeoutMs: 20_000, max: 1 });
        await one.unsafe("BEGIN; CREATE TABLE never (n int); PREPARE TRANSACTION 'never'");
        await one.end({ timeout: 1 });
        const finding = await check('prepared-transactions');
        await sql.unsafe("ROLLBACK PREPARED 'never'");
        assert.equal(finding.status, 'warn', finding.detail);
        assert.match(finding.fix ?? '', /ROLLBACK PREPARED 'never'/);
        assert.equal((await check('prepared-transactions')).status, 'ok');
      });
    });
  });
});
