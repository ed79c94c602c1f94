import { runOne } from '../../tuning/explain.js';
import { rolledBack, undone } from '../../tuning/session.js';
import { type CheckBench, type Judgement, STUDENT_MS, type Trial } from '../judgement.js';
import { studentStatements } from '../statements.js';

/** The next page, behind any row of a list that grows at its head meanwhile. */
export interface PageCheck {
  readonly kind: 'page';
  readonly task: string;
  /** The whole list in its order; its columns are what `:name` stands for in the student's SELECT. */
  readonly list: string;
  /** The column by which rows are told apart. */
  readonly key: string;
  readonly limit: number;
  /** What happens between the two pages. */
  readonly meanwhile: string;
}

type Row = Readonly<Record<string, unknown>>;

/** Asks for the page behind every row of the list in turn, in a transaction that is rolled back. */
export async function checkPages(
  check: PageCheck,
  { scratch, interrupted }: CheckBench,
  text: string,
): Promise<Judgement> {
  const statements = await studentStatements(scratch, text, ['SELECT', 'WITH']);
  const [statement] = statements;
  if (!statement || statements.length > 1) {
    return { trials: [{ tried: 'the file', saw: 'one SELECT is wanted', good: false }] };
  }
  const trials = await rolledBack(
    scratch,
    { timeoutMs: STUDENT_MS, interrupted },
    async (transaction) => {
      const list = await runOne<Row>(transaction, check.list);
      return undone(transaction, async () => {
        await runOne(transaction, check.meanwhile);
        const pages: Trial[] = [];
        for (const [place, last] of list.slice(0, -check.limit).entries()) {
          const wanted = list.slice(place + 1, place + 1 + check.limit);
          const page = await runOne<Row>(transaction, filled(statement.sql, last));
          pages.push(judge(check, last, wanted, page));
        }
        return pages;
      });
    },
  );
  const wrong = trials.filter(({ good }) => !good);
  // One page that is wrong says it all.
  return {
    trials:
      wrong.length > 0
        ? wrong.slice(0, 1)
        : [
            {
              tried: `the page behind each of ${trials.length} rows`,
              saw: 'nothing twice, nothing skipped',
              good: true,
            },
          ],
  };
}

function judge({ key }: PageCheck, last: Row, wanted: readonly Row[], page: readonly Row[]): Trial {
  const tried = `the page behind post ${last[key]}`;
  const keys = (rows: readonly Row[]) =>
    rows.map((row) => String(row[key])).join(', ') || 'nothing';
  if (page.length > 0 && page[0]?.[key] === undefined) {
    return { tried, saw: `the rows have no column ${key}`, good: false };
  }
  const good = keys(page) === keys(wanted);
  return {
    tried,
    saw: good ? keys(page) : `it gives ${keys(page)}; it should be ${keys(wanted)}`,
    good,
  };
}

/** `:id` and `:'id'` as the value of the row's column. */
function filled(sql: string, row: Row): string {
  return sql.replace(/(?<![:\w]):(?:'(\w+)'|(\w+))/g, (whole, quoted, plain) => {
    const value = row[quoted ?? plain];
    return value === undefined ? whole : `'${String(value).replaceAll("'", "''")}'`;
  });
}
