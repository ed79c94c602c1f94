import type { Stores } from '../../stores/stores.js';
import { ACTIVITY_CHECKS } from '../activity.js';
import type { Examination } from '../examine.js';
import { SCHEMA_CHECKS } from '../schema.js';
import { DISK_CHECKS } from './disk.js';
import { DURABILITY_CHECKS } from './durability.js';
import { MEMORY_CHECKS } from './memory.js';
import { meetPostgres, POSTGRES_REACHABLE, type PostgresSubject, SERVER_CHECKS } from './server.js';
import { SESSION_CHECKS } from './sessions.js';
import { UPKEEP_CHECKS } from './upkeep.js';
import { WAL_CHECKS } from './wal.js';

/** PostgreSQL itself, and what socialdb keeps in it. */
export function postgresExamination(stores: Stores): Examination<PostgresSubject> {
  return {
    meet: async () => meetPostgres(stores.postgres(), stores.config.databaseUrl ?? ''),
    reachable: POSTGRES_REACHABLE,
    groups: [
      {
        name: 'postgresql',
        checks: [
          ...SERVER_CHECKS,
          ...DURABILITY_CHECKS,
          ...MEMORY_CHECKS,
          ...UPKEEP_CHECKS,
          ...SESSION_CHECKS,
          ...WAL_CHECKS,
          ...DISK_CHECKS,
        ],
      },
      { name: 'schema', checks: SCHEMA_CHECKS },
      { name: 'activity', checks: ACTIVITY_CHECKS },
    ],
  };
}
