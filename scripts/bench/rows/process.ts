import { spawn } from 'node:child_process';
import { buildWhatChanged } from '../../build-what-changed.js';
import type { Bench } from '../bench.js';
import { BINARY } from '../binary.js';
import { clientEnvironment, clientProgram } from '../pgbench.js';
import { readersNear } from '../readers.js';
import { type Figure, type Limit, type Row, share } from '../row.js';
import { inTurns } from '../turns.js';

/** Starting is quick and wavers: more turns than elsewhere. */
const ROUNDS_MORE = 2.5;
const FOLLOWEES = 31;
/** Within which a completion seems to be there at once. */
const AT_ONCE_MS = 100;

export const wholeProcess: Row = {
  key: 'process',
  title: 'Whole process',
  columns: ['socialdb', 'node -e 0'],
  method: `From spawn to exit, built, without a terminal, against bare \`node -e 0\`. The reader of the feeds
follows ${FOLLOWEES}. What psql takes to connect to the same server and ask for nothing stands beside it. A
completion, of a word that the database knows, is held against ${AT_ONCE_MS} ms.`,
  async measure(bench) {
    buildWhatChanged();
    const environment = await environmentOf(bench);
    const commands = await commandsOf(bench);
    const runs: Process[] = [{ argv: ['-e', '0'] }, ...commands];
    bench.log('starting processes');
    const [bare = 0, ...measured] = await inTurns(
      runs.map((run) => () => processMs(run, environment)),
      Math.round(bench.scale.rounds * ROUNDS_MORE),
    );
    return commands.map(
      ({ what, limit, againstMs = bare }, at): Figure =>
        share(what, 'ms', { measured: measured[at] ?? 0, against: againstMs }, limit),
    );
  },
};

interface Process {
  /** Node unless named. */
  readonly program?: string;
  readonly argv: readonly string[];
}

interface Command extends Process {
  readonly what: string;
  readonly limit?: Limit;
  /** Instead of the bare process. */
  readonly againstMs?: number;
}

async function commandsOf(bench: Bench): Promise<Command[]> {
  const [reader] = await bench.onNetwork((sql) => readersNear(sql, FOLLOWEES, 1));
  const feed = [BINARY, 'feed', reader?.username ?? ''];
  const completion = ['complete', '--', 'user', 'show', reader?.username.slice(0, 2) ?? ''];
  const psql = await clientProgram('psql').catch(() => undefined);
  const asking = ['--no-psqlrc', '--quiet', '--command=SELECT'];
  const cached = { what: 'cached feed', argv: feed, limit: { atMost: 1.7 } };
  return [
    { what: '`--help`', argv: [BINARY, '--help'], limit: { atMost: 1.15 } },
    { what: '`--version`', argv: [BINARY, '--version'] },
    { what: '`migrate status`', argv: [BINARY, 'migrate', 'status'] },
    { what: 'uncached feed', argv: [...feed, '--no-cache'], limit: { atMost: 1.6 } },
    ...(bench.servers.redisUrl ? [cached] : []),
    {
      what: `completion of a username, against ${AT_ONCE_MS} ms`,
      argv: [BINARY, ...completion],
      limit: { atMost: 1 },
      againstMs: AT_ONCE_MS,
    },
    ...(psql ? [{ what: '`psql --command=SELECT`', program: psql, argv: asking }] : []),
  ];
}

async function environmentOf(bench: Bench): Promise<NodeJS.ProcessEnv> {
  return {
    ...clientEnvironment(await bench.network()),
    HOME: process.env.HOME,
    DATABASE_URL: await bench.network(),
    REDIS_URL: bench.servers.redisUrl ?? '',
    MONGODB_URL: '',
    // No timeline expires while it is measured.
    SOCIALDB_CACHE_TTL: '3600',
  };
}

function processMs(
  { program = process.execPath, argv }: Process,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const started = performance.now();
  const child = spawn(program, argv, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(performance.now() - started);
      else reject(new Error(`${argv.join(' ')} ended with exit code ${code}: ${said}`));
    });
  });
}
