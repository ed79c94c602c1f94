import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import type { Sql } from '../stores/postgres.js';
import { type Plan, parsePlan } from '../tuning/plan.js';
import type { Connection } from '../tuning/session.js';
import type { Scene } from './scene.js';

/** What a statement gave. */
export interface Outcome {
  readonly columns: readonly string[];
  /** As the server writes them. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly tag: string;
  /** SQLSTATE where the server refused it. */
  readonly error: string | null;
  /** What it said then; empty otherwise. */
  readonly message: string;
}

/** A statement that was sent. */
interface Started {
  /** It waits for another session. */
  readonly waits: boolean;
  end(): Promise<Outcome>;
}

/** The ways to run a statement, with those who look on told of it, or not. */
export interface Voice {
  /** Runs one statement, which has to succeed. */
  run(sql: string): Promise<Outcome>;
  /** Runs one statement that the server may refuse. */
  attempt(sql: string): Promise<Outcome>;
  /** Sends a statement, and comes back when it is done or waits for a lock that another session has. */
  start(sql: string): Promise<Started>;
  /** The one value that a statement gives, as a number. */
  number(sql: string): Promise<number>;
  /** Executes a statement and gives the plan that ran. */
  explain(sql: string): Promise<Plan>;
}

/** A connection and what it is called. */
interface Line {
  readonly name: string;
  readonly pid: number;
  readonly connection: Connection;
  /** Looks on from outside. */
  readonly pool: Sql;
  readonly nameOf: (pid: number) => string;
}

type Show = (scene: Scene) => void;

/** @param show told what is sent and what comes back, in that order */
export function voiceOf(line: Line, show: Show): Voice {
  const { name: session, connection } = line;
  const attempt = async (sql: string) => {
    show({ kind: 'statement', session, sql });
    return tell(line, show, sql, await outcomeOf(connection, sql));
  };
  const run = async (sql: string) => {
    const outcome = await attempt(sql);
    if (outcome.error) throw new Error(`lab: ${outcome.error} from ${sql}`);
    return outcome;
  };
  return {
    attempt,
    run,
    start: (sql) => start(line, show, sql),
    number: async (sql) => Number((await run(sql)).rows[0]?.[0] ?? Number.NaN),
    async explain(sql) {
      show({ kind: 'statement', session, sql: `EXPLAIN (ANALYZE, BUFFERS) ${sql}` });
      const text = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`;
      const [row] = await connection.unsafe<Record<string, unknown>[]>(text);
      const plan = parsePlan(row?.['QUERY PLAN']);
      show({ kind: 'plan', session, plan });
      return plan;
    },
  };
}

async function start(line: Line, show: Show, sql: string): Promise<Started> {
  const { name: session, connection, pool, pid, nameOf } = line;
  show({ kind: 'statement', session, sql });
  let ended = false;
  const ending = outcomeOf(connection, sql).finally(() => {
    ended = true;
  });
  // Whoever never asks for the end, because an earlier step failed, must not crash the process.
  ending.catch(() => {});
  const blockers = await untilBlocked(pool, pid, () => ended);
  if (blockers.length === 0) {
    const outcome = tell(line, show, sql, await ending);
    return { waits: false, end: async () => outcome };
  }
  show({ kind: 'waits', session, for: blockers.map(nameOf) });
  return {
    waits: true,
    async end() {
      const outcome = await ending;
      show({ kind: 'remark', text: `${session} has its answer:` });
      return tell(line, show, sql, outcome);
    },
  };
}

const LOOK_EVERY_MS = 5;

/** The process numbers of those for whom a backend waits; none when it is done first. */
async function untilBlocked(sql: Sql, pid: number, ended: () => boolean): Promise<number[]> {
  for (;;) {
    const [state] = await sql<{ blockers: number[] }[]>`
      SELECT to_json(pg_blocking_pids(${pid}::int)) AS blockers`;
    if (ended()) return [];
    if (state && state.blockers.length > 0) return state.blockers;
    await sleep(LOOK_EVERY_MS);
  }
}

interface Attempted extends Outcome {
  readonly detail: string | null;
}

/** What the server says about its own state, or about a connection that is gone: nothing to learn here. */
const OUR_TROUBLE = /^(08|53|57P|58|XX)/;

async function outcomeOf(connection: Connection, sql: string): Promise<Attempted> {
  try {
    const result = await connection.unsafe(sql).raw();
    const columns = (result.columns ?? []).map((column) => column.name);
    const rows = [...(result as unknown as (Uint8Array | null)[][])].map((row) =>
      row.map((value) => (value === null ? null : Buffer.from(value).toString())),
    );
    const tag = [result.command, ...(result.count === null ? [] : [result.count])].join(' ');
    return { columns, rows, tag, error: null, message: '', detail: null };
  } catch (thrown) {
    if (!(thrown instanceof postgres.PostgresError) || OUR_TROUBLE.test(thrown.code)) throw thrown;
    const { code, message, detail = null } = thrown;
    return { columns: [], rows: [], tag: '', error: code, message, detail };
  }
}

/** Tells what a statement gave; the server's process numbers with the names of the sessions. */
function tell({ name, nameOf }: Line, show: Show, sql: string, outcome: Attempted): Outcome {
  const { columns, rows, tag, error: code, message, detail } = outcome;
  if (code) {
    const named = detail?.replace(
      /\bprocess (\d+)/gi,
      (of, pid) => `${of} (${nameOf(Number(pid))})`,
    );
    show({ kind: 'error', session: name, code, message, detail: named ?? null });
  } else if (columns.length > 0) show({ kind: 'rows', session: name, columns, rows });
  // BEGIN answers BEGIN; that COMMIT answers ROLLBACK is worth a line.
  else if (tag !== sql) show({ kind: 'done', session: name, tag });
  return outcome;
}
