import { messageOf, RequestError, UsageError } from '../../errors.js';
import { FILE_BYTES } from '../../input/limits.js';
import { readFileText, readText } from '../../input/read.js';
import { flawOfText } from '../../input/text.js';
import { explainSql } from '../../tuning/subjects.js';
import type { Context } from '../context.js';
import { explainAndConclude } from './conclude.js';
import type { ExplainFlags } from './options.js';

export async function run(context: Context, file: string, flags: ExplainFlags): Promise<void> {
  const statement = await readStatement(context, file);
  await explainAndConclude(context, flags, (sql, options) =>
    explainSql(sql, file === '-' ? 'standard input' : file, statement, options),
  );
}

async function readStatement({ stdin, interrupted }: Context, file: string): Promise<string> {
  const reading = await (file === '-'
    ? readText(stdin, FILE_BYTES, interrupted)
    : readFileText(file, FILE_BYTES)
  ).catch((error) => {
    throw new RequestError('unreadable-file', `${file} cannot be read: ${messageOf(error)}`);
  });
  const flaw = 'flaw' in reading ? reading.flaw : flawOfText(reading.text);
  if (flaw) throw new UsageError('bad-statement', `the statement in ${file} ${flaw}`);
  const statement = 'text' in reading ? reading.text : '';
  if (statement.trim() !== '') return statement;
  throw new UsageError('no-statement', `there is no statement in ${file}`, 'write one SELECT');
}
