import type { Transaction } from '../stores/postgres.js';

const LONGEST = 64;
// A name that begins with a dash would be taken for an option.
const VALID = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,63}$/;
const LONGEST_DISPLAY_NAME = 256;

/** Letters that Unicode does not decompose, as their speakers write them in ASCII. */
const ASCII: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  Æ: 'Ae',
  œ: 'oe',
  Œ: 'Oe',
  ø: 'o',
  Ø: 'O',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/**
 * A valid username that reads like a name: accents go, what is not of `a-z A-Z 0-9 _ . -` becomes `_`.
 *
 * @param fallback what to take when less than half of the name would remain
 */
export function usernameOf(name: string, fallback: string): string {
  if (VALID.test(name)) return name;
  const ascii = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{ASCII}]/gu, (letter) => ASCII[letter] ?? ' ')
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .replace(/^[_-]+|_+$/g, '')
    .slice(0, LONGEST);
  return ascii.length * 2 >= [...name.trim()].length && ascii ? ascii : fallback;
}

/** A name as another system showed it, as far as users.display_name can hold it. */
export function displayNameOf(name: string): string | null {
  const shown = [...name.replaceAll('\0', '').trim()].slice(0, LONGEST_DISPLAY_NAME).join('');
  return shown.trimEnd() || null;
}

/**
 * Makes the usernames in staged_users unique without regard to case, among themselves and against
 * those in users. The first in the file keeps its name; the others get their suffix, then, should that
 * be taken too, a part of their id, then all of it.
 */
export async function settleUsernames(transaction: Transaction): Promise<void> {
  // Two statements: EXISTS under an OR would be a nested loop.
  await transaction`
    UPDATE staged_users s SET named = false FROM users u
     WHERE lower(u.username COLLATE "C") = lower(s.username COLLATE "C")`;
  await transaction`
    UPDATE staged_users s SET named = false FROM staged_users t
     WHERE lower(t.username COLLATE "C") = lower(s.username COLLATE "C") AND t.ordinal < s.ordinal`;
  const suffixes = [
    transaction`suffix`,
    transaction`left(id::text, 8)`,
    transaction`replace(id::text, '-', '')`,
  ];
  for (const suffix of suffixes) {
    await transaction`
      WITH candidates AS (
        SELECT id, ordinal, left(username, ${LONGEST - 1} - length(${suffix})) || '-' || ${suffix} AS name
          FROM staged_users WHERE NOT named),
      firsts AS (
        SELECT DISTINCT ON (lower(name COLLATE "C")) id, name
          FROM candidates ORDER BY lower(name COLLATE "C"), ordinal)
      UPDATE staged_users s SET username = f.name, named = true
        FROM firsts f
       WHERE s.id = f.id
         AND NOT EXISTS (SELECT FROM users u
                          WHERE lower(u.username COLLATE "C") = lower(f.name COLLATE "C"))
         AND NOT EXISTS (SELECT FROM staged_users t
                          WHERE t.named
                            AND lower(t.username COLLATE "C") = lower(f.name COLLATE "C"))`;
  }
}
