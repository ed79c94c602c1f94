import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { importStackExchange } from '../../../src/dataset/stackexchange/import.js';
import { RequestError } from '../../../src/errors.js';
import { useDatabase } from '../../support/database.js';
import { driftedCounters } from '../../support/people.js';
import { FIXTURES, useFolder } from '../folders.js';
import { SHARED, withoutSharedData } from '../shared-data.js';
import { digests, indexDefinitions, NOTHING, rowCounts } from '../tables.js';

const DUMP = join(FIXTURES, 'stackexchange');

describe('a small dump', () => {
  const database = useDatabase();

  it('is kept as far as it can be, and the rest is counted by reason', async () => {
    const { sql } = database;
    const before = await indexDefinitions(sql);
    const { durationMs, rowsPerSecond, ...result } = await importStackExchange(sql, {
      folder: DUMP,
    });
    assert.ok(durationMs > 0 && rowsPerSecond > 0);
    assert.deepEqual(result, {
      read: 27,
      inserted: 16,
      skipped: 11,
      reasons: {
        'post-without-user': 1,
        'post-is-wiki': 1,
        'post-without-text': 1,
        'post-of-missing-user': 1,
        'comment-without-user': 1,
        'comment-on-missing-post': 1,
        'vote-without-user': 2,
        'vote-is-no-like': 1,
        'vote-duplicate': 1,
        'vote-on-missing-post': 1,
      },
      files: [
        { file: 'Users.xml', read: 6, inserted: 6, skipped: 0, reasons: {} },
        {
          file: 'Posts.xml',
          read: 9,
          inserted: 5,
          skipped: 4,
          reasons: {
            'post-without-user': 1,
            'post-is-wiki': 1,
            'post-without-text': 1,
            'post-of-missing-user': 1,
          },
        },
        {
          file: 'Comments.xml',
          read: 5,
          inserted: 3,
          skipped: 2,
          reasons: { 'comment-without-user': 1, 'comment-on-missing-post': 1 },
        },
        {
          file: 'Votes.xml',
          read: 7,
          inserted: 2,
          skipped: 5,
          reasons: {
            'vote-without-user': 2,
            'vote-is-no-like': 1,
            'vote-duplicate': 1,
            'vote-on-missing-post': 1,
          },
        },
      ],
      users: 6,
      posts: 5,
      follows: 3,
      comments: 3,
      likes: 2,
    });
    assert.deepEqual(await indexDefinitions(sql), before);
  });

  it('gives users valid, unique names and keeps those that they showed', async () => {
    const users = await database.sql`
      SELECT username, display_name AS shown, created_at AS at FROM users ORDER BY created_at`;
    assert.deepEqual(
      users.map(({ username, shown, at }) => [username, shown, at]),
      [
        ['Community', 'Community', '2024-03-01T08:00:00.000000Z'],
        ['Ada', 'Ada', '2024-03-01T09:15:30.123000Z'],
        ['Grace_Hopper', 'Grace Hopper', '2024-03-02T10:00:00.500000Z'],
        ['ada-3', 'ada', '2024-03-03T11:30:00.007000Z'],
        ['Soren_Angstrom', 'Søren Ångström', '2024-03-04T12:00:00.000000Z'],
        ['user5', 'Мария', '2024-03-05T12:00:00.000000Z'],
      ],
    );
  });

  it('makes posts plain text, with the rest in their metadata', async () => {
    const posts = await database.sql<{ content: string; metadata: Record<string, unknown> }[]>`
      SELECT p.id, content, metadata FROM posts p ORDER BY created_at`;
    assert.deepEqual(posts[0]?.metadata, {
      kind: 'question',
      title: 'Seq Scan & me',
      tags: ['postgresql', 'indexes'],
      score: 5,
    });
    assert.equal(posts[0]?.content, 'Why does my query scan the whole table?\n\nSELECT 1 < 2');
    assert.equal(posts[1]?.content, 'There is no index. Read this.');
    assert.equal(posts[4]?.content, 'Is this plan good? [a plan]');
    const parents = await database.sql`
      SELECT a.metadata ->> 'kind' AS kind, q.metadata ->> 'title' AS title
        FROM posts a JOIN posts q ON q.id = (a.metadata ->> 'parentId')::uuid`;
    assert.deepEqual(
      parents.map(({ kind, title }) => [kind, title]),
      [
        ['answer', 'Seq Scan & me'],
        ['answer', 'Seq Scan & me'],
      ],
    );
  });

  it('makes those who answered or commented followers, from the first time on', async () => {
    const edges = await database.sql`
      SELECT a.username AS follower, b.username AS followed, f.created_at AS at
        FROM followers f JOIN users a ON a.id = follower_id JOIN users b ON b.id = followed_id
       ORDER BY 1, 2`;
    assert.deepEqual(
      edges.map(({ follower, followed, at }) => [follower, followed, at]),
      [
        ['Ada', 'Grace_Hopper', '2024-03-06T10:00:00.000000Z'],
        ['Grace_Hopper', 'Ada', '2024-03-06T08:30:00.000000Z'],
        ['ada-3', 'Ada', '2024-03-06T07:59:00.000000Z'],
      ],
    );
    assert.deepEqual(await driftedCounters(database.sql), []);
  });

  it('changes nothing when it is imported again, not even a follow that was taken back', async () => {
    const { sql } = database;
    await sql`
      WITH gone AS (DELETE FROM followers WHERE created_at = '2024-03-06T10:00:00Z'
                    RETURNING follower_id, followed_id)
      UPDATE users SET following_count = following_count - (id = follower_id)::int,
                       followers_count = followers_count - (id = followed_id)::int
        FROM gone WHERE id IN (follower_id, followed_id)`;
    const before = await digests(sql);
    const { read, inserted, skipped, follows } = await importStackExchange(sql, { folder: DUMP });
    assert.deepEqual(
      { read, inserted, skipped, follows },
      { read: 27, inserted: 0, skipped: 27, follows: 0 },
    );
    assert.deepEqual(await digests(sql), before);
  });

  it('is another community under another name, with names that were taken changed', async () => {
    const { sql } = database;
    const { users } = await importStackExchange(sql, { folder: DUMP, site: 'other' });
    assert.equal(users, 6);
    const names = await sql<{ username: string }[]>`
      SELECT username FROM users WHERE display_name ILIKE 'ada' ORDER BY length(username), 1`;
    const [first, ...others] = names.map(({ username }) => username);
    // "ada" and "ada-3" are taken by the first community, so a part of the id makes the difference.
    const last = others.pop() ?? '';
    assert.equal(first, 'Ada');
    assert.deepEqual(others.sort(), ['Ada-1', 'ada-3']);
    assert.match(last, /^ada-[0-9a-f]{8}$/);
    assert.deepEqual(await driftedCounters(sql), []);
  });
});

describe('a dump with characters that PostgreSQL cannot hold', () => {
  const database = useDatabase();
  const folder = useFolder();

  it('loses NUL, has lone surrogates replaced, and does without what is too long', async () => {
    cpSync(DUMP, folder, { recursive: true });
    writeFileSync(
      join(folder, 'Posts.xml'),
      `<posts>
        <row Id="1" PostTypeId="1" CreationDate="2024-03-06T08:00:00" OwnerUserId="1"
          Title="a\0b" Tags="|x\0|" Body="c\0d &amp;#xDFFF; \u{1F600}" />
        <row Id="2" PostTypeId="1" CreationDate="2024-03-06T08:00:00" OwnerUserId="1"
          Body="${'é'.repeat(32_768)}" />
        <row Id="3" PostTypeId="1" CreationDate="2024-03-06T08:00:00" OwnerUserId="1"
          Body="${'é'.repeat(32_768)}e" />
      </posts>`,
    );
    const { reasons, posts } = await importStackExchange(database.sql, { folder });
    assert.equal(posts, 2);
    assert.equal(reasons['post-too-long'], 1);
    const [row] = await database.sql<{ content: string; metadata: unknown }[]>`
      SELECT content, metadata FROM posts ORDER BY length(content) LIMIT 1`;
    assert.equal(row?.content, 'cd \uFFFD \u{1F600}');
    assert.deepEqual(row?.metadata, { kind: 'question', title: 'ab', tags: ['x'] });
  });
});

describe('a dump that is broken', () => {
  const database = useDatabase();
  const folder = useFolder();
  const posts = readFileSync(join(DUMP, 'Posts.xml'), 'utf8');
  const packed = gzipSync(Buffer.from(posts.repeat(50)));
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 251));
  const row = '<row Id="1" PostTypeId="1" CreationDate="2024-03-06T08:00:00" OwnerUserId="1" />';

  const broken: [what: string, file: string, content: string | Buffer, says: RegExp][] = [
    [
      'a torn gzip file',
      'Posts.xml.gz',
      packed.subarray(0, packed.length / 2),
      /^Posts\.xml\.gz, byte \d+: is torn/,
    ],
    [
      'noise called gzip',
      'Posts.xml.gz',
      noise,
      /^Posts\.xml\.gz, byte \d+: is no whole gzip file/,
    ],
    ['an empty gzip file', 'Posts.xml.gz', '', /^Posts\.xml\.gz, byte 0: is torn/],
    ['truncated XML', 'Posts.xml', posts.slice(0, 900), /^Posts\.xml:\d+:\d+: no valid XML/],
    [
      'XML without its end',
      'Posts.xml',
      posts.replace('</posts>', ''),
      /^Posts\.xml:\d+:\d+: no valid XML: unclosed root tag/,
    ],
    ['noise', 'Posts.xml', noise, /^Posts\.xml, byte \d+: is not UTF-8 text/],
    ['noise in letters', 'Posts.xml', 'lorem ipsum', /^Posts\.xml:1:\d+: no valid XML/],
    ['an empty file', 'Posts.xml', '', /^Posts\.xml: is empty/],
    [
      'another file',
      'Posts.xml',
      '<users></users>',
      /^Posts\.xml:1:7: begins with <users>, not with <posts>/,
    ],
    [
      'other elements',
      'Posts.xml',
      '<posts>\n<line/></posts>',
      /^Posts\.xml:2:7: <line> where a <row> belongs/,
    ],
    ['text', 'Posts.xml', '<posts>text</posts>', /^Posts\.xml:1:\d+: text where a <row> belongs/],
    [
      'a row without a time',
      'Posts.xml',
      '<posts><row Id="1" PostTypeId="1"/></posts>',
      /^Posts\.xml:1:\d+: CreationDate is missing/,
    ],
    [
      'a day that is none',
      'Posts.xml',
      `<posts>${row.replace('03-06', '02-30')}</posts>`,
      /^Posts\.xml:1:\d+: CreationDate is no time/,
    ],
    [
      'an id that is none',
      'Posts.xml',
      `<posts>${row.replace('"1"', '"one"')}</posts>`,
      /^Posts\.xml:1:\d+: Id is no whole number/,
    ],
    [
      'half a surrogate pair',
      'Posts.xml',
      `<posts>${row.replace('"1"', '"1&#xD800;"')}</posts>`,
      /^Posts\.xml:1:\d+: no valid XML: invalid character entity/,
    ],
    [
      'NUL as XML cannot have it',
      'Posts.xml',
      `<posts>${row.replace('"1"', '"1&#0;"')}</posts>`,
      /^Posts\.xml:1:\d+: no valid XML: invalid character entity/,
    ],
    [
      'an unknown entity',
      'Posts.xml',
      `<posts>${row.replace('"1"', '"&x;"')}</posts>`,
      /^Posts\.xml:1:\d+: no valid XML: invalid character entity/,
    ],
  ];
  for (const [what, file, content, says] of broken) {
    it(`${what} is refused with its place, and nothing is imported`, async () => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      cpSync(DUMP, folder, { recursive: true });
      rmSync(join(folder, 'Posts.xml'));
      writeFileSync(join(folder, file), content);
      await assert.rejects(importStackExchange(database.sql, { folder }), (error) => {
        assert.ok(error instanceof RequestError);
        assert.match(error.message, says);
        return true;
      });
      assert.deepEqual(await rowCounts(database.sql), NOTHING);
    });
  }

  it('a missing file is named before anything is read', async () => {
    rmSync(folder, { recursive: true, force: true });
    cpSync(DUMP, folder, { recursive: true });
    rmSync(join(folder, 'Votes.xml'));
    truncateSync(join(folder, 'Users.xml'));
    await assert.rejects(importStackExchange(database.sql, { folder }), /neither Votes\.xml nor/);
  });
});

describe('the dump of quantumcomputing.stackexchange.com', { skip: withoutSharedData }, () => {
  const database = useDatabase();

  it('is kept, but for what has lost its user or its post', async () => {
    const { files, ...result } = await importStackExchange(database.sql, {
      folder: SHARED.stackExchange,
    });
    assert.deepEqual(
      files.map(({ file, read, inserted, skipped }) => [file, read, inserted, skipped]),
      [
        ['Users.xml.gz', 3_461, 3_461, 0],
        ['Posts.xml.gz', 1_986, 1_670, 316],
        ['Comments.xml.gz', 3_413, 3_406, 7],
        ['Votes.xml.gz', 12_560, 720, 11_840],
      ],
    );
    assert.deepEqual(result.reasons, {
      'post-is-wiki': 314,
      'post-without-user': 2,
      'comment-without-user': 1,
      'comment-on-missing-post': 6,
      'vote-without-user': 11_828,
      'vote-duplicate': 8,
      'vote-on-missing-post': 4,
    });
    assert.deepEqual(await rowCounts(database.sql), {
      users: 3_461,
      posts: 1_670,
      comments: 3_406,
      followers: 1_771,
      likes: 720,
    });
    assert.deepEqual(await driftedCounters(database.sql), []);
  });
});
