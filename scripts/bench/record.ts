import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { openPostgres } from '../../src/stores/postgres.js';
import { openRedis } from '../../src/stores/redis.js';
import type { Result } from './measure.js';
import type { Figure } from './row.js';
import type { Servers } from './servers.js';

/** What a row came to, as docs/performance.json keeps it. */
export interface RecordedRow {
  readonly key: string;
  /** `2026-11-24` */
  readonly date: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly skipped?: string;
}

/** All that was measured last, row by row: a run of some rows leaves the others as they were. */
export interface Recorded {
  /** `PostgreSQL 18.4`, `2 cores of …` */
  readonly machine: readonly string[];
  readonly rows: readonly RecordedRow[];
}

const FILE = new URL('../../docs/performance.json', import.meta.url);

/** Lays new results over those of earlier runs. */
export async function record(servers: Servers, results: readonly Result[]): Promise<Recorded> {
  const earlier = await readRecorded();
  const date = new Date().toISOString().slice(0, 10);
  const rows = results.map(({ row, seconds, figures, skipped }): RecordedRow => {
    const rounded = figures.map((figure) => ({
      ...figure,
      measured: significant(figure.measured),
      against: significant(figure.against),
      ratio: significant(figure.ratio),
    }));
    return { key: row.key, date, seconds, figures: rounded, ...(skipped && { skipped }) };
  });
  const kept = earlier.rows.filter(({ key }) => !rows.some((row) => row.key === key));
  const recorded = { machine: await machineOf(servers), rows: [...kept, ...rows] };
  await writeFile(FILE, `${JSON.stringify(recorded, null, 2)}\n`);
  return recorded;
}

/** The figures of earlier runs. */
export async function readRecorded(): Promise<Recorded> {
  try {
    return JSON.parse(await readFile(FILE, 'utf8')) as Recorded;
  } catch {
    return { machine: [], rows: [] };
  }
}

function significant(value: number): number {
  return Number(value.toPrecision(4));
}

async function machineOf({ databaseUrl, redisUrl }: Servers): Promise<string[]> {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return [
    `${cpus().length} cores (${cpu?.model.trim() || arch()}), ${memory} GB, ${platform()} ${release()}`,
    `Node.js ${process.versions.node}`,
    `PostgreSQL ${await postgresVersion(databaseUrl)}`,
    ...(redisUrl ? [`Redis ${await redisVersion(redisUrl)}`] : []),
  ];
}

async function postgresVersion(url: string): Promise<string> {
  const sql = openPostgres(url, { timeoutMs: 10_000, max: 1 });
  try {
    const [row] = await sql<{ server_version: string }[]>`SHOW server_version`;
    return row?.server_version ?? '';
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function redisVersion(url: string): Promise<string> {
  const redis = await openRedis(url, 10_000);
  try {
    return /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? '';
  } finally {
    redis.disconnect();
  }
}
