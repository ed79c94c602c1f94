import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { microsOf } from '../../src/dataset/timestamps.js';
import { useDatabase } from '../support/database.js';

describe('microsOf', () => {
  const database = useDatabase();

  it('agrees with PostgreSQL over all its years, to the microsecond', async () => {
    // From 4713 BC, where PostgreSQL begins, to 294276, where it ends.
    const micros = fc.bigInt({ min: -211_813_488_000_000_000n, max: 9_223_371_331_199_999_999n });
    await fc.assert(
      fc.asyncProperty(micros, async (expected) => {
        const [row] = await database.sql<{ text: string }[]>`
          SELECT iso_timestamp(at) || CASE WHEN at < '0001-01-01Z' THEN ' BC' ELSE '' END AS text
            FROM (SELECT timestamptz '2000-01-01Z'
                    + (${String(expected / 1_000_000n)} || ' s')::interval
                    + (${String(expected % 1_000_000n)} || ' us')::interval AS at) t`;
        assert.equal(microsOf(row?.text ?? ''), expected);
      }),
      { numRuns: 200 },
    );
  });

  it('takes a time without zone, as Stack Exchange writes it, for UTC', () => {
    assert.equal(microsOf('2000-01-01T00:00:00.001'), 1_000n);
    assert.equal(microsOf('2000-01-01T00:00:01'), 1_000_000n);
  });

  it('refuses what no calendar has, and other forms', () => {
    for (const text of [
      '2023-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2024-13-01T00:00:00Z',
      '2024-00-10T00:00:00Z',
      '2024-04-31T00:00:00Z',
      '2024-04-30T24:00:00Z',
      '2024-04-30T23:59:60Z',
      '0000-01-01T00:00:00Z',
      '2024-04-30 00:00:00Z',
      '2024-04-30T00:00:00+02:00',
      '2024-04-30T00:00:00.1234567Z',
      'infinity',
      '',
    ]) {
      assert.equal(microsOf(text), undefined, text);
    }
    assert.notEqual(microsOf('2000-02-29T00:00:00Z'), undefined);
  });
});
