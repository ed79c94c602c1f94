import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findPeaks } from '../../src/activity/peaks.js';

const bucketsOf = (totals: number[]) => totals.map((total, at) => ({ at: String(at), total }));
const peaksOf = (...totals: number[]) => findPeaks(bucketsOf(totals)).map(({ at }) => Number(at));

describe('peaks', () => {
  it('are scored by 0.6745 (x - median) / MAD', () => {
    // median 5, MAD 1
    const [peak, ...others] = findPeaks(bucketsOf([4, 5, 6, 4, 5, 6, 30, 5, 3]));
    assert.deepEqual(others, []);
    assert.deepEqual(peak, { at: '6', count: 30, expected: 5, score: 16.86 });
  });

  it('do not hide each other, as they would with mean and standard deviation', () => {
    assert.deepEqual(peaksOf(4, 5, 6, 500, 5, 4, 6, 40, 5, 5, 6, 4), [3, 7]);
  });

  it('stand out also where most buckets are empty', () => {
    assert.deepEqual(peaksOf(0, 0, 0, 1, 0, 0, 0, 60, 0, 0, 0, 0, 1, 0, 0), [7]);
  });

  it('are above the usual, never below', () => {
    assert.deepEqual(peaksOf(50, 51, 49, 50, 52, 48, 0, 50), []);
  });

  it('are none where all is even, or there is nothing', () => {
    assert.deepEqual(peaksOf(), []);
    assert.deepEqual(peaksOf(7), []);
    assert.deepEqual(peaksOf(0, 0, 0), []);
    assert.deepEqual(peaksOf(3, 3, 3, 3), []);
  });
});
