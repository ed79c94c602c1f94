import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readText } from '../../src/input/read.js';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';
import { inProcess } from '../support/shell.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
const ID = '01a20979-cb20-7295-b159-02dfee158a5c';

describe('bad input', () => {
  const database = useDatabase();
  let folder: string;
  before(async () => {
    await addPeople(database.sql, 'alice', 'bob');
    folder = await mkdtemp(join(tmpdir(), 'socialdb-input-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const run = (argv: readonly string[], stdin?: string | Buffer) =>
    inProcess(argv, {
      env: { DATABASE_URL: database.url, REDIS_URL: '' },
      ...(stdin !== undefined && { stdin }),
    });
  const post = (metadata: string) => ['post', 'alice', 'x', `--metadata=${metadata}`];
  const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;

  const refused: Record<string, [argv: string[], says: RegExp, stdin?: string | Buffer]> = {
    'a key twice': [post('{"a":1,"a":1}'), /has the key "a" twice/],
    'a key twice, once escaped, far inside': [post('{"x":[{"a":1,"\\u0061":2}]}'), /"a" twice/],
    'tags both in the metadata and beside them': [
      [...post('{"tags":["a"]}'), '--tag', 'b'],
      /has the key "tags" twice/,
    ],
    '101 levels': [post(nested(100)), /nested deeper than 100 levels/],
    '10,000 levels': [post(nested(10_000)), /nested deeper than 100 levels/],
    'a number of a million digits': [post('{"a":1e999999}'), /more than 1000 digits/],
    'numbers that would fill a screen': [
      post(`{"a":[${Array(70).fill('1e999').join()}]}`),
      /longer than 65536 bytes/,
    ],
    'a NUL in JSON': [post('{"a":"\\u0000"}'), /holds a NUL/],
    'half a surrogate pair in JSON': [post('{"a":"\\ud800"}'), /not valid Unicode/],
    'an array where an object belongs': [post('[1]'), /must be a JSON object/],
    'null where an object belongs': [post('null'), /must be a JSON object/],
    'no JSON': [post("{'a':1}"), /is not JSON/],
    'an empty text for JSON': [post(''), /is not JSON/],
    'a search for what has a key twice': [['search', '--where', '{"a":1,"a":2}'], /twice/],
    'a text of NUL': [['post', 'alice', 'a\0b'], /argument 3 holds a NUL/],
    'a text that is not UTF-8': [['post', 'alice', 'a\ufffd'], /argument 3 is not UTF-8/],
    'half a surrogate pair': [['post', 'alice', 'a\ud800'], /argument 3 is not valid Unicode/],
    'standard input that is not UTF-8': [['post', 'alice', '-'], /not UTF-8/, Buffer.from([0xff])],
    'standard input with a NUL': [['post', 'alice', '-'], /holds a NUL/, 'a\0b'],
    'a text of 64 KiB and a byte': [
      ['post', 'alice', '-'],
      /longer than 65536/,
      'x'.repeat(65_537),
    ],
    'a text of blanks': [['post', 'alice', ' \n\t'], /is empty/],
    'nothing on standard input': [['post', 'alice', '-'], /is empty/, ''],
    'an empty tag': [['post', 'alice', 'x', '--tag', ' '], /is empty/],
    'a tag that is not composed': [['post', 'alice', 'x', '--tag', 'cafe\u0301'], /NFC/],
    'a tag that turns text around': [['post', 'alice', 'x', '--tag', '\u202ea'], /control/],
    'an address that is not composed': [['user', 'add', 'z', '--email', 'e\u0301@x'], /NFC/],
    'an address with an escape': [['user', 'add', 'z', '--email', 'a\u001b@x'], /control/],
    'a name of other letters': [['user', 'add', 'ａｌｉｃｅ', '--email', 'a@x'], /no username/],
    'a name that differs in case': [['user', 'add', 'ALICE', '--email', 'a@x'], /a user alice/],
    'an empty name': [['user', 'show', ''], /no username/],
    'a braced id': [['thread', `{${ID}}`], /no post id/],
    'an undashed id': [['thread', ID.replaceAll('-', '')], /no post id/],
    'a limit of -1': [['feed', 'alice', '--limit', '-1'], /whole number from 1 to 1000/],
    'a limit of 0': [['feed', 'alice', '--limit', '0'], /whole number from 1 to 1000/],
    'a limit of NaN': [['feed', 'alice', '--limit', 'NaN'], /whole number from 1 to 1000/],
    'a limit of 1e9': [['feed', 'alice', '--limit', '1e9'], /whole number from 1 to 1000/],
    'an empty limit': [['feed', 'alice', '--limit', ''], /whole number from 1 to 1000/],
    'an empty cursor': [['feed', 'alice', '--after', ''], /cursor was altered/],
    'a cursor of somebody else': [['feed', 'alice', '--after', 'AAAA'], /cursor was altered/],
    'a text that begins with -': [['post', 'alice', '-x'], /begins with - .* goes behind --/],
    'a line break in a name': [['feed', 'a\nerror: b'], /'a␤error: b'/],
  };
  for (const [what, [argv, says, stdin]] of Object.entries(refused)) {
    it(`is refused before anything is written: ${what}`, async () => {
      const { stderr, stdout, exitCode } = await run(argv, stdin);
      assert.match(stderr, says);
      assert.deepEqual([stdout, stderr.trimEnd().split('\n').length <= 2], ['', true]);
      assert.ok(exitCode === 1 || exitCode === 2, `exit ${exitCode}`);
      const [left] = await database.sql`
        SELECT (SELECT count(*) FROM posts) AS posts, (SELECT count(*) FROM users) AS users`;
      assert.deepEqual({ ...left }, { posts: 0, users: 2 });
    });
  }

  const kept = ['%', '_', '$1', "'; DROP TABLE users; --", '"', '\\', '\ufeffx', 'a\r\nb', '-1'];
  it('is not what only looks bad: each of these is stored as it is', async () => {
    for (const text of kept) {
      const { stdout, stderr } = await run(['post', 'alice', '--json', '--', text]);
      const { id } = JSON.parse(stdout || stderr);
      const [row] = await database.sql`SELECT content FROM posts WHERE id = ${id}`;
      assert.equal(row?.content, text);
      const upper = await run(['thread', id.toUpperCase(), '--json']);
      assert.equal(JSON.parse(upper.stdout).post.id, id);
    }
    await database.sql`DELETE FROM posts`;
  });

  it('is not read to its end: 200 MB are refused after a little', async () => {
    let given = 0;
    const flood = Readable.from(
      (function* () {
        for (; given < 200e6; given += 65_536) yield Buffer.alloc(65_536, 'x');
      })(),
    );
    assert.deepEqual(await readText(flood, 65_538), { flaw: 'is longer than 65538 bytes' });
    assert.ok(given < 1e6, `${given} bytes were read`);
  });

  it('is told from what the shell cannot give: bytes that are not UTF-8', async () => {
    const command = `exec '${process.execPath}' '${BINARY}' post alice "$(printf 'a\\377b')"`;
    const child = spawn('bash', ['-c', command], {
      env: { ...process.env, DATABASE_URL: database.url, REDIS_URL: '' },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const [exitCode] = await once(child, 'close');
    assert.match(stderr, /argument 3 is not UTF-8/);
    assert.equal(exitCode, 2);
  });

  it('in a file of a statement is refused as well', async () => {
    const file = join(folder, 'x.sql');
    for (const [bytes, says] of [
      [Buffer.from([0x53, 0xff]), /is not UTF-8/],
      [Buffer.alloc(2 ** 20 + 1, ' '), /is longer than 1048576 bytes/],
      [Buffer.from('SELECT \0'), /holds a NUL/],
    ] as const) {
      await writeFile(file, bytes);
      const { stderr, exitCode } = await run(['explain', 'sql', file]);
      assert.match(stderr, says);
      assert.equal(exitCode, 2);
    }
  });
});
