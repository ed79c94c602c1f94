/** What a check found. */
export interface Finding {
  readonly status: 'ok' | 'warn' | 'fail';
  /** The evidence, with its numbers, in one line. */
  readonly detail: string;
  /** The command that mends it, or `advise`d what no command can do; null where nothing is to be done. */
  readonly fix: string | null;
}

/** One question to one server. */
export interface Check<Subject> {
  /** Unique among all checks: `statistics`, `redis-clock`. */
  readonly name: string;
  /** @throws the driver's error where the server does not say */
  run(subject: Subject): Promise<Finding> | Finding;
}

/** A finding together with what it is about. */
export interface Diagnosis extends Finding {
  readonly name: string;
  /** The store, or the part of it. */
  readonly group: string;
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail, fix: null });

/** It works, and will hurt one day, or hurts a little now. */
export const warn = (detail: string, fix: string | null): Finding => ({
  status: 'warn',
  detail,
  fix,
});

/** Something does not work, or data are at risk. */
export const fail = (detail: string, fix: string | null): Finding => ({
  status: 'fail',
  detail,
  fix,
});

/** What a person has to do, as a comment: harmless where fixes are run as commands. */
export const advise = (what: string): string => `# ${what}`;

/** `a, b, c and 4 more`. */
export function some(names: readonly string[], shown = 3): string {
  const more = names.length - shown;
  return names.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
