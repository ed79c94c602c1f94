import { totalmem } from 'node:os';
import { bytes, count } from '../../wording.js';
import { type Check, ok, warn } from '../check.js';
import { alterSystem, alterSystemThenRestart } from './alter-system.js';
import type { PostgresSubject } from './server.js';

const GB = 1024 ** 3;
/** What initdb writes. */
const DEFAULT_BUFFERS = 128 * 1024 ** 2;
const DEFAULT_WORK_MEM = 4 * 1024 ** 2;
/** Temporary files since the statistics were reset. */
const MUCH_SPILLED = GB;
/** The documentation's starting point for a machine of its own. */
const BUFFERS_SHARE = 0.25;

const sharedBuffers: Check<PostgresSubject> = {
  name: 'shared-buffers',
  async run({ sql, settings, local }) {
    const buffers = settings.shared_buffers?.bytes ?? 0;
    const [database] = await sql<{ size: number }[]>`
      SELECT pg_database_size(current_database()) AS size`;
    const size = database?.size ?? 0;
    const evidence = `${bytes(buffers)}, the database has ${bytes(size)}`;
    const memory = local ? totalmem() : undefined;
    const small = buffers <= DEFAULT_BUFFERS && size > buffers;
    if (!small || (memory !== undefined && memory < 2 * GB)) return ok(evidence);
    const better = Math.max(memory === undefined ? GB : memory * BUFFERS_SHARE, GB / 4);
    return warn(
      `${evidence}${memory ? ` and the machine ${bytes(memory)}` : ''}: it could be kept in memory`,
      alterSystemThenRestart('shared_buffers', `${Math.round(better / 1024 ** 2)}MB`),
    );
  },
};

const workMem: Check<PostgresSubject> = {
  name: 'work-mem',
  async run({ sql, settings, local }) {
    const memory = settings.work_mem?.bytes ?? 0;
    const connections = Number(settings.max_connections?.value);
    const [spilled] = await sql<{ files: number; size: number }[]>`
      SELECT temp_files AS files, temp_bytes AS size
        FROM pg_stat_database WHERE datname = current_database()`;
    const evidence = `${bytes(memory)}, ${bytes(spilled?.size ?? 0)} spilled to disk`;
    if (local && memory * connections > totalmem()) {
      return warn(
        `${bytes(memory)} for each sort of ${count(connections)} connections exceed the ${bytes(totalmem())} of this machine`,
        alterSystem('work_mem', '16MB'),
      );
    }
    if (memory < DEFAULT_WORK_MEM) {
      return warn(`${evidence}: less than the default of 4 MB`, alterSystem('work_mem', '4MB'));
    }
    return (spilled?.size ?? 0) >= MUCH_SPILLED && memory <= 4 * DEFAULT_WORK_MEM
      ? warn(
          `${evidence} in ${count(spilled?.files ?? 0)} files`,
          alterSystem('work_mem', `${(4 * memory) / 1024 ** 2}MB`),
        )
      : ok(evidence);
  },
};

const randomPageCost: Check<PostgresSubject> = {
  name: 'random-page-cost',
  run({ settings }) {
    const value = settings.random_page_cost?.value ?? '';
    return Number(value) > 2
      ? warn(
          `${value} means spinning disks: on others it makes the planner shun indexes`,
          alterSystem('random_page_cost', '1.1'),
        )
      : ok(value);
  },
};

export const MEMORY_CHECKS = [sharedBuffers, workMem, randomPageCost];
