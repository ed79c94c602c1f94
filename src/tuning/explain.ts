import { createHash } from 'node:crypto';
import type { Queryable, Transaction } from '../stores/postgres.js';
import type { Statement } from '../stores/queries.js';
import { type Plan, parsePlan } from './plan.js';

/** A statement without parameters: what is explained, and what can be pasted into psql. */
export interface Explainable {
  /** The file in sql/queries without `.sql`, or the file that the user named. */
  readonly name: string;
  readonly text: string;
}

const MEASURED = 'ANALYZE, BUFFERS, SETTINGS, WAL, FORMAT JSON';
/** From PostgreSQL 17 on rows can be made ready to be sent, too, which may mean to fetch long values. */
const SERIALIZE_SINCE = 170_000;
/** By which `index advise` knows what pg_stat_statements counted of the tool's own measuring. */
export const MEASURING = '/* measured by socialdb explain */';
const ESTIMATED = 'EXPLAIN (SETTINGS, FORMAT JSON) ';

/**
 * A statement of ours with its parameters as literals, quoted by the server. The plan is then made
 * for these values: a prepared statement's generic plan, which fits all and none, cannot hide them.
 */
export async function inlined(
  sql: Queryable,
  { name, text, parameters }: Statement,
): Promise<Explainable> {
  const [row] = await sql<{ literals: string[] }[]>`
    SELECT coalesce(json_agg(quote_literal(value) ORDER BY place), '[]') AS literals
      FROM json_array_elements_text(${JSON.stringify(parameters)}::text::json)
           WITH ORDINALITY AS parameter (value, place)`;
  const literals = row?.literals ?? [];
  // The comments speak of $1, too, and a literal may hold a line break.
  const bare = text.replace(/^\s*--.*\n/gm, '');
  return {
    name,
    text: bare.replace(/\$(\d+)/g, (_, place) => literals[Number(place) - 1] ?? 'NULL'),
  };
}

/** Executes a statement and returns the plan that ran, with what it took. */
export async function measure(transaction: Transaction, { text }: Explainable): Promise<Plan> {
  const [server] = await transaction<{ version: number }[]>`
    SELECT current_setting('server_version_num')::int AS version`;
  const serialize = (server?.version ?? 0) >= SERIALIZE_SINCE ? ', SERIALIZE' : '';
  return planOf(transaction, `EXPLAIN (${MEASURED}${serialize}) ${text}`);
}

/** The plan that would run. */
export async function estimate(transaction: Transaction, { text }: Explainable): Promise<Plan> {
  return planOf(transaction, ESTIMATED + text);
}

async function planOf(transaction: Transaction, statement: string): Promise<Plan> {
  const [row] = await runOne<Record<string, unknown>>(transaction, statement);
  return parsePlan(row?.['QUERY PLAN']);
}

/** The extended protocol, in which the server refuses a text of several statements. */
const ONE_STATEMENT = { simple: false } as object;

/** Runs a text that the user had a hand in: the server refuses it if it is more than one statement. */
export async function runOne<Row extends object = object>(
  transaction: Transaction,
  text: string,
): Promise<Row[]> {
  return [...(await transaction.unsafe<Row[]>(text, [], ONE_STATEMENT))] as unknown as Row[];
}

/**
 * A digest of the rows that a statement gives, byte for byte as the server sends them.
 *
 * @param ordered whether the order of rows counts; it cannot where the statement leaves it open
 */
export async function digestOf(
  transaction: Transaction,
  { text }: Explainable,
  ordered: boolean,
): Promise<string> {
  const sequence = createHash('sha256');
  let sum = 0n;
  const query = transaction.unsafe(`${MEASURING} ${text}`, [], ONE_STATEMENT);
  query.raw();
  await query.forEach((row) => {
    const hash = rowHash(row as unknown as (Uint8Array | null)[]);
    if (ordered) sequence.update(hash);
    else sum += BigInt(`0x${hash.toString('hex')}`);
  });
  return ordered ? sequence.digest('hex') : sum.toString(16);
}

function rowHash(values: readonly (Uint8Array | null)[]): Buffer {
  const hash = createHash('sha256');
  for (const value of values) {
    hash.update(value ? `${value.length}:` : '-');
    if (value) hash.update(value);
  }
  return hash.digest();
}
