const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Reads `45s`, `30m`, `2h`, `3d` or `1w` in milliseconds; undefined for anything else. */
export function durationOf(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,6})([smhdw])$/i.exec(text) ?? [];
  return amount ? Number(amount) * (UNITS[unit.toLowerCase()] ?? 0) : undefined;
}

/**
 * Reads how far back to look: `45s`, `30m`, `2h`, `3d`, `1w`, or a time in ISO 8601, in UTC where it
 * names no zone.
 *
 * @param now milliseconds since 1970
 * @returns ISO 8601 in UTC with microseconds, undefined for anything else
 */
export function sinceOf(text: string, now: number): string | undefined {
  const ago = durationOf(text);
  if (ago !== undefined) return iso(now - ago, '');
  const [, date, minute = '00:00', second = '00', fraction = '', zone = 'Z'] =
    TIME.exec(text) ?? [];
  if (!date) return undefined;
  // The fraction goes around the Date, which has no room for microseconds.
  return iso(Date.parse(`${date}T${minute}:${second}${zone.toUpperCase()}`), fraction);
}

/** The time `ms` milliseconds before `now`, in ISO 8601 with microseconds. */
export function cutoffOf(now: number, ms: number): string {
  return iso(now - ms, '') ?? '';
}

/** A time in milliseconds since 1970, with the digits of its fraction of a second. */
function iso(ms: number, fraction: string): string | undefined {
  if (Number.isNaN(ms)) return undefined;
  const [seconds, own = ''] = new Date(ms).toISOString().slice(0, -1).split('.');
  return `${seconds}.${(fraction || own).padEnd(6, '0')}Z`;
}
