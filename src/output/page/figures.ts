import type { Gain, Leg } from '../../tuning/explanation.js';
import { deviation } from '../leg-table.js';
import { count, milliseconds } from '../text.js';

/** `12.3 ms ± 4%`, or the time limit that was reached. */
export function legTime({ medianMs, stoppedAfterMs, runsMs }: Leg): string {
  if (medianMs === null) return `> ${milliseconds(stoppedAfterMs ?? 0)}`;
  if (runsMs.length < 4) return milliseconds(medianMs);
  return `${milliseconds(medianMs)} ± ${Math.round((100 * deviation(runsMs)) / medianMs)}%`;
}

/** `47×`, `≥ 100×`, `0.8×`. */
export function gainText({ speedup, atLeast }: Gain): string {
  if (speedup === null) return 'not known';
  return `${atLeast ? '≥ ' : ''}${speedup >= 10 ? count(Math.floor(speedup)) : speedup.toFixed(1)}×`;
}
