import { psql } from '../../tuning/hints/hint.js';
import { bytes, count, plural, span } from '../../wording.js';
import { type Check, fail, ok, warn } from '../check.js';
import type { PostgresSubject } from './server.js';

interface Slot {
  readonly name: string;
  readonly active: boolean;
  readonly status: string | null;
  readonly heldBytes: number | null;
}

const replicationSlots: Check<PostgresSubject> = {
  name: 'replication-slots',
  async run({ sql }) {
    const slots = await sql<Slot[]>`
      SELECT slot_name AS name, active, wal_status AS status,
             CASE WHEN NOT pg_is_in_recovery()
                  THEN pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int8 END AS "heldBytes"
        FROM pg_replication_slots
       ORDER BY active, restart_lsn NULLS LAST`;
    const [worst] = slots.filter(({ active, status }) => !active || status === 'lost');
    if (!worst)
      return ok(slots.length === 0 ? 'none' : `${plural(slots.length, 'slot')}, all in use`);
    const drop = psql(`SELECT pg_drop_replication_slot('${worst.name}')`);
    if (worst.status === 'lost')
      return warn(`${worst.name} has lost its WAL: its replica must be made anew`, drop);
    const held = bytes(worst.heldBytes ?? 0);
    return warn(`${worst.name} is unused and keeps ${held} of WAL, more with each write`, drop);
  },
};

const archiving: Check<PostgresSubject> = {
  name: 'archiving',
  async run({ sql, settings }) {
    const mode = settings.archive_mode?.value;
    if (mode === 'off') return ok('off');
    const [archiver] = await sql<
      { archived: number; failed: number; failing: boolean; seconds: number | null }[]
    >`
      SELECT archived_count AS archived, failed_count AS failed,
             coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing,
             extract(epoch FROM clock_timestamp() - last_failed_time)::float8 AS seconds
        FROM pg_stat_archiver`;
    if (!archiver?.failing)
      return ok(`${mode}, ${plural(archiver?.archived ?? 0, 'file')} archived`);
    return fail(
      `the last of ${count(archiver.failed)} failures was ${span(archiver.seconds ?? 0)} ago: WAL fills the disk`,
      psql('SHOW archive_command'),
    );
  },
};

export const WAL_CHECKS = [replicationSlots, archiving];
