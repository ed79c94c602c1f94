import { TOPICS } from '../src/cli/topics.js';
import type { Page } from './cli-pages.js';

/** man/socialdb.1, in the macros of man(7). */
export function manualOf(pages: readonly Page[], version: string): string {
  return [
    `.TH SOCIALDB 1 "" "socialdb ${version}" "User Commands"`,
    '.SH NAME',
    'socialdb \\- drive and diagnose a social backend on PostgreSQL, Redis and MongoDB',
    '.SH SYNOPSIS',
    '.B socialdb',
    '.I COMMAND',
    '[\\fIoptions\\fR]',
    '.SH OPTIONS',
    'For every command:',
    ...listOf([
      ['--json', 'one JSON document on stdout, errors as JSON on stderr'],
      ['--quiet', 'only data and errors'],
      ['--verbose', 'each SQL statement on stderr'],
      ['--no-color', 'no colour'],
      ['--help', 'the help of a command'],
    ]),
    '.SH COMMANDS',
    ...pages.flatMap(sectionOf),
    ...Object.values(TOPICS).flatMap(({ title, entries, notes }) => [
      `.SH ${title.toUpperCase()}`,
      ...listOf(entries),
      ...notes.flatMap((note) => ['.PP', roff(note)]),
    ]),
    '',
  ].join('\n');
}

function sectionOf({ name, usage, description, terms, notes, examples }: Page): string[] {
  return [
    `.SS ${roff(name)}`,
    `.B ${roff(usage)}`,
    '.PP',
    `${roff(description)}.`,
    ...listOf(terms),
    ...(notes ? ['.PP', '.nf', ...notes.split('\n').map(roff), '.fi'] : []),
    ...(examples.length
      ? ['.PP', 'Examples:', '.PP', '.RS 4', '.nf', ...examples.map(roff), '.fi', '.RE']
      : []),
  ];
}

function listOf(entries: readonly (readonly [string, string])[]): string[] {
  return entries.flatMap(([term, text]) => ['.TP', `.B ${roff(term)}`, roff(text)]);
}

/** Text in which nothing is a request or an escape, and every hyphen can be copied. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/["“”]/g, '\\(dq')
    .replace(/’/g, "'")
    .replaceAll('…', '...')
    .replace(/^([.'])/gm, '\\&$1');
}
