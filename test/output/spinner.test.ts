import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { useDatabase } from '../support/database.js';
import { NO_TERMINAL, openTerminal } from '../support/terminal.js';

describe('what takes long on a terminal', { skip: NO_TERMINAL }, () => {
  const database = useDatabase();

  it('turns while it goes on, and ends well', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'spinner-'));
    test.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'slow.sql');
    writeFileSync(file, 'SELECT pg_sleep(0.5)');
    const env = { DATABASE_URL: database.url };
    const terminal = openTerminal(['explain', 'sql', file, '--runs', '2'], env);
    await terminal.sees(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Measuring run 2 of 2/);
    await terminal.sees(/execution 50\d ms/);
    assert.deepEqual(await terminal.ended(), { exitCode: 0, modesRestored: true });
    const narrow = openTerminal(['explain', 'sql', file, '--runs', '2'], env, [20, 24]);
    await narrow.sees(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Measuring run 2…/);
    await narrow.ended();
  });
});
