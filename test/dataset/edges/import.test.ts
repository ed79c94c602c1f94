import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { importEdges } from '../../../src/dataset/edges/import.js';
import { RequestError } from '../../../src/errors.js';
import { useDatabase } from '../../support/database.js';
import { driftedCounters } from '../../support/people.js';
import { FIXTURES, useFolder } from '../folders.js';
import { SHARED, withoutSharedData } from '../shared-data.js';
import { digests, indexDefinitions, NOTHING, rowCounts } from '../tables.js';

const LIST = join(FIXTURES, 'edges.csv');

describe('a small edge list', () => {
  const database = useDatabase();

  it('makes nodes users and lines followers, and counts what it leaves out', async () => {
    const { sql } = database;
    const { durationMs, rowsPerSecond, files, ...result } = await importEdges(sql, { file: LIST });
    assert.ok(durationMs > 0 && rowsPerSecond > 0);
    assert.deepEqual(result, {
      read: 11,
      inserted: 9,
      skipped: 2,
      reasons: { 'edge-is-self-loop': 1, 'edge-duplicate': 1 },
      users: 10,
      posts: 0,
      follows: 9,
      comments: 0,
      likes: 0,
    });
    assert.deepEqual(
      files.map(({ file, read }) => [file, read]),
      [['edges.csv', 11]],
    );
    assert.deepEqual(await driftedCounters(sql), []);
  });

  it('names users after their nodes as far as names can be', async () => {
    const names = await database.sql<{ username: string; shown: string | null }[]>`
      SELECT username, display_name AS shown FROM users ORDER BY username COLLATE "C"`;
    assert.deepEqual(
      names.map(({ username, shown }) => [username, shown]),
      [
        ['Alice-edges', null],
        ['Zoe', 'Zoë'],
        ...['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'].map((name) => [
          name,
          null,
        ]),
      ],
    );
  });

  it('changes nothing when it is imported again', async () => {
    const before = await digests(database.sql);
    const { inserted, reasons } = await importEdges(database.sql, { file: LIST });
    assert.equal(inserted, 0);
    assert.deepEqual(reasons, {
      'edge-is-self-loop': 1,
      'edge-duplicate': 1,
      'edge-already-there': 9,
    });
    assert.deepEqual(await digests(database.sql), before);
  });

  it('adds the other directions when it is imported undirected', async () => {
    const { inserted, reasons, follows } = await importEdges(database.sql, {
      file: LIST,
      undirected: true,
    });
    // alice and bob, alice and carol follow each other already, and are two lines each.
    assert.deepEqual(reasons, {
      'edge-is-self-loop': 1,
      'edge-duplicate': 3,
      'edge-already-there': 2,
    });
    assert.deepEqual([inserted, follows], [5, 5]);
    assert.deepEqual(await driftedCounters(database.sql), []);
  });
});

describe('an edge list that is broken', () => {
  const database = useDatabase();
  const folder = useFolder();
  const text = Array.from({ length: 50_000 }, (_, n) => `${n} ${(n * 7) % 50_000}`).join('\n');
  const packed = gzipSync(text);
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 251));

  const broken: [what: string, file: string, content: string | Buffer, says: RegExp][] = [
    [
      'torn',
      'list.txt.gz',
      packed.subarray(0, packed.length - 100),
      /^list\.txt\.gz, byte \d+: is torn/,
    ],
    ['noise', 'list.txt', noise, /^list\.txt, byte \d+: is not UTF-8 text/],
    ['noise called gzip', 'list.txt.gz', noise, /^list\.txt\.gz, byte \d+: is no whole gzip file/],
    ['empty', 'list.txt', '', /^list\.txt: there are no edges/],
    [
      'cut within a line',
      'list.txt',
      text.slice(0, text.lastIndexOf(' ')),
      /^list\.txt:50000: is no edge/,
    ],
    [
      'not UTF-8 at its end',
      'list.txt',
      Buffer.concat([Buffer.from(text), Buffer.from([0x20, 0xc3])]),
      /^list\.txt, byte \d+: is not UTF-8/,
    ],
  ];
  for (const [what, name, content, says] of broken) {
    it(`is refused with its place when it is ${what}, and nothing is imported`, async () => {
      const before = await indexDefinitions(database.sql);
      const file = join(folder, name);
      writeFileSync(file, content);
      await assert.rejects(importEdges(database.sql, { file }), (error) => {
        assert.ok(error instanceof RequestError);
        assert.match(error.message, says);
        return true;
      });
      assert.deepEqual(await rowCounts(database.sql), NOTHING);
      assert.deepEqual(await indexDefinitions(database.sql), before);
    });
  }

  it('names the byte at which the text ends being UTF-8', async () => {
    const file = join(folder, 'byte.txt');
    const good = Buffer.from('é é\n'.repeat(40_000));
    writeFileSync(file, Buffer.concat([good, Buffer.from([0xff]), good]));
    await assert.rejects(importEdges(database.sql, { file }), {
      message: `byte.txt, byte ${good.length}: is not UTF-8 text`,
    });
  });

  it('is refused when it is not there', async () => {
    const file = join(folder, 'none.txt');
    await assert.rejects(importEdges(database.sql, { file }), /none\.txt: there is no such file/);
    await assert.rejects(importEdges(database.sql, { file: folder }), /is a folder, not a file/);
  });
});

describe('the graph of Facebook', { skip: withoutSharedData }, () => {
  const database = useDatabase();

  it('makes 4,039 users follow each other along 88,234 lines', async () => {
    const { sql } = database;
    const result = await importEdges(sql, { file: SHARED.facebook, undirected: true });
    assert.deepEqual([result.read, result.inserted, result.skipped], [88_234, 88_234, 0]);
    assert.deepEqual([result.users, result.follows], [4_039, 176_468]);
    assert.deepEqual(await rowCounts(sql), { ...NOTHING, users: 4_039, followers: 176_468 });
    assert.deepEqual(await driftedCounters(sql), []);
    const [hub] =
      await sql`SELECT following_count AS f, followers_count AS r FROM users WHERE username = '107'`;
    assert.deepEqual([hub?.f, hub?.r], [1_045, 1_045]);
  });
});

describe('the graph of Slashdot', { skip: withoutSharedData }, () => {
  const database = useDatabase();

  it('makes 82,168 users of 948,464 lines, and leaves out the self-loops', async () => {
    const { sql } = database;
    const result = await importEdges(sql, { file: SHARED.slashdot });
    assert.deepEqual([result.read, result.inserted, result.skipped], [948_464, 870_161, 78_303]);
    assert.deepEqual(result.reasons, { 'edge-is-self-loop': 78_303 });
    assert.deepEqual(await rowCounts(sql), { ...NOTHING, users: 82_168, followers: 870_161 });
    assert.deepEqual(await driftedCounters(sql), []);
  });
});
