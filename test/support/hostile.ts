import fc from 'fast-check';

/** Texts that programs trip over, beside whatever fast-check thinks of. */
const ODD_TEXTS = [
  '',
  ' ',
  '-',
  '--',
  '-x',
  '--json',
  '-1',
  '0',
  'NaN',
  '1e9',
  'Infinity',
  '9007199254740993',
  '%',
  '_',
  '$1',
  "'",
  '"',
  "'; DROP TABLE users; --",
  '$(reboot)',
  '\\',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff!',
  '\ufffd',
  '\ufeffbom',
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  '\u009b2J',
  '\r\nerror: forged',
  'line\nline',
  '\u202eright to left',
  '\u200b',
  'café',
  'cafe\u0301',
  'ALICE',
  'Alice',
  '@alice',
  '@@alice',
  'ａｌｉｃｅ',
  '__proto__',
  'constructor',
  'toString',
  '😀'.repeat(40),
  'x'.repeat(65),
  'x'.repeat(300),
  'x'.repeat(70_000),
  '{01a20979-cb20-7295-b159-02dfee158a5c}',
  '01a20979cb207295b15902dfee158a5c',
  '01A20979-CB20-7295-B159-02DFEE158A5C',
  '01a20979-cb20-7295-b159-02dfee158a5c',
  '[]',
  'null',
  '{}',
  '{"a":1,"a":2}',
  '{"tags":["coding"]}',
  '2026-13-45',
  '-infinity',
  '1d',
  '99999999w',
  '5En0TxJjtxU4uk-tMjAyNi0xMS0yM1QxNzozNTowNi41MzEwMDRaIDAxYTIwOTc5',
] as const;

/** A text that was chosen to do harm, or any text at all. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom(...ODD_TEXTS), { maxLength: 3 })
      .map((parts) => parts.join('')),
  },
);

const NUMBERS = [
  ...['0', '-0', '1', '-1.10', '1.0', '0.1', '1e2', '1E+2', '1e-7', '1e400', '-1e-400', '1e999999'],
  ...[
    '9007199254740993',
    '12345678901234567890',
    '0.30000000000000004',
    '1e1000',
    `1${'0'.repeat(999)}`,
  ],
];

const KEYS = [
  'a',
  'b',
  '1',
  '0',
  '',
  'tags',
  '__proto__',
  'constructor',
  'prototype',
  'toJSON',
  'é',
  '😀',
  '$1',
  '%',
];

const number = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt().map(String),
);

/** A string in JSON, with escapes that mean other characters, NUL and half surrogates among them. */
const string = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map((text) => JSON.stringify(text)),
  },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_TEXTS).map((text) => JSON.stringify(text)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"\\u0000"', '"\\ud800"', '"\\\\u0000"', '"\\u0041"', '"\\/"'),
  },
);

const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...KEYS).map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.constant('"\\u0061"') },
  { weight: 1, arbitrary: string },
);

const space = fc.constantFrom('', '', ' ', '\n', '\t');

const { value, object } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 3, arbitrary: number },
    { weight: 3, arbitrary: string },
    { weight: 1, arbitrary: fc.constantFrom('true', 'false', 'null') },
    { weight: 2, arbitrary: tie('object') },
    { weight: 2, arbitrary: tie('array') },
  ),
  object: fc
    .array(fc.tuple(space, key, tie('value')), { maxLength: 5 })
    .map(
      (members) => `{${members.map(([gap, name, one]) => `${gap}${name}:${gap}${one}`).join(',')}}`,
    ),
  array: fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join(',')}]`),
}));

const deep = fc
  .tuple(fc.constantFrom(50, 98, 99, 100, 101, 10_000), fc.boolean())
  .map(([levels, list]) =>
    list
      ? `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
      : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  );

const long = fc.constantFrom(
  `{"a":"${'x'.repeat(65_527)}"}`,
  `{"a":"${'x'.repeat(65_528)}"}`,
  `{"a":[${Array(70).fill('1e999').join(',')}]}`,
  `{"a":[${Array(5_000).fill('1e999').join(',')}]}`,
);

/** A JSON text, mostly an object, often one that is hard to keep, sometimes none at all. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 20, arbitrary: object },
  { weight: 2, arbitrary: value },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: long },
  { weight: 1, arbitrary: hostileText },
);
