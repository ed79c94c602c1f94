import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mermaid } from '../../src/output/mermaid.js';
import { readDiagram } from '../../src/schema/diagram.js';
import { useDatabase } from '../support/database.js';

describe('the ER diagram', () => {
  const database = useDatabase();

  it('shows keys, types in one word, and what may be null', async () => {
    const { tables } = await readDiagram(database.sql);
    const users = tables.find(({ name }) => name === 'users');
    const column = (name: string) => users?.columns.find((one) => one.name === name);
    assert.deepEqual(column('id'), { name: 'id', type: 'uuid', nullable: false, keys: ['PK'] });
    assert.deepEqual(column('email'), {
      name: 'email',
      type: 'text',
      nullable: true,
      keys: ['UK'],
    });
    assert.equal(column('created_at')?.type, 'timestamptz');
    assert.ok(!tables.some(({ name }) => name === 'socialdb_migrations'));
  });

  it('shows how many rows may stand on each side of a relation', async () => {
    const { sql } = database;
    await sql`
      CREATE TABLE badges (
        user_id  uuid PRIMARY KEY REFERENCES users,
        given_by uuid REFERENCES users,
        title    varchar(20) NOT NULL,
        "odd one" double precision[]
      )`;
    const text = mermaid(await readDiagram(sql));
    await sql`DROP TABLE badges`;
    const lines = text.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
    for (const line of [
      'erDiagram',
      'users ||--o{ posts : "user_id"',
      'users ||--o{ followers : "follower_id"',
      'users ||--o{ followers : "followed_id"',
      'users ||--o| badges : "user_id"',
      'users |o--o{ badges : "given_by"',
      'uuid user_id PK, FK',
      'uuid given_by FK "may be null"',
      'varchar(20) title',
      'float8[] odd_one "may be null"',
    ]) {
      assert.ok(lines.includes(line), `no "${line}" in\n${text}`);
    }
  });
});
