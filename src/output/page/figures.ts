import type { Gain, Leg } from '../../tuning/explanation.js';
import { deviation } from '../leg-table.js';
import { count, milliseconds } from '../text.js';

/** `12.3 ms ± 4%`; the time limit that was reached; or the cost of a plan that was not executed. */
export function legTime({ medianMs, stoppedAfterMs, runsMs, plan }: Leg): string {
  if (stoppedAfterMs !== null) return `> ${milliseconds(stoppedAfterMs)}`;
  if (medianMs === null) return `cost ${count(Math.round(plan.root.cost))}, estimated`;
  if (runsMs.length < 4) return milliseconds(medianMs);
  return `${milliseconds(medianMs)} ± ${Math.round((100 * deviation(runsMs)) / medianMs)}%`;
}

/** `47×`, `≥ 100×`, `0.8×`. */
export function gainText({ speedup, costRatio, atLeast }: Gain): string {
  const times = speedup ?? costRatio;
  if (times === null) return 'not known';
  const text = times >= 10 ? count(Math.floor(times)) : times.toFixed(1);
  return `${atLeast ? '≥ ' : ''}${text}×${speedup === null ? ', estimated' : ''}`;
}
