import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BinaryRows } from '../../../src/dataset/binary.js';
import { canonicalReader } from '../../../src/dataset/jsonl/canonical.js';
import { rowAdder } from '../../../src/dataset/jsonl/row.js';
import { TABLES } from '../../../src/dataset/jsonl/tables.js';

const ID = '0199aa11-0000-7000-8000-00000000000a';
const members = TABLES.find(({ name }) => name === 'posts')?.members ?? [];
const isCanonical = (line: string) => canonicalReader(members)(line) !== undefined;

/** A line as an export writes it. */
function lineOf({ content = 'hello', metadata = '{}', at = '2026-11-23T15:09:15.123456Z' }) {
  const texts = { id: ID, userId: ID.replace('a', 'b'), content };
  return `${JSON.stringify(texts).slice(0, -1)},"metadata":${metadata},"createdAt":"${at}"}`;
}

function bytesOf(line: string): Buffer {
  const rows = new BinaryRows();
  rowAdder(members)(rows, line, 'posts.jsonl:1');
  return rows.take();
}

describe('a line of an export', () => {
  const lines = {
    plain: lineOf({}),
    'with a text that is escaped': lineOf({ content: 'tab\t "quoted" \\ \u0001 😀 é' }),
    'with metadata': lineOf({ metadata: '{"tags": ["a}b", "c"], "n": {"x": 9007199254740993}}' }),
    'with escapes in metadata': lineOf({ metadata: '{"a": "\\"}, \\\\", "b": [1e400]}' }),
    'of the first moment': lineOf({ at: '1970-01-01T00:00:00.000000Z' }),
    'of a leap day': lineOf({ at: '2096-02-29T23:59:59.999999Z' }),
  };
  for (const [what, line] of Object.entries(lines)) {
    it(`is read as any JSON is: ${what}`, () => {
      assert.ok(isCanonical(line));
      const other = line.replace('{', '{ ');
      assert.ok(!isCanonical(other));
      assert.deepEqual(bytesOf(line), bytesOf(other));
    });
  }

  const others = {
    'a key twice': lineOf({ metadata: '{"a": 1, "b": {"a": 2}, "a": 3}' }),
    'a key twice, once escaped': lineOf({ metadata: '{"ab": 1, "a\\u0062": 2}' }),
    'NUL in a text': lineOf({ content: 'a\0' }),
    'half a surrogate pair': lineOf({ content: '\ud800' }),
    'NUL in metadata': lineOf({ metadata: '{"a": "\\u0000"}' }),
    'no such escape': lineOf({}).replace('hello', '\\x'),
    'no such escape in metadata': lineOf({ metadata: '{"a": "\\x"}' }),
    'no such day': lineOf({ at: '2023-02-29T00:00:00.000000Z' }),
    'a time of another age': lineOf({ at: '0044-03-15T12:00:00.123456Z BC' }),
    'letters in a time': lineOf({ at: '2023-02-2xT00:00:00.000000Z' }),
    'an id in other clothes': lineOf({}).replace(ID, `{${ID}}`),
    'a member twice': lineOf({}).replace('{', '{"content":"first",'),
    'a list for an object': lineOf({ metadata: '[]' }),
  };
  for (const [what, line] of Object.entries(others)) {
    it(`is left to the careful reader: ${what}`, () => assert.ok(!isCanonical(line), line));
  }
});
