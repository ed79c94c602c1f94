import type { Transaction } from '../stores/postgres.js';

/** A table of its own columns, checks and order of arrival, gone with the transaction. */
const STAGED = {
  // A suffix for the name, should another have it; `named` says that the name is settled.
  users: 'suffix text, named boolean NOT NULL DEFAULT true',
  posts: undefined,
  comments: undefined,
  followers: undefined,
  likes: undefined,
} as const;

export type StagedTable = keyof typeof STAGED;

/**
 * Makes `staged_users`, `staged_posts`, … Rows wait there until the merge has told which can be kept:
 * foreign keys do not hold in them, the checks of their tables do, so that a row that could never be
 * kept fails where its place in the file is known.
 */
export async function createStaging(transaction: Transaction): Promise<void> {
  for (const [table, columns] of Object.entries(STAGED)) {
    await transaction.unsafe(`
      CREATE TEMP TABLE staged_${table} (
        LIKE ${table} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING CONSTRAINTS,
        ordinal bigint GENERATED ALWAYS AS IDENTITY
        ${columns ? `, ${columns}` : ''}
      ) ON COMMIT DROP`);
  }
}

/** After the rows are in: without statistics the joins of the merge are planned for a thousand rows. */
export async function analyzeStaged(transaction: Transaction, table: StagedTable): Promise<void> {
  await transaction.unsafe(`ANALYZE staged_${table}`);
}
