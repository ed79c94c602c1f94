import { psql } from '../../tuning/hints/hint.js';

/** The command that changes a setting of the server at once. */
export function alterSystem(name: string, value: string): string {
  return `${psql(`ALTER SYSTEM SET ${name} = '${value}'`)} -c "SELECT pg_reload_conf()"`;
}

/** The same for a setting that only a restart takes up. */
export function alterSystemThenRestart(name: string, value: string): string {
  return `${psql(`ALTER SYSTEM SET ${name} = '${value}'`)}  # then restart PostgreSQL`;
}
