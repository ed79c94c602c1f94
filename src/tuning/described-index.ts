import postgres from 'postgres';
import { RequestError, UsageError } from '../errors.js';
import type { Sql, Transaction } from '../stores/postgres.js';
import { runOne } from './explain.js';
import { rolledBack, type SessionOptions } from './session.js';
import { hypopgObstacle } from './techniques/hypopg.js';
import { copyObstacle } from './techniques/sampled-copy.js';
import type { Target } from './techniques/technique.js';

const FORM = /^\s*(?:"(?<quoted>[^"]+)"|(?<plain>[\p{L}_][\p{L}\p{N}_$]*))\s*(?<rest>.*)$/su;
const EXAMPLE = "for example --compare-index 'posts(user_id, created_at DESC)'";

/** The table as the server knows it, and the part of the description behind it. */
interface Source {
  readonly oid: number;
  readonly copy: string;
  readonly qualified: string;
  readonly table: string;
  readonly rest: string;
}

/** What the server made of a description. */
interface Described {
  readonly name: string;
  /** `USING btree (…)`, as pg_get_indexdef writes it. */
  readonly form: string;
}

/**
 * An index as the server understands its description, `posts(user_id, created_at DESC)`: it parses and
 * checks what the user wrote, and quotes what comes of it.
 *
 * @returns the index that is so described where it is there already
 * @throws RequestError `no-such-table`, `bad-index`; UsageError `bad-index`
 */
export async function describedIndex(
  sql: Sql,
  description: string,
  session: SessionOptions,
): Promise<Target> {
  const { quoted, plain, rest = '' } = FORM.exec(description)?.groups ?? {};
  const table = quoted ?? plain?.toLowerCase();
  if (table === undefined) {
    throw new UsageError('bad-index', `'${description}' describes no index`, EXAMPLE);
  }
  const understand = await interpreterOf(sql, description);
  const understood = rolledBack(sql, session, async (transaction) => {
    const source = { ...(await sourceOf(transaction, table)), table, rest };
    return targetOf(transaction, source, await understand(transaction, source));
  });
  return understood.catch((error) => {
    if (!(error instanceof postgres.PostgresError) || /^(08|53|57|58)/.test(error.code))
      throw error;
    throw new RequestError('bad-index', `no index on ${description}: ${error.message}`, EXAMPLE, {
      cause: error,
    });
  });
}

/** How the server can be had to understand a description here. */
async function interpreterOf(sql: Sql, description: string) {
  const copy = await copyObstacle(sql);
  if (!copy) return built;
  const hypopg = await hypopgObstacle(sql, 'hypopg_create_index');
  if (!hypopg) return supposed;
  throw new RequestError(
    'no-technique',
    `no way to try ${description} works here: on a temporary copy, ${copy}; with HypoPG, ${hypopg}`,
    'name a superuser of the primary in DATABASE_URL, as the embedded stack does: socialdb stack up',
  );
}

async function sourceOf(transaction: Transaction, table: string) {
  const [source] = await transaction<Pick<Source, 'oid' | 'copy' | 'qualified'>[]>`
    SELECT c.oid::int8 AS oid, format('pg_temp.%I', c.relname) AS copy,
           format('%I.%I', n.nspname, c.relname) AS qualified
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass(quote_ident(${table}))`;
  if (source) return source;
  throw new RequestError('no-such-table', `there is no table ${table}`, 'see: socialdb index list');
}

/** It is built, on an empty temporary table, and read back. */
async function built(
  transaction: Transaction,
  { copy, qualified, rest }: Source,
): Promise<Described | undefined> {
  await transaction.unsafe(`CREATE TEMPORARY TABLE ${copy} (LIKE ${qualified})`);
  await runOne(transaction, `CREATE INDEX ON ${copy} ${rest}`);
  const [index] = await transaction<Described[]>`
    SELECT c.relname AS name,
           substring(pg_get_indexdef(c.oid) FROM ' (USING .*)$') AS form
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = to_regclass(${copy})`;
  return index;
}

/** Where no table can be made, HypoPG understands it as well; it calls it `<13543>btree_posts_…`. */
async function supposed(
  transaction: Transaction,
  { qualified, rest }: Source,
): Promise<Described | undefined> {
  const statement = `CREATE INDEX ON ${qualified} ${rest}`;
  // Parsed by the server and not run: HypoPG would only leave out what follows a semicolon.
  await transaction.unsafe(statement).describe();
  try {
    const [index] = await transaction<Described[]>`
      SELECT regexp_replace(indexname, '^<\\d+>', '') AS name,
             substring(hypopg_get_indexdef(indexrelid) FROM ' (USING .*)$') AS form
        FROM hypopg_create_index(${statement}::text)`;
    return index;
  } finally {
    // It is kept in the session's memory, which knows no rollback.
    await transaction`SELECT hypopg_reset()`.catch(() => {});
  }
}

async function targetOf(
  transaction: Transaction,
  { oid, table }: Source,
  described: Described | undefined,
): Promise<Target> {
  if (!described) throw new Error('the index that was described is gone');
  const { name, form } = described;
  const [target] = await transaction<Target[]>`
    SELECT same.oid, coalesce(same.name, ${name}::text) AS name, ${table}::text AS table,
           format('CREATE INDEX %I ON %I %s', ${name}::text, ${table}::text, ${form}::text)
             AS definition
      FROM (SELECT) AS described
      LEFT JOIN (
        SELECT c.oid::int8 AS oid, c.relname AS name
          FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indisvalid AND i.indrelid = ${oid}::int8::oid
           AND substring(pg_get_indexdef(c.oid) FROM ' (USING .*)$') = ${form}::text
      ) AS same ON true
     LIMIT 1`;
  if (!target) throw new Error('format gave nothing');
  return target;
}
