import postgres from 'postgres';
import { RequestError, UsageError } from '../errors.js';
import type { Sql, Transaction } from '../stores/postgres.js';
import { runOne } from './explain.js';
import { findAnyOf, findIndex } from './indexes.js';
import { knownIndexes } from './known-indexes.js';
import { rolledBack, type SessionOptions } from './session.js';
import type { Target } from './techniques/technique.js';

/**
 * The indexes to compare without and with.
 *
 * @param index a name, or a definition such as `posts(user_id, created_at DESC)`; undefined for all
 *   of `standsOn` that are there, or for all of them when none is
 * @throws RequestError `index-not-found`, `index-invalid`, `no-such-table`, `bad-index`
 */
export async function findTargets(
  sql: Sql,
  index: string | undefined,
  standsOn: readonly string[],
  session: SessionOptions,
): Promise<Target[]> {
  if (index === undefined) {
    return orMissing(findAnyOf(sql, standsOn), standsOn);
  }
  if (index.includes('(')) return [await describedIndex(sql, index, session)];
  return orMissing(
    findIndex(sql, index).then((target) => [target]),
    [index],
  );
}

/** What is found; where the known indexes are missing, what they would be. */
async function orMissing(found: Promise<Target[]>, names: readonly string[]): Promise<Target[]> {
  try {
    return await found;
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== 'index-missing') throw error;
    const known = (await knownIndexes()).filter(({ name }) => names.includes(name));
    return known.map(({ name, table, statement }) => ({
      oid: null,
      name,
      table,
      definition: statement,
    }));
  }
}

const FORM = /^\s*(?:"(?<quoted>[^"]+)"|(?<plain>[\p{L}_][\p{L}\p{N}_$]*))\s*(?<rest>.*)$/su;

/**
 * An index as the server understands its description: it is built, on an empty temporary table, and
 * read back. So the server parses and checks what the user wrote, and quotes what comes of it.
 */
async function describedIndex(
  sql: Sql,
  description: string,
  session: SessionOptions,
): Promise<Target> {
  const { quoted, plain, rest = '' } = FORM.exec(description)?.groups ?? {};
  const table = quoted ?? plain?.toLowerCase();
  if (table === undefined) {
    throw new UsageError('bad-index', `'${description}' describes no index`, EXAMPLE);
  }
  return rolledBack(sql, session, (transaction) => built(transaction, table, rest)).catch(
    (error) => {
      if (!(error instanceof postgres.PostgresError) || /^(08|53|57|58)/.test(error.code))
        throw error;
      throw new RequestError('bad-index', `no index on ${description}: ${error.message}`, EXAMPLE, {
        cause: error,
      });
    },
  );
}

async function built(transaction: Transaction, table: string, rest: string): Promise<Target> {
  const [source] = await transaction<{ oid: number; copy: string; qualified: string }[]>`
    SELECT c.oid::int8 AS oid, format('pg_temp.%I', c.relname) AS copy,
           format('%I.%I', n.nspname, c.relname) AS qualified
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass(quote_ident(${table}))`;
  if (!source) {
    throw new RequestError(
      'no-such-table',
      `there is no table ${table}`,
      'see: socialdb index list',
    );
  }
  await transaction.unsafe(`CREATE TEMPORARY TABLE ${source.copy} (LIKE ${source.qualified})`);
  await runOne(transaction, `CREATE INDEX ON ${source.copy} ${rest}`);
  const [target] = await transaction<Target[]>`
    WITH forms AS (
      SELECT i.indexrelid::int8 AS oid, i.indrelid::int8 AS "table", c.relname AS name,
             substring(pg_get_indexdef(i.indexrelid) FROM ' (USING .*)$') AS form
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
       WHERE i.indisvalid AND i.indrelid IN (to_regclass(${source.copy}), ${source.oid}::int8::oid)
    )
    SELECT same.oid, coalesce(same.name, described.name) AS name, ${table}::text AS table,
           format('CREATE INDEX %I ON %I %s', described.name, ${table}::text, described.form) AS definition
      FROM forms described
      LEFT JOIN forms same ON same."table" = ${source.oid}::int8 AND same.form = described.form
     WHERE described."table" = to_regclass(${source.copy})::oid::int8
     LIMIT 1`;
  if (!target) throw new Error('the index that was described is gone');
  return target;
}

const EXAMPLE = "for example --compare-index 'posts(user_id, created_at DESC)'";
