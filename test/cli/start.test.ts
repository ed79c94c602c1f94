import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stackOf } from '../../src/cli/stack-trace.js';
import { useDatabase } from '../support/database.js';
import { socialdb } from '../support/socialdb.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

describe('the code that V8 compiled', () => {
  let cache: string;
  before(async () => {
    cache = await mkdtemp(join(tmpdir(), 'socialdb-code-'));
  });
  after(() => rm(cache, { recursive: true, force: true }));

  const help = async (env: Record<string, string | undefined> = {}) => {
    const ran = await socialdb(['help'], { env: { XDG_CACHE_HOME: cache, ...env } });
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.match(ran.stdout, /socialdb drives/);
    assert.equal(ran.stderr, '');
  };
  /** The file that help keeps, or undefined. */
  const kept = async () => {
    const builds = await readdir(join(cache, 'socialdb')).catch(() => []);
    return builds[0] && join(cache, 'socialdb', builds[0], 'help');
  };
  const runsOf = (bytes: Buffer) => bytes.readUInt32LE(0);

  it('is kept by each of the first runs, and then used as it is', async () => {
    const runs = [];
    for (let time = 0; time < 4; time++) {
      await help();
      runs.push(runsOf(await readFile((await kept()) ?? '')));
    }
    assert.deepEqual(runs, [1, 2, 3, 3]);
  });

  it('is made anew where it is damaged, of another source, or old', async () => {
    const file = (await kept()) ?? '';
    const good = await readFile(file);
    const flipped = Buffer.from(good);
    flipped[good.length >> 1] = ~(good[good.length >> 1] ?? 0);
    for (const bad of [flipped, good.subarray(0, 5_000), Buffer.alloc(0), Buffer.alloc(99, 1)]) {
      await writeFile(file, bad);
      await help();
      assert.equal(runsOf(await readFile(file)), 1);
    }
    await utimes(file, 0, 0);
    await help();
    assert.equal(runsOf(await readFile(file)), 2);
  });

  it('is done without where nothing can be written, or nobody wants it', async () => {
    await writeFile(join(cache, 'a-file'), '');
    await help({ XDG_CACHE_HOME: join(cache, 'a-file') });
    await help({ XDG_CACHE_HOME: undefined, HOME: undefined });
    const none = join(cache, 'none');
    await help({ XDG_CACHE_HOME: none, NODE_DISABLE_COMPILE_CACHE: '1' });
    await assert.rejects(readdir(none));
  });
});

describe('the first page of the help', () => {
  it('is what the command tree makes of it, though nothing of that is loaded', async () => {
    const { stdout } = await socialdb(['help']);
    for (const argv of [[], ['-h'], ['--help']]) {
      assert.deepEqual(await socialdb(argv), { stdout, stderr: '', exitCode: 0 });
    }
  });
});

describe('the package', () => {
  const database = useDatabase();
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socialdb-package-'));
  });
  after(async () => {
    await run('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  it('works with what npm would pack, from a folder without permission to write', async () => {
    const packed = await run('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], {
      cwd: ROOT,
      maxBuffer: 1e8,
    });
    const [{ files }] = JSON.parse(packed.stdout) as [{ files: { path: string }[] }];
    for (const { path } of files) await cp(join(ROOT, path), join(folder, 'installed', path));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'installed', 'node_modules'));
    await run('chmod', ['-R', 'a-w,a+rX', folder]);
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'work'));
    const ran = await run(
      process.execPath,
      [join(folder, 'installed/bin/socialdb.js'), 'migrate', 'status', '--json'],
      {
        cwd: join(folder, 'work'),
        env: { PATH: process.env.PATH, DATABASE_URL: database.url, SOCIALDB_HOME: '/nonexistent' },
      },
    );
    const { applied, pending } = JSON.parse(ran.stdout);
    assert.equal(pending.length, 0);
    assert.ok(applied.length >= 4);
    assert.ok(
      files.some(({ path }) => path === 'dist/feed/page.d.ts'),
      'types for the library',
    );
  });
});

describe("a bug's stack", () => {
  it('names the sources, though a bundle runs', async () => {
    const file = join(ROOT, 'dist/bundle/common.cjs');
    const lines = (await readFile(file, 'latin1')).split('\n');
    const line = lines.findIndex((text) => text.includes('has lost its row'));
    const column = lines[line]?.indexOf('has lost its row') ?? 0;
    const error = new Error('x');
    error.stack = `Error: x\n    at readInstance (${file}:${line + 1}:${column + 1})`;
    const source = await readFile(join(ROOT, 'src/stores/instance.ts'), 'utf8');
    const at = source.split('\n').findIndex((text) => text.includes('has lost its row')) + 1;
    assert.match(stackOf(error), new RegExp(`readInstance \\(src/stores/instance\\.ts:${at}:`));
  });
});
