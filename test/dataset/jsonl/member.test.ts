import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { memberText } from '../../../src/dataset/jsonl/member.js';

describe('memberText', () => {
  it('finds what JSON.parse finds, in any object', () => {
    const json = fc.dictionary(fc.oneof(fc.string(), fc.constant('metadata')), fc.jsonValue());
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, '\t'), (object, space) => {
        const text = JSON.stringify(object, null, space);
        const found = memberText(text, 'metadata');
        // By way of text on both sides: -0 is 0 in JSON.
        const own = Object.hasOwn(object, 'metadata') ? JSON.stringify(object.metadata) : undefined;
        assert.equal(found === undefined ? undefined : JSON.stringify(JSON.parse(found)), own);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves numbers as they are written', () => {
    const text = '{"a":{"metadata":0},"metadata": {"n":1e400,"i":9007199254740993,"f":1.10} }';
    assert.equal(memberText(text, 'metadata'), '{"n":1e400,"i":9007199254740993,"f":1.10}');
  });

  it('takes the last of two, and reads escapes in names', () => {
    assert.equal(
      memberText('{"metadata":1,"meta\\u0064ata":[2,{"x":","}]}', 'metadata'),
      '[2,{"x":","}]',
    );
  });
});
