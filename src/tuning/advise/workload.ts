import { feedStatement, strategyOf } from '../../feed/statement.js';
import { START } from '../../social/cursor.js';
import { searchStatement, tagsDocument } from '../../social/search.js';
import type { Sql } from '../../stores/postgres.js';
import { inlined, MEASURING } from '../explain.js';
import type { Plan } from '../plan.js';
import { chooseReaders } from '../readers.js';
import { sampleTags } from '../tags.js';

/** A statement for which indexes are sought. */
export interface WorkItem {
  readonly name: string;
  readonly text: string;
  /** It has parameters, so that only a plan for any value can be had. */
  readonly generic: boolean;
  /** How often it ran since the statistics were reset; 1 where nobody counted. */
  readonly calls: number;
}

/** The plan that a statement gets as things are, not executed. */
export interface PlannedItem {
  readonly item: WorkItem;
  readonly plan: Plan;
}

export interface Workload {
  readonly source: 'pg_stat_statements' | 'own queries';
  /** Why the better source could not be used; null where it was. */
  readonly reason: string | null;
  readonly items: readonly WorkItem[];
}

const PAGE = 20;
const STATEMENTS = 20;

/**
 * What this database is asked: the statements that took most of its time, or, where nobody counts
 * them, the feed of the readers who stand for all, and searches for a frequent and a rare tag.
 */
export async function readWorkload(sql: Sql): Promise<Workload> {
  const reason = await obstacleOf(sql);
  if (reason === null) {
    const items = await countedStatements(sql);
    if (items.length > 0) return { source: 'pg_stat_statements', reason: null, items };
  }
  const none = 'pg_stat_statements has counted no SELECT in this database';
  return { source: 'own queries', reason: reason ?? none, items: await ownQueries(sql) };
}

async function obstacleOf(sql: Sql): Promise<string | null> {
  const [server] = await sql<{ version: number; installed: boolean; loaded: boolean }[]>`
    SELECT current_setting('server_version_num')::int AS version,
           to_regclass('pg_stat_statements') IS NOT NULL AS installed,
           current_setting('pg_stat_statements.max', true) IS NOT NULL AS loaded`;
  if (!server?.installed) return 'pg_stat_statements is not installed in this database';
  if (server.version < 160000) {
    return 'PostgreSQL before 16 plans no statement of pg_stat_statements without its values';
  }
  return server.loaded ? null : 'pg_stat_statements is not in shared_preload_libraries';
}

/** Those that read tables of this database; what the tool asks of the catalog is none of it. */
async function countedStatements(sql: Sql): Promise<WorkItem[]> {
  const rows = await sql<{ query: string; calls: number }[]>`
    SELECT query, calls FROM pg_stat_statements
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND query ~* '^\\s*(--[^\\n]*\\n\\s*)*(SELECT|WITH)\\M' AND query !~* '\\mpg_|EXPLAIN' AND NOT starts_with(query, ${MEASURING})
     ORDER BY total_exec_time DESC LIMIT ${STATEMENTS}::int`;
  return rows.map(({ query, calls }) => {
    const name = query
      .replace(/--.*\n/g, '')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 60);
    return { name, text: query, generic: true, calls };
  });
}

async function ownQueries(sql: Sql): Promise<WorkItem[]> {
  const readers = await chooseReaders(sql);
  const feeds = readers.map((reader) => {
    const strategy = strategyOf('auto', reader.followees);
    return {
      name: `feed of @${reader.username}, ${strategy}`,
      statement: feedStatement(strategy, { userId: reader.id, limit: PAGE, after: START }),
    };
  });
  const searches = (await sampleTags(sql)).map(({ tag }) => ({
    name: `search --tag ${tag}`,
    statement: searchStatement(tagsDocument([tag]), PAGE, START),
  }));
  return Promise.all(
    [...feeds, ...searches].map(async ({ name, statement }) => {
      const { text } = await inlined(sql, statement);
      return { name, text, generic: false, calls: 1 };
    }),
  );
}
