import { readFileSync } from 'node:fs';
import type { Queryable } from './postgres.js';

/** A statement with its parameters, as it is run and as it is explained. */
export interface Statement {
  /** The file in sql/queries, without `.sql`. */
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly string[];
}

const texts = new Map<string, string>();

/**
 * The text of sql/queries/NAME.sql, with parameters `$1`, `$2`, …; what runs is what is explained.
 *
 * @param name `noun_verb`, without `.sql`
 */
function queryText(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`../../sql/queries/${name}.sql`, import.meta.url), 'utf8').trim();
    texts.set(name, text);
  }
  return text;
}

/** Runs a statement, prepared; the rows are typed where they are read. */
export async function runStatement<Row>(sql: Queryable, statement: Statement): Promise<Row[]> {
  const { text, parameters } = statement;
  const rows = await sql.unsafe(text, [...parameters], { prepare: true });
  return [...rows] as unknown as Row[];
}

/** The statement of sql/queries/NAME.sql with its parameters. */
export function statement(name: string, ...parameters: string[]): Statement {
  return { name, text: queryText(name), parameters };
}

/**
 * The same for a statement that gives a page. The limit stands in the text, not among the parameters:
 * a planner that does not know it counts on a tenth of the table, and reads it all.
 *
 * @param limit rows, a whole number
 */
export function pageStatement(name: string, limit: number, ...parameters: string[]): Statement {
  const rows = String(Math.trunc(limit));
  return { name, text: queryText(name).replaceAll('$limit', rows), parameters };
}
