import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { messageOf, RequestError, UsageError } from '../../errors.js';
import { explainSql } from '../../tuning/subjects.js';
import type { Context } from '../context.js';
import { explainAndConclude } from './conclude.js';
import type { ExplainFlags } from './options.js';

export async function run(context: Context, file: string, flags: ExplainFlags): Promise<void> {
  const statement = await readStatement(file, context.stdin);
  await explainAndConclude(context, flags, (sql, options) =>
    explainSql(sql, file === '-' ? 'standard input' : file, statement, options),
  );
}

async function readStatement(file: string, stdin: Readable): Promise<string> {
  const statement = await (file === '-' ? text(stdin) : readFile(file, 'utf8')).catch((error) => {
    throw new RequestError('unreadable-file', `${file} cannot be read: ${messageOf(error)}`);
  });
  if (statement.trim() === '') {
    throw new UsageError('no-statement', `there is no statement in ${file}`, 'write one SELECT');
  }
  return statement;
}
