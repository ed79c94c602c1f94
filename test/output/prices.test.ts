import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { more } from '../../src/output/prices.js';

describe('what an index adds to an insert', () => {
  const added = (without: number, withIt: number) => {
    const index = { index: 'i', table: 't', sizeBytes: 1, sizeEstimated: false };
    return more({ ...index, insertMs: { without, with: withIt } });
  };

  it('is a percentage, where it is more than the noise', () => {
    assert.equal(added(0.02, 0.03), '+50%');
    assert.equal(added(0.022, 0.021), 'less than the noise');
    assert.equal(added(0.02, 0.02), 'less than the noise');
  });
});
