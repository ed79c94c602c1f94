import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import postgres from 'postgres';
import { copyInto } from '../../src/dataset/copy.js';
import type { Load } from '../../src/dataset/load.js';
import { InterruptedError, StoreError } from '../../src/errors.js';
import { longTransaction } from '../../src/stores/long-transaction.js';
import { useDatabase } from '../support/database.js';

const MANY = 200_000;

describe('a COPY into PostgreSQL', () => {
  const database = useDatabase();

  /** Copies texts, made from their numbers, into a table of one column. */
  async function copyTexts(
    table: string,
    textOf: (n: number) => string | null,
    options: { rows?: number; interrupted?: AbortSignal; stallMs?: number } = {},
  ): Promise<number> {
    const { rows: count = MANY, interrupted, stallMs } = options;
    return longTransaction(database.sql, { interrupted }, (transaction, signal) => {
      const load: Load = {
        transaction,
        signal,
        empty: false,
        fresh: false,
        begin() {},
        advance() {},
      };
      const fill: Parameters<typeof copyInto>[2] = async ({ rows, flush }) => {
        for (let n = 1; n <= count; n++) {
          rows.begin(1).text(textOf(n));
          if (rows.full) await flush();
        }
      };
      return copyInto(load, table, fill, stallMs);
    });
  }

  async function rowsOf(table: string): Promise<number> {
    const [row] = await database.sql<{ count: number }[]>`
      SELECT count(*) FROM ${database.sql(table)}`;
    return row?.count ?? -1;
  }

  before(async () => {
    await database.sql.unsafe(`
      CREATE TABLE texts (text text CHECK (text <> 'bad'));
      CREATE TABLE numbers (number integer);
      CREATE TABLE parents (text text PRIMARY KEY);
      CREATE TABLE children (text text REFERENCES parents);
      CREATE TABLE slow (text text CHECK (pg_sleep(60) IS NOT NULL));`);
  });

  it('brings every row, whatever its size', async () => {
    const text = (n: number) => (n % 1_000 === 0 ? 'x'.repeat(300_000) : `row ${n} é😀`);
    assert.equal(await copyTexts('texts', text, { rows: 10_000 }), 10_000);
    const [sums] = await database.sql`
      SELECT count(*), sum(length(text)) AS length, count(DISTINCT text) AS different FROM texts`;
    let length = 0;
    for (let n = 1; n <= 10_000; n++) length += [...text(n)].length;
    assert.deepEqual([sums?.count, Number(sums?.length), sums?.different], [10_000, length, 9_991]);
    await database.sql`TRUNCATE texts`;
  });

  const refused: [what: string, table: string, bad: number, code: string][] = [
    ['of the first row', 'texts', 1, '23514'],
    ['of a row in the middle', 'texts', MANY / 2, '23514'],
    ['of the last row', 'texts', MANY, '23514'],
    ['of a type', 'numbers', 1, '08P01'],
    ['that comes after the last row', 'children', 1, '23503'],
  ];
  for (const [what, table, bad, code] of refused) {
    it(`tells PostgreSQL's error ${what}, leaves nothing, and the pool goes on`, async () => {
      await assert.rejects(
        copyTexts(table, (n) => (n === bad ? 'bad' : 'good')),
        (error) => {
          assert.ok(error instanceof postgres.PostgresError, String(error));
          assert.equal(error.code, code);
          return true;
        },
      );
      assert.equal(await rowsOf(table), 0);
    });
  }

  it("tells PostgreSQL's error when all rows fit into one message", async () => {
    await assert.rejects(
      copyTexts('children', () => 'orphan', { rows: 1 }),
      { code: '23503' },
    );
    assert.equal(await rowsOf('children'), 0);
  });

  it('ends with the error of whoever makes the rows', async () => {
    const failing = copyTexts('texts', (n) => {
      if (n === MANY / 2) throw new Error('no more');
      return 'good';
    });
    await assert.rejects(failing, /no more/);
    assert.equal(await rowsOf('texts'), 0);
  });

  it('ends with an interruption, whether rows flow or the server is busy', async () => {
    for (const table of ['texts', 'slow']) {
      const interruption = new AbortController();
      setTimeout(() => interruption.abort(), 100);
      const copying = copyTexts(table, () => 'x'.repeat(1_000), {
        rows: 5_000_000,
        interrupted: interruption.signal,
      });
      await assert.rejects(copying, InterruptedError);
      assert.equal(await rowsOf(table), 0);
    }
  });

  it('ends when the server takes no more rows', async () => {
    const copying = copyTexts('slow', () => 'x'.repeat(1_000), { rows: 100_000, stallMs: 300 });
    await assert.rejects(copying, StoreError);
  });

  it('ends when the connection does', async () => {
    const copying = copyTexts('texts', (n) => {
      if (n === MANY / 2) {
        database.sql`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND query LIKE 'COPY texts%'`.catch(() => {});
      }
      return 'x'.repeat(1_000);
    });
    await assert.rejects(copying);
    assert.equal(await rowsOf('texts'), 0);
  });
});
