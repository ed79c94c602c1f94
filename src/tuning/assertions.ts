import { distance } from 'fastest-levenshtein';
import { UsageError } from '../errors.js';
import type { Explanation, Leg } from './explanation.js';
import { NODE_TYPES } from './node-types.js';
import { nodesOf } from './nodes.js';

/** What a script wants to be true of an explanation. */
export interface Assertion {
  /** As it was written. */
  readonly text: string;
  /** The table whose scans it is about, if it names one. */
  readonly table?: string | undefined;
  /** @returns what was seen where it does not hold; none: it holds */
  readonly violations: (explanation: Explanation) => string[];
}

/** An assertion and what came of it. */
export interface Verdict {
  readonly assertion: string;
  readonly holds: boolean;
  /** What was seen instead. */
  readonly saw: readonly string[];
}

const PLAN =
  /^(?<no>no )?(?<title>[A-Z][A-Za-z ]*?)(?: on (?<relation>\S+))?(?: using (?<index>\S+))?$/;
const FIGURE =
  /^(?<figure>buffers|rows read|median|speedup)\s*(?<operator><=|>=|<|>|=)\s*(?<value>\d+(?:\.\d+)?)\s*(?:ms|x)?$/;

const OPERATORS: Record<string, (seen: number, wanted: number) => boolean> = {
  '<=': (seen, wanted) => seen <= wanted,
  '>=': (seen, wanted) => seen >= wanted,
  '<': (seen, wanted) => seen < wanted,
  '>': (seen, wanted) => seen > wanted,
  '=': (seen, wanted) => seen === wanted,
};

/**
 * Reads one assertion:
 *
 *     [no] NODE [on TABLE] [using INDEX]      no Seq Scan on posts
 *     buffers | rows read | median | speedup  OPERATOR  NUMBER
 *
 * Where indexes are compared, nodes and figures are those of the leg with them; they have to hold for
 * every reader.
 *
 * @throws UsageError `bad-assertion`
 */
export function parseAssertion(text: string): Assertion {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  const figure = FIGURE.exec(trimmed)?.groups;
  if (figure) {
    const { figure: name = '', operator = '', value } = figure;
    const compare = OPERATORS[operator];
    if (compare) return aboutFigure(trimmed, name, (seen) => compare(seen, Number(value)));
  }
  const plan = PLAN.exec(trimmed)?.groups;
  if (plan) {
    const { no, title = '', relation, index } = plan;
    checkNode(title);
    return aboutPlan(trimmed, no === undefined, { title, relation, index });
  }
  throw new UsageError(
    'bad-assertion',
    `'${text}' asserts nothing that is known`,
    "for example 'no Seq Scan on posts', 'buffers <= 500', 'speedup >= 5'",
  );
}

/** `no Sequential Scan` would hold for ever. */
function checkNode(title: string): void {
  const type = title.replace(/^(Parallel|Async|Partial|Finalize) /, '');
  if (NODE_TYPES.includes(type)) return;
  const [nearest] = [...NODE_TYPES].sort((a, b) => distance(a, type) - distance(b, type));
  const hint = `did you mean ${nearest}?`;
  throw new UsageError('bad-assertion', `PostgreSQL has no plan node '${title}'`, hint);
}

/** What comes of assertions, in their order. */
export function judge(assertions: readonly Assertion[], explanation: Explanation): Verdict[] {
  return assertions.map(({ text, violations }) => {
    const saw = violations(explanation);
    return { assertion: text, holds: saw.length === 0, saw };
  });
}

function aboutFigure(text: string, figure: string, holds: (seen: number) => boolean): Assertion {
  const wrong = (seen: number | null, whose: string) => {
    if (seen === null) return [`${figure} is not known${whose}`];
    return holds(seen) ? [] : [`${figure} ${Number(seen.toPrecision(4))}${whose}`];
  };
  if (figure === 'speedup') {
    return {
      text,
      violations: ({ gains, technique }) => {
        if (!technique) return ['nothing is compared, so there is no speedup: --compare-index'];
        return gains.flatMap(({ speedup, user }) => wrong(speedup, user ? ` for @${user}` : ''));
      },
    };
  }
  return {
    text,
    violations: (explanation) =>
      judged(explanation).flatMap((leg) => wrong(figureOf(leg, figure), whose(leg))),
  };
}

function figureOf({ buffers, rowsRead, medianMs }: Leg, figure: string): number | null {
  if (figure === 'median') return medianMs;
  if (figure === 'rows read') return rowsRead;
  // A plan that was not executed touched nothing, which says nothing.
  return rowsRead === null ? null : buffers.hit + buffers.read;
}

interface Wanted {
  readonly title: string;
  readonly relation: string | undefined;
  readonly index: string | undefined;
}

function aboutPlan(text: string, wanted: boolean, pattern: Wanted): Assertion {
  return {
    text,
    table: /^CTE|^Function|Values|Foreign/.test(pattern.title) ? undefined : pattern.relation,
    violations: (explanation) =>
      judged(explanation).flatMap((leg) => {
        const found = nodesIn(leg, pattern);
        if (wanted)
          return found.length > 0 ? [] : [`none${whose(leg)}: ${leg.nodeTypes.join(', ')}`];
        return found.map((node) => `${node}${whose(leg)}`);
      }),
  };
}

/** `Seq Scan` is a Parallel Seq Scan, too; `Parallel Seq Scan` is nothing else. */
function nodesIn({ plan }: Leg, { title, relation, index }: Wanted): string[] {
  return [...nodesOf(plan.root)].flatMap((node) => {
    const kind = node.title === title || node.fields['Node Type'] === title;
    if (!kind || node.loops === 0) return [];
    if (relation !== undefined && node.source !== relation) return [];
    if (index !== undefined && node.index !== index) return [];
    return [node.source ? `${node.title} on ${node.source}` : node.title];
  });
}

/** The legs that an assertion is about. */
function judged({ legs, technique }: Explanation): readonly Leg[] {
  return technique ? legs.filter(({ name }) => name === 'with') : legs;
}

function whose({ user }: Leg): string {
  return user ? ` for @${user}` : '';
}
