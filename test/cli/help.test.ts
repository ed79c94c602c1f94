import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { cliPages } from '../../scripts/cli-pages.js';
import { manualOf } from '../../scripts/manual.js';
import { markdownOf } from '../../scripts/markdown.js';
import { TOPICS } from '../../src/cli/topics.js';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';
import { inProcess } from '../support/shell.js';

const pages = cliPages();
const file = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
const run = (...argv: string[]) => inProcess(argv, { env: { DATABASE_URL: '', REDIS_URL: '' } });

describe('help', () => {
  it('has a first page that fits a terminal of 80 by 24 and names every command', async () => {
    for (const argv of [['--help'], ['help'], ['-h'], []]) {
      const { stdout, exitCode } = await run(...argv);
      const lines = stdout.trimEnd().split('\n');
      assert.ok(lines.length <= 24, `${lines.length} lines`);
      assert.deepEqual(
        lines.filter((line) => line.length > 80),
        [],
      );
      for (const name of pages.map((page) => page.name).filter((name) => !name.includes(' '))) {
        assert.match(stdout, new RegExp(`\\b${name}\\b`));
      }
      assert.equal(exitCode, 0);
    }
  });

  it('ends with two examples, for every command', () => {
    for (const { name, examples } of pages) assert.ok(examples.length >= 2, name);
  });

  it('fits 80 columns, but for examples, which are one line each', async () => {
    for (const { name } of pages) {
      const { stdout } = await run(...name.split(' '), '--help');
      const wide = stdout.split('\n').filter((line) => line.length > 80 && !/^ {2}\$ /.test(line));
      assert.deepEqual(wide, [], name);
    }
  });

  it('is the same behind the word help', async () => {
    const { stdout } = await run('help', 'index', 'add');
    assert.equal(stdout, (await run('index', 'add', '--help')).stdout);
    assert.match(stdout, /^Usage: socialdb index add/);
  });

  it('tells what exit codes mean, and speaks of each topic', async () => {
    const { stdout } = await run('help', 'errors');
    for (const code of [0, 1, 2, 3, 70, 130]) assert.match(stdout, new RegExp(`^ +${code} `, 'm'));
    for (const topic of Object.keys(TOPICS)) {
      assert.equal((await run('help', topic)).exitCode, 0);
      assert.match((await run('help')).stdout, new RegExp(`help ${topic}`));
    }
  });

  it('needs no settings', async () => {
    const { exitCode, stderr } = await inProcess(['help', 'errors'], {
      env: { DATABASE_URL: 'nonsense' },
    });
    assert.deepEqual([exitCode, stderr], [0, '']);
  });

  it('is what docs/cli.md and the manual page say (npm run docs)', async () => {
    const { version } = JSON.parse(await file('package.json'));
    assert.equal(await file('docs/cli.md'), markdownOf(pages));
    assert.equal(await file('man/socialdb.1'), manualOf(pages, version));
  });
});

describe('did you mean', () => {
  const database = useDatabase();
  before(() => addPeople(database.sql, 'alice', 'bob'));
  const cases: [what: string, argv: string[], hint: RegExp, exitCode: number][] = [
    ['a command', ['fede', 'alice'], /did you mean feed\?/i, 2],
    ['a command of a group', ['user', 'lsit'], /did you mean list\?/i, 2],
    ['an option', ['feed', 'alice', '--limt', '5'], /did you mean --limit\?/i, 2],
    ['a user', ['feed', 'allice'], /did you mean alice\?/, 1],
    ['an index', ['index', 'drop', 'idx_posts_newst', '--yes'], /idx_posts_newest\?/, 1],
    ['a known index', ['index', 'add', 'idx_posts_newst'], /idx_posts_newest\?/, 1],
    ['a strategy', ['feed', 'alice', '--strategy', 'heds'], /did you mean heads\?/, 2],
    ['a topic', ['help', 'erors'], /did you mean errors\?/, 2],
  ];
  for (const [what, argv, hint, code] of cases) {
    it(`is asked about ${what}`, async () => {
      const { stderr, exitCode } = await inProcess(argv, {
        env: { DATABASE_URL: database.url, REDIS_URL: '' },
      });
      assert.match(stderr, hint);
      assert.equal(exitCode, code);
    });
  }
});
