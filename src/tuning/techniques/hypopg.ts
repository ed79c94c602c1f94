import type { Sql } from '../../stores/postgres.js';

/** What keeps a function of the extension HypoPG from being called; undefined if nothing does. */
export async function hypopgObstacle(
  sql: Sql,
  procedure: 'hypopg_hide_index' | 'hypopg_create_index',
): Promise<string | undefined> {
  const [server] = await sql<{ version: string | null; available: boolean; there: boolean }[]>`
    SELECT (SELECT extversion FROM pg_extension WHERE extname = 'hypopg') AS version,
           EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg') AS available,
           EXISTS (SELECT FROM pg_proc
                    WHERE proname = ${procedure} AND pg_function_is_visible(oid)
                      AND has_function_privilege(oid, 'EXECUTE')) AS there`;
  if (server?.there) return undefined;
  if (server?.version) return `which needs HypoPG 1.4 or newer: here is ${server.version}`;
  return server?.available
    ? 'which needs the extension: CREATE EXTENSION hypopg'
    : 'which needs the extension HypoPG: this server does not have it';
}
