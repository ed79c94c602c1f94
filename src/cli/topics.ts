import { CONTENT_BYTES, DOCUMENT, FILE_BYTES, TAG_LENGTH } from '../input/limits.js';
import type { TopicPage } from '../output/topic-page.js';
import { count } from '../wording.js';

/** Pages of the help that are about no single command; the manual page holds them as well. */
export const TOPICS: Readonly<Record<string, TopicPage>> = {
  errors: {
    title: 'Exit codes',
    entries: [
      ['0', 'done'],
      ['1', 'the request cannot be met: no such user, a check found something'],
      ['2', 'wrong usage: an unknown option, a value that is not of its form'],
      ['3', 'a store that is needed cannot be reached, or did not answer in time'],
      ['70', 'a bug in socialdb; its stack is printed'],
      ['130', 'interrupted by Ctrl-C or SIGTERM'],
    ],
    notes: [
      'An error is one line that says what is wrong, and one that says what to type next, on stderr. Nothing is changed by a command that ends with 1 or 2, but for the result of a check, which is printed.',
      'With --json it is one line {"error":{"code":"user-not-found","message":"…","hint":"…"}}; code does not change between versions.',
    ],
  },
  environment: {
    title: 'Environment',
    entries: [
      ['DATABASE_URL', 'PostgreSQL: postgres://user:password@host/database'],
      ['REDIS_URL', 'Redis: redis://host or rediss://host'],
      ['MONGODB_URL', 'MongoDB: mongodb://host/database'],
      ['SOCIALDB_HOME', 'the folder of the embedded servers, their data and passwords'],
      ['SOCIALDB_TIMEOUT_MS', 'the bound on one operation of a store, milliseconds (2000)'],
      ['SOCIALDB_CACHE_TTL', 'the longest life of a cached timeline, seconds (60)'],
      ['NO_COLOR', 'no colours, where it is set to anything'],
    ],
    notes: [
      'A variable wins over the file .env in the working directory, and that over the embedded servers that run. An empty URL means: do without this store.',
      'What is printed of a URL is its host and its path, never user, password or query; only `socialdb stack env` prints passwords, which is what it is for.',
    ],
  },
  plans: {
    title: 'Reading a plan',
    entries: [
      ['own time', 'what a node took itself, over all its loops; the bar is its share'],
      ['rows', 'that it gave, over all its loops; planned: that the planner expected'],
      ['×13, ÷13', 'thirteen times as many rows as planned, or as few; marked from 10 on'],
      ['buffers', 'pages of 8 kB that it touched itself; they depend on no machine'],
      ['median ±', 'of the runs, and half of the range of their middle half'],
      ['gain', 'median without the index over median with it'],
      ['hypopg', 'hides the index in one session, by HypoPG 1.4 or newer; no lock'],
      ['catalog', 'hides it in a transaction that is rolled back; superusers; no table lock'],
      ['copy', 'measures on temporary copies of the tables, sampled if large; no lock'],
      ['estimate', 'asks the planner what an index would cost, by HypoPG; nothing is run'],
      ['lock', 'drops or builds it, rolled back; others wait, so only with --allow-lock'],
    ],
    notes: [
      'In what ran in parallel times are those of the wall clock, not the sum over the processes. The own times of all nodes add up to the whole.',
      'The last five are values of --technique. Without it the best that works is taken, and the output says why a better one does not.',
    ],
  },
  input: {
    title: 'Input',
    entries: [
      ['user', 'a name in any case, @name, or an id; names have 1 to 64 of a-z A-Z 0-9 _ . -'],
      ['id', 'as it is printed: 01a20979-cb20-7295-b159-02dfee158a5c, in either case'],
      ['text', `of a post or comment: up to ${kib(CONTENT_BYTES)}; - reads it from standard input`],
      [
        'metadata',
        `a JSON object: up to ${kib(DOCUMENT.bytes)} with its numbers written out, ${DOCUMENT.levels} levels, numbers of up to ${count(DOCUMENT.digits)} digits, no key twice in an object`,
      ],
      [
        'tag',
        `1 to ${TAG_LENGTH} characters, none of them a control character, in Unicode's form NFC`,
      ],
      ['statement', `of explain sql: up to ${kib(FILE_BYTES)}; - reads it from standard input`],
    ],
    notes: [
      'All input is UTF-8. What is stored is what was given: numbers keep every digit, and what cannot be kept is refused before anything is written. Of a text on standard input the line break at its end is left out.',
      'An argument that begins with - goes behind --: socialdb post alice -- "- 1 -".',
      'Control characters in what is printed are made visible; with --json they are escaped.',
    ],
  },
};

function kib(bytes: number): string {
  return bytes < 1_048_576 ? `${bytes / 1_024} KiB` : `${bytes / 1_048_576} MiB`;
}
