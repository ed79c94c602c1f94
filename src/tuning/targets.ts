import { RequestError } from '../errors.js';
import type { Sql } from '../stores/postgres.js';
import { describedIndex } from './described-index.js';
import { findAnyOf, findIndex } from './indexes.js';
import { knownIndexes } from './known-indexes.js';
import type { SessionOptions } from './session.js';
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
