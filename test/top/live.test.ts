import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useDatabase } from '../support/database.js';
import { openProxy, through } from '../support/proxy.js';
import { useRedis } from '../support/redis.js';
import { NO_TERMINAL, openTerminal, type Terminal } from '../support/terminal.js';

/** The alternate screen is left, the cursor is shown, lines wrap again. */
const LEFT = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const ENTERED = '\u001b[?1049h\u001b[?25l\u001b[?7l';

describe('socialdb top on a terminal', { skip: NO_TERMINAL }, () => {
  const database = useDatabase();
  const redis = useRedis();
  const env = () => ({ DATABASE_URL: database.url, REDIS_URL: redis.url });
  const open = (more: Record<string, string> = {}, size?: [number, number]) =>
    openTerminal(['top', '--interval', '1'], { ...env(), ...more }, size);

  async function assertRestored(terminal: Terminal, exitCode: number) {
    assert.deepEqual(await terminal.ended(), { exitCode, modesRestored: true });
    assert.equal(terminal.output.split(LEFT).length, 2);
  }

  it('obeys its keys, and q quits', async () => {
    const terminal = open();
    await terminal.sees(/socialdb top[\s\S]*LOCKS THAT WAIT {2}none/);
    terminal.type('?');
    await terminal.sees(/Keys[\s\S]*quit/);
    terminal.type('h');
    await terminal.sees(/INDEX USE {2}by scans\/s/);
    terminal.type('i');
    await terminal.sees(/INDEX USE {2}by scans\b(?!\/)/);
    terminal.type('p');
    await terminal.sees(/paused/);
    terminal.type(' ');
    await terminal.sees(/every 1 s/);
    terminal.type('\u001b[A');
    terminal.type('q');
    await assertRestored(terminal, 0);
  });

  it('draws as many lines as there are, none wider than the window', async () => {
    for (const size of [
      [80, 24],
      [140, 40],
      [60, 12],
    ] as [number, number][]) {
      const [columns, rows] = size;
      const terminal = open({ NO_COLOR: '1' }, size);
      await terminal.sees(/\? help/);
      terminal.type('q');
      await assertRestored(terminal, 0);
      const [frame = ''] = terminal.output.split('\u001b[H').slice(1);
      const lines = (frame.split('\u001b[?7h')[0] ?? '').split('\n');
      assert.equal(lines.length, rows);
      for (const line of lines) {
        assert.ok(line.replace('\u001b[K', '').trimEnd().length <= columns, line);
      }
    }
  });

  it('gives the terminal back at every signal', async () => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const terminal = open();
      await terminal.sees(/INDEX USE/);
      terminal.signal(name);
      await assertRestored(terminal, 130);
    }
  });

  it('gives the terminal back for Ctrl-C, and where it fails', async () => {
    const interrupted = open();
    await interrupted.sees(/INDEX USE/);
    interrupted.type('\u0003');
    await assertRestored(interrupted, 0);
    // A bug that shows when it is told to.
    const bug = encodeURIComponent(
      "process.on('SIGUSR2', () => { throw new Error('on purpose'); })",
    ).replaceAll("'", '%27');
    const failing = open({ NODE_OPTIONS: `--import=data:text/javascript,${bug}` });
    await failing.sees(/INDEX USE/);
    failing.signal('SIGUSR2');
    await failing.sees(/on purpose/);
    await assertRestored(failing, 1);
    assert.ok(
      failing.output.indexOf(LEFT) < failing.output.indexOf('on purpose'),
      'what went wrong stands where it can be read',
    );
  });

  it('gives the terminal back while it is stopped, and takes it again', async () => {
    const terminal = open();
    await terminal.sees(/INDEX USE/);
    for (const stop of [() => terminal.type('\u001a'), () => terminal.signal('SIGTSTP')]) {
      stop();
      await terminal.sees(/stopped=/);
      await terminal.sees(/INDEX USE/);
    }
    terminal.type('q');
    assert.deepEqual(await terminal.ended(), { exitCode: 0, modesRestored: true });
    const [before, ...stopped] = terminal.output.match(/(?<=before=|stopped=)\S+/g) ?? [];
    assert.deepEqual(stopped, [before, before]);
    // Left before each stop, and at the end; entered anew after each.
    assert.equal(terminal.output.split(LEFT).length, 4);
    assert.equal(terminal.output.split(ENTERED).length, 4);
  });

  it('says which store is gone, and shows it again when it is back', async () => {
    const postgres = await openProxy(new URL(database.url));
    const cache = await openProxy(new URL(redis.url));
    const terminal = open({
      DATABASE_URL: through(postgres, database.url),
      REDIS_URL: through(cache, redis.url),
    });
    try {
      await terminal.sees(/connections {2}\d+ of[\s\S]*cache[\s\S]*INDEX USE/);
      await cache.cut();
      await terminal.sees(/cache +unreachable: Redis/);
      await terminal.sees(/connections {2}\d+ of/);
      await cache.mend();
      await terminal.sees(/cache +(–|\d)/);
      await postgres.cut();
      await terminal.sees(/requests +unreachable: PostgreSQL at/);
      await terminal.sees(/outbox +unreachable: PostgreSQL at/);
      await postgres.mend();
      await terminal.sees(/connections {2}\d+ of/);
      await terminal.sees(/outbox +empty/);
      terminal.type('q');
      await assertRestored(terminal, 0);
    } finally {
      await Promise.all([postgres.cut(), cache.cut()]);
    }
  });

  it('is not held up by a Redis that hangs', async () => {
    const terminal = open();
    await terminal.sees(/INDEX USE/);
    redis.process.kill('SIGSTOP');
    try {
      await terminal.sees(/cache +unreachable: Redis at .* did not answer/);
      await terminal.sees(/connections {2}\d+ of/);
    } finally {
      redis.process.kill('SIGCONT');
    }
    await terminal.sees(/cache +(–|\d)/);
    terminal.type('q');
    await assertRestored(terminal, 0);
  });
});
