import { statfs } from 'node:fs/promises';
import type { Sql } from '../../stores/postgres.js';
import { bytes } from '../../wording.js';
import { type Check, type Finding, fail, ok, warn } from '../check.js';
import type { PostgresSubject } from './server.js';

const GB = 1024 ** 3;

/** The space on the disk that holds the data. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** PostgreSQL stops when its disk is full; a twentieth, but never more than 10 GB, is worth a word. */
export function diskFinding({ freeBytes, totalBytes }: DiskSpace, use: string): Finding {
  const evidence = `${bytes(freeBytes)} free of ${bytes(totalBytes)}; ${use}`;
  const fix = 'df -h  # make room, or move the data to a larger disk';
  if (freeBytes < Math.min(0.01 * totalBytes, GB)) return fail(evidence, fix);
  return freeBytes < Math.min(0.05 * totalBytes, 10 * GB) ? warn(evidence, fix) : ok(evidence);
}

const disk: Check<PostgresSubject> = {
  name: 'disk',
  async run({ sql, settings, local }) {
    const use = await usedBy(sql);
    const directory = settings.data_directory?.value;
    const space = local && directory ? await spaceOn(directory) : undefined;
    return space ? diskFinding(space, use) : ok(`${use}; what is free cannot be seen from here`);
  },
};

async function usedBy(sql: Sql): Promise<string> {
  const [size] = await sql<{ database: number }[]>`
    SELECT pg_database_size(current_database()) AS database`;
  // Only monitors may look into the folder of the write-ahead log.
  const wal = await sql<
    { size: number }[]
  >`SELECT sum(size)::int8 AS size FROM pg_ls_waldir()`.then(
    ([row]) => `, WAL ${bytes(row?.size ?? 0)}`,
    () => '',
  );
  return `database ${bytes(size?.database ?? 0)}${wal}`;
}

/** Undefined where the folder is none of this machine, as behind a container's port. */
async function spaceOn(directory: string): Promise<DiskSpace | undefined> {
  try {
    const { bsize, bavail, blocks } = await statfs(directory);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}

export const DISK_CHECKS = [disk];
