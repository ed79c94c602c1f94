import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { MongoNetworkError } from 'mongodb';
import { mongoFailure } from '../../src/stores/mongo-failure.js';

/** The driver's own, which it throws and does not export. */
const { PoolClearedError, PoolClearedOnNetworkError } = createRequire(import.meta.url)(
  'mongodb/lib/cmap/errors.js',
);

const URL_WITH_SECRET = 'mongodb://u:canary@127.0.0.1:1/d';

describe("a failure of MongoDB's", () => {
  const pool = { address: '127.0.0.1:1', serverError: null };
  const errors: Error[] = [
    new MongoNetworkError('lost'),
    new PoolClearedError(pool),
    new PoolClearedOnNetworkError(pool),
  ];
  for (const error of errors) {
    it(`is one of a store, and no bug: ${error.name}`, () => {
      const failure = mongoFailure(error, URL_WITH_SECRET);
      assert.equal(failure?.exitCode, 3);
      assert.equal(failure.message, 'MongoDB at mongodb://127.0.0.1:1/d does not answer');
    });
  }

  it('is not what anybody else throws', () => {
    assert.equal(mongoFailure(new TypeError('ours'), URL_WITH_SECRET), undefined);
  });
});
