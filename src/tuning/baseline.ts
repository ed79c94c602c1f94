import { writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { messageOf, RequestError } from '../errors.js';
import { FILE_BYTES } from '../input/limits.js';
import { readFileText } from '../input/read.js';
import type { Explanation, Leg } from './explanation.js';
import { nodesOf } from './nodes.js';

const baselineSchema = v.object({
  socialdb: v.literal('baseline'),
  version: v.literal(1),
  subject: v.string(),
  legs: v.array(
    v.object({
      name: v.string(),
      user: v.nullable(v.string()),
      profile: v.nullable(v.string()),
      statement: v.string(),
      // Null: it was stopped at its time limit.
      buffers: v.nullable(v.number()),
      // Each node on a line, indented by its depth.
      nodes: v.array(v.string()),
    }),
  ),
});

/** What is remembered of an explanation, to be compared with a later one. */
export type Baseline = v.InferOutput<typeof baselineSchema>;
type BaselineLeg = Baseline['legs'][number];

/** A plan that is not what it was. */
export interface PlanChange {
  readonly leg: string;
  /** Null: it was stopped at its time limit. */
  readonly buffersBefore: number | null;
  readonly buffersAfter: number | null;
  /** Nodes that are gone, and those that came instead. */
  readonly gone: readonly string[];
  readonly came: readonly string[];
  /** Worse, not only other. */
  readonly worse: boolean;
}

/** How many times the buffers of before are too many; few pages more or less are chance. */
const TIMES_WORSE = 1.5;
const PAGES_MORE = 20;

function baselineOf({ subject, legs }: Explanation): Baseline {
  return { socialdb: 'baseline', version: 1, subject, legs: legs.map(remembered) };
}

function remembered(leg: Leg): BaselineLeg {
  const { name, user, profile, statement, stoppedAfterMs, plan } = leg;
  const buffers = stoppedAfterMs === null ? leg.buffers.hit + leg.buffers.read : null;
  const nodes = [...nodesOf(plan.root)].map(({ title, source, index }) =>
    [title, source && `on ${source}`, index && `using ${index}`].filter(Boolean).join(' '),
  );
  return { name, user, profile, statement, buffers, nodes };
}

/**
 * What changed since a baseline. A plan got worse when it touches half as many pages again, when it
 * has other nodes and touches more pages, or when it no longer ends within the time limit.
 *
 * @throws RequestError `other-baseline` when the baseline is of something else
 */
export function changesSince(before: Baseline, explanation: Explanation): PlanChange[] {
  const after = baselineOf(explanation);
  const pairs = after.legs.map(
    (leg) => [before.legs.find((old) => sameLeg(old, leg)), leg] as const,
  );
  if (before.subject !== after.subject || pairs.some(([old]) => !old)) {
    throw new RequestError(
      'other-baseline',
      `the baseline is of ${describe(before)}, this is ${describe(after)}`,
      'give the same command as when it was saved, or --save it anew',
    );
  }
  return pairs.flatMap(([old, leg]) => (old ? changeOf(old, leg) : []));
}

/** Readers who stand for a profile may be others by now. */
function sameLeg(old: BaselineLeg, leg: BaselineLeg): boolean {
  const whose = leg.profile === null ? old.user === leg.user : old.profile === leg.profile;
  return whose && old.name === leg.name;
}

function describe({ subject, legs }: Baseline): string {
  const names = [...new Set(legs.map(labelOf))];
  return `${subject} (${names.join(', ')})`;
}

function labelOf({ name, user, profile }: BaselineLeg): string {
  const whose = profile ?? (user ? `@${user}` : undefined);
  return whose ? `${name}, ${whose}` : name;
}

function changeOf(old: BaselineLeg, leg: BaselineLeg): PlanChange[] {
  const gone = without(old.nodes, leg.nodes);
  const came = without(leg.nodes, old.nodes);
  const stopped = (old.buffers === null) !== (leg.buffers === null);
  const other = gone.length > 0 || came.length > 0 || stopped;
  const [before, after] = [pagesOf(old), pagesOf(leg)];
  const many = after > before * TIMES_WORSE && after > before + PAGES_MORE;
  if (!other && !many) return [];
  return [
    {
      leg: labelOf(leg),
      buffersBefore: old.buffers,
      buffersAfter: leg.buffers,
      gone,
      came,
      worse: many || (other && after > before + PAGES_MORE),
    },
  ];
}

/** What never came to its end is worse than whatever did. */
function pagesOf({ buffers }: BaselineLeg): number {
  return buffers ?? Number.POSITIVE_INFINITY;
}

/** The lines of `lines` that `others` does not have as often. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** @throws RequestError `unwritable-file` */
export async function saveBaseline(file: string, explanation: Explanation): Promise<void> {
  const text = `${JSON.stringify(baselineOf(explanation), null, 2)}\n`;
  await writeFile(file, text).catch((error) => {
    throw new RequestError('unwritable-file', `${file} cannot be written: ${messageOf(error)}`);
  });
}

/** @throws RequestError `unreadable-file`, `not-a-baseline` */
export async function readBaseline(file: string): Promise<Baseline> {
  const reading = await readFileText(file, FILE_BYTES).catch((error) => {
    throw new RequestError('unreadable-file', `${file} cannot be read: ${messageOf(error)}`);
  });
  try {
    return v.parse(baselineSchema, JSON.parse('text' in reading ? reading.text : ''));
  } catch {
    throw new RequestError('not-a-baseline', `${file} was not written by --save`, 'name another');
  }
}
