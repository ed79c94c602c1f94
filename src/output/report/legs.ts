import type { Explanation, Gain, Leg } from '../../tuning/explanation.js';
import { indexesOf } from '../../tuning/plan.js';
import { changedPaths } from '../access-paths.js';
import { gainText, legTime } from '../page/figures.js';
import { count, milliseconds } from '../text.js';
import type { Bar, Block } from './document.js';

/** The legs of a comparison as a table. */
export function legsTable({ legs, gains, tables, technique }: Explanation): Block {
  const rows = legs.map((leg, place) => {
    const pair = Math.floor(place / 2);
    const [without, having] = legs.slice(pair * 2, pair * 2 + 2);
    const paths = without && having ? changedPaths(without, having, tables, true) : undefined;
    const closes = leg === having;
    const gain = closes ? gains[pair] : undefined;
    return [
      readerOf(leg),
      leg.name,
      ((closes ? paths?.with : paths?.without) ?? []).join(', '),
      buffersOf(leg),
      legTime(leg),
      gain && technique ? gainCell(gain, without, having) : '',
    ];
  });
  return {
    kind: 'table',
    columns: [
      { header: legs[0]?.user ? 'reader' : 'statement' },
      { header: 'leg' },
      { header: `reads ${tables.join(', ')} by` },
      { header: 'buffers', number: true },
      { header: 'median ± spread', number: true },
      { header: 'gain', number: true },
    ],
    rows,
  };
}

/** The median times of a comparison as bars. */
export function legsChart({ legs }: Explanation, caption: string): Block {
  const bars = legs.flatMap((leg): Bar[] =>
    leg.medianMs === null
      ? []
      : [
          {
            label: [leg.user && `@${leg.user}`, leg.name].filter(Boolean).join(' '),
            value: leg.medianMs,
            shown: milliseconds(leg.medianMs),
            tone: leg.name === 'without' ? 'before' : 'after',
          },
        ],
  );
  return { kind: 'bars', caption, bars };
}

export function readerOf({ user, followees, profile, statement }: Leg): string {
  if (user === null) return statement;
  return `@${user}, follows ${count(followees ?? 0)}${profile ? ` (${profile})` : ''}`;
}

export function buffersOf({ medianMs, buffers }: Leg): string {
  return medianMs === null ? '' : count(buffers.hit + buffers.read);
}

/** What a comparison says in a sentence for each pair: times, buffers, gain. */
export function findings({ legs, gains }: Explanation): string {
  const sentences = gains.map((gain, pair) => {
    const [without, having] = legs.slice(pair * 2, pair * 2 + 2);
    const ratio = gain.speedup ?? gain.costRatio;
    if (!without || !having || ratio === null) return '';
    const who = without.user ? `@${without.user}` : 'The search';
    const side = (leg: Leg) =>
      leg.medianMs === null ? legTime(leg) : `${legTime(leg)} and ${buffersOf(leg)} buffers`;
    const times = gainText(gain);
    const faster = ratio < 0.95 ? `${times}, which is slower` : `${times} as fast`;
    const verdict = samePlan(without, having) ? 'the same plan, so no difference' : faster;
    return `${who}: ${side(without)} without, ${side(having)} with: ${verdict}.`;
  });
  return sentences.filter(Boolean).join(' ');
}

function gainCell(gain: Gain, without: Leg | undefined, having: Leg | undefined): string {
  return without && having && samePlan(without, having) ? 'same plan' : gainText(gain);
}

/** Whether both legs did the same, so that what their times differ by is chance. */
function samePlan(one: Leg, other: Leg): boolean {
  const shape = ({ plan, nodeTypes }: Leg) => [...nodeTypes, ...indexesOf(plan)].join();
  return shape(one) === shape(other) && buffersOf(one) === buffersOf(other);
}
