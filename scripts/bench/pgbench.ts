import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../../src/stack/process.js';
import type { Statement } from '../../src/stores/queries.js';
import { Skipped } from './row.js';

const run = promisify(execFile);

/** Where Debian and its like keep the programs; what they have on PATH is a Perl script that starts one. */
const VERSIONS = '/usr/lib/postgresql';

/** A client program of PostgreSQL's, which the embedded server comes without. */
export async function clientProgram(name: 'pgbench' | 'psql'): Promise<string> {
  const versions = await readdir(VERSIONS).catch(() => []);
  const found = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS, version, 'bin', name))
    .find((program) => existsSync(program));
  const program = found ?? (await findProgram(name));
  if (program) return program;
  const how =
    process.platform === 'darwin' ? 'brew install postgresql' : 'apt-get install postgresql';
  throw new Skipped(`there is no ${name} here; install it: ${how}`);
}

/** The connection, where no process list shows it; the session as socialdb has it. */
export function clientEnvironment(databaseUrl: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return {
    PATH: process.env.PATH,
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
    PGOPTIONS: '-c jit=off -c timezone=UTC',
  };
}

interface PgbenchScript {
  /** Commands of pgbench before the statement: `\set user random(1, 10)`. */
  readonly setup?: string;
  readonly statement: Statement;
}

export type Pgbench = (script: PgbenchScript, clients: number, forMs: number) => Promise<number>;

/**
 * Finds pgbench.
 *
 * @returns runs a statement by `pgbench -M prepared` and gives its transactions a second
 * @throws Skipped where there is none
 */
export async function openPgbench(databaseUrl: string): Promise<Pgbench> {
  const program = await clientProgram('pgbench');
  return async ({ setup = '', statement }, clients, forMs) => {
    const folder = await mkdtemp(join(tmpdir(), 'socialdb-pgbench-'));
    try {
      const file = join(folder, `${statement.name}.sql`);
      await writeFile(file, `${setup}\n${scriptOf(statement)};\n`);
      const { stdout } = await run(
        program,
        [
          ...['--no-vacuum', '--protocol=prepared', `--file=${file}`],
          ...[`--client=${clients}`, lengthOf(forMs)],
          ...statement.parameters.flatMap((value, at) => ['-D', `p${at + 1}=${value}`]),
        ],
        { env: clientEnvironment(databaseUrl) },
      );
      return transactionsPerSecond(stdout);
    } finally {
      await rm(folder, { recursive: true });
    }
  };
}

/** pgbench counts in whole seconds; a look that is shorter is so many transactions. */
function lengthOf(forMs: number): string {
  return forMs < 1_000 ? '--transactions=50' : `--time=${Math.round(forMs / 1_000)}`;
}

/** The statement with `:p1`, `:p2`, … which pgbench makes `$1`, `$2`, … again. */
function scriptOf({ text }: Statement): string {
  return text.replace(/^\s*--.*\n/gm, '').replace(/\$(\d+)/g, ':p$1');
}

function transactionsPerSecond(output: string): number {
  const failed = /number of failed transactions: ([1-9]\d*)/.exec(output);
  const rate = /^tps = ([\d.]+)/m.exec(output);
  if (failed || !rate) throw new Error(`pgbench failed:\n${output}`);
  return Number(rate[1]);
}
