import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestError, UsageError } from '../../src/errors.js';
import { findUser } from '../../src/social/users.js';
import { useDatabase } from '../support/database.js';

describe('findUser', () => {
  const database = useDatabase();

  it('finds a user by username in any case, by @username and by id', async () => {
    const { sql } = database;
    const [row] = await sql<{ id: string }[]>`
      INSERT INTO users (username) VALUES ('Alice') RETURNING id`;
    for (const name of ['Alice', 'aLICE', '@alice', row?.id ?? '']) {
      assert.equal((await findUser(sql, name)).id, row?.id);
    }
  });

  it('offers the nearest name for one that is mistyped', async () => {
    await assert.rejects(findUser(database.sql, 'alcie'), (error) => {
      assert.ok(error instanceof RequestError);
      assert.equal(error.code, 'user-not-found');
      assert.equal(error.hint, 'did you mean Alice?');
      return true;
    });
  });

  it('refuses what can be no username', async () => {
    await assert.rejects(findUser(database.sql, 'a b'), UsageError);
  });
});
