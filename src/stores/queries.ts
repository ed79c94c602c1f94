import { readFileSync } from 'node:fs';

const texts = new Map<string, string>();

/**
 * The text of sql/queries/NAME.sql, with parameters `$1`, `$2`, …; what runs is what is explained.
 *
 * @param name `noun_verb`, without `.sql`
 */
export function queryText(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`../../sql/queries/${name}.sql`, import.meta.url), 'utf8').trim();
    texts.set(name, text);
  }
  return text;
}
