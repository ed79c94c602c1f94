import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import type { Config } from '../config.js';
import { messageOf, SocialdbError } from '../errors.js';
import { failureOf } from '../stores/failures.js';
import { type Check, type Diagnosis, type Finding, fail, ok, warn } from './check.js';
import { isWanted, type Selection } from './selection.js';

/** Checks that stand together on the screen. */
interface Group<Subject> {
  /** As `--only` has it: `postgresql`. */
  readonly name: string;
  readonly checks: readonly Check<Subject>[];
}

/** One store: how to get to it, and what to ask. */
export interface Examination<Subject> {
  /** What it means that there is no such store; absent where there is one. */
  readonly unset?: string;
  /** Greets the server; what it throws is why it cannot be reached. */
  readonly meet: () => Promise<Subject>;
  readonly leave?: (subject: Subject) => void;
  /** Tells how that went. */
  readonly reachable: Check<Subject>;
  readonly groups: readonly Group<Subject>[];
}

export interface Terms {
  readonly config: Config;
  readonly selection: Selection;
  /** When the examination has to be over, by performance.now(). */
  readonly endAt: number;
}

export interface Examined {
  readonly diagnoses: Diagnosis[];
  /** Why nothing could be asked. */
  readonly unreachable?: SocialdbError;
}

/** The names of all groups and checks. */
export function namesIn<Subject>({ reachable, groups }: Examination<Subject>): string[] {
  const checks = groups.flatMap(({ name, checks }) => [name, ...checks.map(({ name }) => name)]);
  return [reachable.name, ...checks];
}

/**
 * Examines one store: greets it, then asks all that is wanted at once. A question that is not
 * answered in time, or that the server refuses, is a finding like any other.
 */
export async function examine<Subject>(
  { unset, meet, leave, reachable, groups }: Examination<Subject>,
  terms: Terms,
): Promise<Examined> {
  const [first] = groups;
  const group = first?.name ?? '';
  const wanted = groups.map(({ name, checks }) => ({
    name,
    checks: checks.filter((check) => isWanted(terms.selection, name, check.name)),
  }));
  const alsoReachable = isWanted(terms.selection, group, reachable.name);
  if (!alsoReachable && wanted.every(({ checks }) => checks.length === 0)) return { diagnoses: [] };
  const greeting = (finding: Finding) => ({ group, name: reachable.name, ...finding });
  if (unset) return { diagnoses: alsoReachable ? [greeting(ok(unset))] : [] };
  let subject: Subject;
  try {
    subject = await inTime(meet(), terms);
  } catch (thrown) {
    const failure = explained(thrown, terms.config);
    const finding = fail(failure.message, failure.hint?.replace(/^run: /, '') ?? null);
    return { diagnoses: [greeting(finding)], unreachable: failure };
  }
  const greeted = alsoReachable ? [greeting(await reachable.run(subject))] : [];
  const answers = await askAll(wanted, subject, terms);
  leave?.(subject);
  return { diagnoses: [...greeted, ...answers] };
}

async function askAll<Subject>(groups: readonly Group<Subject>[], subject: Subject, terms: Terms) {
  const asked = groups.flatMap(({ name: group, checks }) =>
    checks.map(async (check) => {
      const finding = await ask(check, subject, terms);
      return { group, name: check.name, ...finding };
    }),
  );
  return Promise.all(asked);
}

async function ask<Subject>(
  check: Check<Subject>,
  subject: Subject,
  terms: Terms,
): Promise<Finding> {
  try {
    return await inTime(Promise.resolve(check.run(subject)), terms);
  } catch (thrown) {
    const { code, message, hint } = explained(thrown, terms.config);
    // The check of the migrations says it, once.
    if (code === 'schema-missing') return ok('not known before all migrations are applied');
    return warn(`not known: ${message}`, hint?.replace(/^run: /, '') ?? null);
  }
}

class Unanswered extends SocialdbError {
  readonly exitCode = 3;
}

async function inTime<T>(work: Promise<T>, { endAt }: Terms): Promise<T> {
  const stop = new AbortController();
  const late = async () => {
    await sleep(Math.max(0, endAt - performance.now()), undefined, { signal: stop.signal });
    throw new Unanswered('no-answer', 'it did not answer in time');
  };
  try {
    return await Promise.race([work, late()]);
  } finally {
    stop.abort();
    // Whoever lost the race is heard by nobody.
    work.catch(() => {});
  }
}

const NOT_ALLOWED = '42501';

/** @throws what is none of a store's failures, and so a bug of ours */
function explained(thrown: unknown, config: Config): SocialdbError {
  if (thrown instanceof SocialdbError) return thrown;
  const known = failureOf(thrown, config);
  if (known) return known;
  if (thrown instanceof postgres.PostgresError) {
    const hint =
      thrown.code === NOT_ALLOWED
        ? 'GRANT pg_monitor TO CURRENT_USER  # as a superuser'
        : undefined;
    return new Unanswered('refused', messageOf(thrown), hint);
  }
  if (thrown instanceof Error && /^(Mongo|ReplyError)/.test(thrown.name)) {
    return new Unanswered('refused', messageOf(thrown));
  }
  throw thrown;
}
