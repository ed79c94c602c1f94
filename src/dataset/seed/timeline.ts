import { MICROS_PER_DAY } from '../timestamps.js';
import { createDice } from './dice.js';

const MICROS_PER_HOUR = MICROS_PER_DAY / 24;
/** How much happens in each hour of the day, UTC. */
const HOURS = [
  4, 3, 2, 2, 2, 3, 5, 8, 11, 13, 14, 15, 16, 15, 14, 14, 15, 17, 20, 22, 21, 17, 12, 7,
];

/** When each of a number of things happens, in the order of their indexes. */
export interface Timeline {
  /** @returns microseconds since 2000-01-01 UTC */
  at(index: number): number;
  /** How many have surely happened at a time: those of the hours before it. */
  before(micros: number): number;
}

/**
 * Spreads things over the hours by weight; within an hour evenly, with some chance.
 *
 * @param from microseconds since 2000-01-01 UTC
 * @param weights of each hour from then on, whole numbers
 */
export function createTimeline(
  seed: string,
  stream: string,
  count: number,
  from: number,
  weights: readonly number[],
): Timeline {
  const dice = createDice(seed, stream);
  const sums = [0];
  for (const weight of weights) sums.push((sums.at(-1) ?? 0) + weight);
  const total = sums.at(-1) ?? 1;
  // The first thing of each hour; rounded up, so that the very first happens in the very first hour.
  const firsts = Float64Array.from(sums, (sum) => Math.ceil((count * sum) / total));
  const firstOf = (hour: number) => firsts[hour] ?? count;
  return {
    at(index) {
      let [low, high] = [0, weights.length];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (firstOf(middle) <= index) low = middle;
        else high = middle;
      }
      const first = firstOf(low);
      const part = (index - first + dice.unit(index, 0)) / (firstOf(low + 1) - first);
      return from + Math.floor((low + part) * MICROS_PER_HOUR);
    },
    before(micros) {
      return firstOf(Math.max(0, Math.floor((micros - from) / MICROS_PER_HOUR)));
    },
  };
}

/** Arrivals: four of five in the first third, then fewer. */
export function arrivals(hours: number): number[] {
  const early = Math.floor(hours / 3);
  return Array.from(
    { length: hours },
    (_, hour) => (HOURS[hour % 24] ?? 1) * (hour < early ? 8 : 1),
  );
}

/**
 * Conversation: the rhythm of day and week, some growth, and about once a week a burst of an hour or
 * two in which ten to forty times as much happens.
 */
export function conversation(seed: string, from: number, hours: number): number[] {
  const dice = createDice(seed, 'bursts');
  const firstDay = Math.floor(from / MICROS_PER_DAY);
  const weights = Array.from({ length: hours }, (_, hour) => {
    const day = Math.floor(hour / 24);
    // 2000-01-01 was a Saturday.
    const rhythm = (HOURS[hour % 24] ?? 1) * ((firstDay + day) % 7 < 2 ? 4 : 5);
    return rhythm * (60 + day);
  });
  for (let week = 0; week * 168 < hours; week++) {
    const start = week * 168 + dice.below(166, week, 0);
    const strength = 10 + dice.below(30, week, 1);
    for (let hour = start; hour <= start + dice.below(2, week, 2); hour++) {
      if (hour < hours) weights[hour] = (weights[hour] ?? 0) * strength;
    }
  }
  return weights;
}
