import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { wrapped } from '../../src/output/text.js';
import { addUser } from '../../src/social/accounts.js';
import { createPost } from '../../src/social/posts.js';
import { useDatabase } from '../support/database.js';
import { openStores } from '../support/stores.js';
import { NO_TERMINAL, openTerminal } from '../support/terminal.js';

describe('a long line', () => {
  it('is wrapped behind its own indent, and no line begins or ends with the blank of the break', () => {
    const words = 'word '.repeat(12).trim();
    for (const columns of [26, 27, 28, 29, 30]) {
      const lines = wrapped(`  ${words}`, columns).split('\n');
      assert.ok(lines.length > 1 && lines.every((line) => line.length <= columns));
      for (const line of lines) assert.match(line, /^ {2}\S.*\S$/);
    }
  });

  it('stays whole when it names a command, which is copied', () => {
    const line = `next page: socialdb feed alice --after ${'x'.repeat(80)}`;
    assert.equal(wrapped(line, 40), line);
  });
});

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
