import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BinaryRows } from '../../src/dataset/binary.js';

describe('an id in the binary format of COPY', () => {
  it('is the same sixteen bytes from bytes, from text, in capitals and without dashes', () => {
    const sent = (id: string | Uint8Array) =>
      new BinaryRows().begin(1).uuid(id).take().subarray(-16).toString('hex');
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const digits = id.replaceAll('-', '');
        assert.equal(sent(id), digits);
        assert.equal(sent(digits), digits);
        assert.equal(sent(id.toUpperCase()), digits);
        assert.equal(sent(Buffer.from(digits, 'hex')), digits);
      }),
      { seed: 7 },
    );
  });
});
