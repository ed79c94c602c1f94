import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { exportJsonl } from '../../../src/dataset/jsonl/export.js';
import { importJsonl } from '../../../src/dataset/jsonl/import.js';
import { completePlan } from '../../../src/dataset/seed/plan.js';
import { seed } from '../../../src/dataset/seed/seed.js';
import { importStackExchange } from '../../../src/dataset/stackexchange/import.js';
import { InterruptedError, RequestError } from '../../../src/errors.js';
import type { Sql } from '../../../src/stores/postgres.js';
import { useDatabase } from '../../support/database.js';
import { FIXTURES, useFolder } from '../folders.js';
import { SHARED, withoutSharedData } from '../shared-data.js';
import { digests, empty, NOTHING, rowCounts } from '../tables.js';

/** Rows that a careless copy would bend. */
async function insertOddRows(sql: Sql): Promise<void> {
  await sql`
    INSERT INTO posts (user_id, content, metadata, created_at)
    SELECT id, content, metadata::jsonb, at::timestamptz
      FROM (SELECT id FROM users ORDER BY created_at LIMIT 1) u,
           (VALUES
             (E'tab\t newline\n return\r backslash\\ quote" \x01 \x02 \u2028 😀', '{}',
              '0044-03-15 12:00:00.123456+00 BC'),
             ('numbers', '{"n": 1e400, "i": 9007199254740993, "f": 1.10, "z": -0.0}',
              '294276-12-31 23:59:59.999999+00'),
             ('names', '{"metadata": {"metadata": [{"a": "},{\\"b\\": 1"}]}, "": null, "é": "\\u0001"}',
              '0001-01-01 00:00:00+00'),
             ('deep', repeat('{"a":[', 200) || repeat(']}', 200), '1999-12-31 23:59:59.999999+00')
           ) AS odd (content, metadata, at)`;
}

describe('an export', () => {
  const [source, target] = [useDatabase(), useDatabase()];
  const folder = join(useFolder(), 'made', 'on the way');

  before(async () => {
    await importStackExchange(source.sql, { folder: join(FIXTURES, 'stackexchange') });
    await insertOddRows(source.sql);
  });

  it('gives the same database back', async () => {
    const counts = await exportJsonl(source.sql, folder);
    assert.deepEqual([counts.users, counts.posts, counts.follows], [6, 9, 3]);
    const result = await importJsonl(target.sql, folder);
    assert.deepEqual([result.read, result.inserted, result.skipped], [23, 23, 0]);
    assert.deepEqual(await digests(target.sql), await digests(source.sql));
  });

  it('changes nothing where it came from', async () => {
    const before = await digests(source.sql);
    const { inserted, reasons } = await importJsonl(source.sql, folder);
    assert.equal(inserted, 0);
    assert.deepEqual(reasons, {
      'user-already-there': 6,
      'post-already-there': 9,
      'comment-already-there': 3,
      'follow-already-there': 3,
      'like-already-there': 2,
    });
    assert.deepEqual(await digests(source.sql), before);
  });

  it('has one JSON object a line, oldest first', () => {
    const lines = readFileSync(join(folder, 'comments.jsonl'), 'utf8').trimEnd().split('\n');
    const times = lines.map((line) => JSON.parse(line).createdAt);
    assert.equal(times.length, 3);
    assert.deepEqual(times, [...times].sort());
  });

  it('is refused where one is already, which stays as it is', async () => {
    const before = readdirSync(folder);
    await assert.rejects(exportJsonl(source.sql, folder), (error) => {
      assert.ok(error instanceof RequestError);
      assert.equal(error.code, 'export-exists');
      return true;
    });
    assert.deepEqual(readdirSync(folder), before);
  });

  it('leaves nothing when it is interrupted', async () => {
    const elsewhere = join(folder, 'interrupted');
    const interruption = new AbortController();
    const exporting = exportJsonl(source.sql, elsewhere, {
      interrupted: interruption.signal,
      onProgress: () => interruption.abort(),
    });
    await assert.rejects(exporting, InterruptedError);
    assert.ok(!readdirSync(folder).some((name) => name.startsWith('interrupted')));
  });

  it('skips users whose name or address is taken, and what hangs on them', async () => {
    const { sql } = target;
    await empty(sql);
    await sql`INSERT INTO users (username) VALUES ('GRACE_hopper')`;
    const { inserted, reasons } = await importJsonl(sql, folder);
    assert.deepEqual(reasons, {
      'user-username-taken': 1,
      'post-of-missing-user': 1,
      'comment-of-missing-user': 1,
      'comment-on-missing-post': 1,
      'follow-by-missing-user': 1,
      'follow-of-missing-user': 1,
      'like-of-missing-user': 1,
    });
    assert.equal(inserted, 16);
  });
});

const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('an export that is broken', () => {
  const [source, target] = [useDatabase(), useDatabase()];
  const root = useFolder();
  const whole = join(root, 'whole');

  before(async () => {
    await seed(source.sql, completePlan({ users: 30, posts: 100 }));
    await exportJsonl(source.sql, whole);
  });

  type Damage = (text: string) => string | Buffer | undefined;
  const line = (edit: (row: Record<string, unknown>) => unknown): Damage => {
    return (text) => {
      const lines = text.split('\n');
      lines[1] = JSON.stringify(edit(JSON.parse(lines[1] ?? '')));
      return lines.join('\n');
    };
  };
  const cases: [what: string, file: string, damage: Damage, says: RegExp][] = [
    ['cut within a line', 'posts.jsonl', (t) => t.slice(0, -40), /^posts\.jsonl:100: .*JSON/],
    [
      'cut at the end of a line',
      'posts.jsonl',
      (t) => t.slice(0, t.indexOf('\n') + 1),
      /^posts\.jsonl: has 1 lines, where 100 were exported/,
    ],
    ['empty', 'posts.jsonl', () => '', /^posts\.jsonl: has 0 lines, where 100/],
    ['missing', 'posts.jsonl', () => undefined, /posts\.jsonl: there is no such file/],
    [
      'noise',
      'posts.jsonl',
      () => Buffer.from([0x7b, 0xff, 0xfe]),
      /^posts\.jsonl, byte 1: is not UTF-8/,
    ],
    ['without its manifest', 'manifest.json', () => undefined, /there is no manifest\.json/],
    ['with another manifest', 'manifest.json', () => '{}', /is no manifest of an export/],
    [
      'a row too many',
      'likes.jsonl',
      (t) => `${t}${t.slice(0, t.indexOf('\n') + 1)}`,
      /^likes\.jsonl: has 151 lines, where 150/,
    ],
    ['with an empty line', 'users.jsonl', (t) => `\n${t}`, /^users\.jsonl:1: .*JSON/],
    ['with a list for a row', 'users.jsonl', line(() => []), /^users\.jsonl:2: /],
    [
      'with a member missing',
      'users.jsonl',
      line(({ email, ...row }) => row),
      /^users\.jsonl:2: email/,
    ],
    [
      'with a member too many',
      'users.jsonl',
      line((row) => ({ ...row, age: 7 })),
      /^users\.jsonl:2: age/,
    ],
    [
      'with a bad id',
      'posts.jsonl',
      line((row) => ({ ...row, userId: '{1}' })),
      /^posts\.jsonl:2: userId: is no id/,
    ],
    [
      'with a bad time',
      'posts.jsonl',
      line((row) => ({ ...row, createdAt: '2024-02-30T00:00:00Z' })),
      /^posts\.jsonl:2: createdAt: is no time/,
    ],
    [
      'with metadata that is no object',
      'posts.jsonl',
      line((row) => ({ ...row, metadata: [1] })),
      /^posts\.jsonl:2: metadata: is no object/,
    ],
    [
      'with NUL in a text',
      'posts.jsonl',
      line((row) => ({ ...row, content: 'a\0' })),
      /^posts\.jsonl:2: content: holds what no database text can/,
    ],
    [
      'with half a surrogate pair',
      'posts.jsonl',
      line((row) => ({ ...row, content: '\ud800' })),
      /^posts\.jsonl:2: content: holds/,
    ],
    [
      'with NUL in metadata',
      'posts.jsonl',
      line((row) => ({ ...row, metadata: { a: '\0' } })),
      /^posts\.jsonl:2: holds a NUL character/,
    ],
    [
      'with a member twice',
      'likes.jsonl',
      (t) => t.replace('{', `{"createdAt":"2024-01-01T00:00:00Z",`),
      /^likes\.jsonl:1: has the key "createdAt" twice/,
    ],
    [
      'with a key twice in metadata',
      'posts.jsonl',
      (t) => t.replace('"metadata":{', '"metadata":{"cli\\u0065nt":1,'),
      /^posts\.jsonl:1: has the key "client" twice/,
    ],
    [
      'with a number beyond all limits',
      'posts.jsonl',
      (t) => t.replace('"client"', '"x":1e999999,"client"'),
      /^posts\.jsonl:1: /,
    ],
    [
      'with a name that is none',
      'users.jsonl',
      line((row) => ({ ...row, username: 'a b' })),
      /^users\.jsonl:2: .*users_username_form/,
    ],
    [
      'with a text too long',
      'comments.jsonl',
      line((row) => ({ ...row, content: 'x'.repeat(65_537) })),
      /^comments\.jsonl:2: .*comments_content_length/,
    ],
    [
      'with somebody who follows himself',
      'followers.jsonl',
      line((row) => ({ ...row, followerId: row.followedId })),
      /^followers\.jsonl:2: .*followers_not_self/,
    ],
  ];
  for (const [index, [what, file, damage, says]] of cases.entries()) {
    it(`is refused with its place when it is ${what}, and nothing is imported`, async () => {
      const folder = join(root, String(index));
      cpSync(whole, folder, { recursive: true });
      const damaged = damage(readFileSync(join(whole, file), 'utf8'));
      if (damaged === undefined) rmSync(join(folder, file));
      else writeFileSync(join(folder, file), damaged);
      await assert.rejects(importJsonl(target.sql, folder), (error) => {
        assert.ok(error instanceof RequestError, String(error));
        assert.match(error.message, says);
        return true;
      });
      assert.deepEqual(await rowCounts(target.sql), NOTHING);
    });
  }

  it('brings what can be kept into an empty database, too', async () => {
    const folder = join(root, 'gaps');
    cpSync(whole, folder, { recursive: true });
    const edit = (file: string, edited: (lines: string[]) => string[]) => {
      const path = join(folder, file);
      writeFileSync(path, edited(readFileSync(path, 'utf8').split('\n')).join('\n'));
    };
    // A second user of the first one's name, and a post of nobody, which somebody may have liked.
    edit('users.jsonl', ([first = '', second = '', ...rest]) => {
      const { username } = JSON.parse(first);
      return [first, second.replace(/"username":"[^"]*"/, `"username":"${username}"`), ...rest];
    });
    edit('posts.jsonl', ([first = '', ...rest]) => [
      first.replace(/"userId":"[^"]*"/, `"userId":"${NOBODY}"`),
      ...rest,
    ]);
    const { read, inserted, skipped, reasons } = await importJsonl(target.sql, folder);
    assert.equal(read, inserted + skipped);
    assert.equal(reasons['user-username-twice'], 1);
    assert.ok((reasons['post-of-missing-user'] ?? 0) >= 1);
    const kept = await rowCounts(target.sql);
    assert.equal(kept.users, 29);
    const total = Object.values(kept).reduce((sum, count) => sum + count, 0);
    assert.equal(total, inserted);
    await empty(target.sql);
  });

  it('may be packed', async () => {
    const folder = join(root, 'packed');
    cpSync(whole, folder, { recursive: true });
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl'))) {
      writeFileSync(join(folder, `${file}.gz`), gzipSync(readFileSync(join(folder, file))));
      rmSync(join(folder, file));
    }
    assert.ok(!existsSync(join(folder, 'posts.jsonl')));
    await importJsonl(target.sql, folder);
    assert.deepEqual(await digests(target.sql), await digests(source.sql));
  });
});

describe('an export of a real community', { skip: withoutSharedData }, () => {
  const [source, target] = [useDatabase(), useDatabase()];
  const folder = useFolder();

  it('gives the same database back', async () => {
    await importStackExchange(source.sql, { folder: SHARED.stackExchange });
    await exportJsonl(source.sql, folder);
    await importJsonl(target.sql, folder);
    assert.deepEqual(await digests(target.sql), await digests(source.sql));
  });
});
