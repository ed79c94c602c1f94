import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { addUser } from '../../src/social/accounts.js';
import { createPost } from '../../src/social/posts.js';
import { useDatabase } from '../support/database.js';
import { openStores } from '../support/stores.js';
import { NO_TERMINAL, openTerminal } from '../support/terminal.js';

describe('what is longer than a terminal is wide', { skip: NO_TERMINAL }, () => {
  const database = useDatabase();

  it('is wrapped between words', async () => {
    const stores = openStores({ databaseUrl: database.url });
    await addUser(database.sql, 'alice', 'alice@example.org');
    const content = 'word '.repeat(40).trim();
    const { id } = await createPost(stores, { author: 'alice', content });
    await stores.close();
    const terminal = openTerminal(['delete', id, '--dry-run'], { DATABASE_URL: database.url });
    await terminal.sees(/Would delete alice's post .* likes\./s);
    await terminal.ended();
    const lines = stripVTControlCharacters(terminal.output).split(/\r?\n/);
    const from = lines.findIndex((line) => line.startsWith('Would delete'));
    assert.ok(lines.slice(from, from + 2).every((line) => /^\S.{0,79}$/.test(line)));
  });
});
