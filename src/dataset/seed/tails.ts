import { createDice } from './dice.js';

/** How much of something one holder gets. */
export interface Share {
  /** 0 for the one who gets most. */
  readonly rank: number;
  readonly amount: number;
}

/**
 * Divides a total so that few get much and many get little: the first r of n holders get sqrt(r/n) of
 * it together, which makes the amounts fall like 1/sqrt(rank), a power law.
 *
 * @param total is given out exactly
 * @param most that one can get; with `holders` times this the total can be given out
 */
export function* heavyTail(total: number, holders: number, most: number): Generator<Share> {
  let given = 0;
  // What is too much for one goes to the next.
  let over = 0;
  for (let rank = 0; rank < holders; rank++) {
    const until = Math.floor(total * Math.sqrt((rank + 1) / holders));
    const due = until - given + over;
    const amount = Math.min(due, most);
    over = due - amount;
    given = until;
    if (amount > 0) yield { rank, amount };
  }
}

/** A few tries find a free one among many; where most are taken, walking on is faster. */
const TRIES = 8;

/**
 * Picks different members of a population, those with small indexes more often: the first r of n are
 * picked (r/n)^0.4 of the time, so that how often each is picked over many calls is a power law too.
 *
 * @returns picks `amount` members other than `self` for the caller `index`
 */
export function createPicks(seed: string, stream: string, population: number) {
  const dice = createDice(seed, stream);
  return function* pick(index: number, amount: number, self?: number): Generator<number> {
    const taken = new Set<number>(self === undefined ? [] : [self]);
    let draw = 0;
    for (let picked = 0; picked < amount; picked++) {
      let member = popular(dice.unit(index, draw++), population);
      for (let tries = 1; tries < TRIES && taken.has(member); tries++) {
        member = popular(dice.unit(index, draw++), population);
      }
      while (taken.has(member)) member = (member + 1) % population;
      taken.add(member);
      yield member;
    }
  };
}

/** An index below `size`, of which the small ones are far more likely; `unit` is from 0 to below 1. */
export function popular(unit: number, size: number): number {
  return Math.floor(size * unit * unit * Math.sqrt(unit));
}
