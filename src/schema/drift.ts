import type { Queryable } from '../stores/postgres.js';
import { readFunctions, readTables, readTriggers } from './dump.js';

/**
 * What of a schema is not there, or is there in another form: tables, columns, constraints, functions,
 * triggers. Indexes have a list of their own (src/tuning/indexes.ts), and whatever else lives in the
 * schema is nobody's business here.
 *
 * @param dump the schema as it should be, as {@link dumpSchema} writes it
 * @returns names: `posts.content`, `constraint posts_user_id_fkey`, …
 */
export async function missingFrom(sql: Queryable, dump: string): Promise<string[]> {
  const tables = new Map((await readTables(sql)).map(({ name, parts }) => [name, new Set(parts)]));
  const code = new Set([...(await readFunctions(sql)), ...(await readTriggers(sql))]);
  return [
    ...tablesIn(dump).flatMap(({ name, parts }) => {
      const there = tables.get(name);
      if (!there) return [`table ${name}`];
      return parts.filter((part) => !there.has(part)).map((part) => nameOf(name, part));
    }),
    ...codeIn(dump).flatMap(({ name, text }) => (code.has(text) ? [] : [name])),
    ...(await readDisabled(sql)),
  ];
}

function tablesIn(dump: string): { name: string; parts: string[] }[] {
  return [...dump.matchAll(/^CREATE TABLE (\S+) \(\n([\s\S]*?)\n\)/gm)].map(
    ([, name = '', body = '']) => ({
      name,
      parts: body.split('\n').map((line) => line.trim().replace(/,$/, '')),
    }),
  );
}

function nameOf(table: string, part: string): string {
  const [first = '', second = ''] = part.split(' ');
  return first === 'CONSTRAINT' ? `constraint ${second}` : `${table}.${first}`;
}

function codeIn(dump: string): { name: string; text: string }[] {
  const functions = dump.matchAll(/^CREATE FUNCTION (\w+)[\s\S]*?\n\$function\$;/gm);
  const triggers = dump.matchAll(/^CREATE TRIGGER (\w+) \w+ \w+ ON (\w+)[\s\S]*?\);$/gm);
  return [
    ...[...functions].map(([text, name]) => ({ name: `function ${name}`, text })),
    ...[...triggers].map(([text, name, on]) => ({ name: `trigger ${name} on ${on}`, text })),
  ];
}

/** Triggers that were switched off, those that enforce foreign keys among them. */
async function readDisabled(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ table: string }[]>`
    SELECT DISTINCT relname AS table FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
     WHERE relnamespace = current_schema()::regnamespace AND tgenabled = 'D'
     ORDER BY relname`;
  return rows.map(({ table }) => `triggers of ${table} are disabled`);
}
