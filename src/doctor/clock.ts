import { milliseconds } from '../wording.js';
import { type Finding, fail, ok, warn } from './check.js';

/** What a server said when it was asked for the time. */
export interface Reading {
  /** This machine's time at the question, milliseconds since 1970. */
  readonly askedAt: number;
  /** The server's time in its answer. */
  readonly theirs: number;
  readonly roundTripMs: number;
}

/** Beyond this, times of two machines cannot be set side by side. */
const NOTABLE_MS = 1_000;
/** Beyond this the relay forgets cached pages that are still served (src/feed/heal.ts). */
const HARMFUL_MS = 60_000;

/**
 * How far the server's clock is from this machine's. The answer was given somewhere within the round
 * trip, taken to be its middle, so that half of the trip is the error (Cristian, 1989).
 */
export function clockFinding({ askedAt, theirs, roundTripMs }: Reading): Finding {
  const offsetMs = theirs - (askedAt + roundTripMs / 2);
  const distance = Math.abs(offsetMs);
  const error = `± ${milliseconds(roundTripMs / 2)}`;
  if (distance - roundTripMs / 2 < NOTABLE_MS) {
    return ok(`${milliseconds(distance)} from this machine's, ${error}`);
  }
  const detail = `${milliseconds(distance)} ${offsetMs > 0 ? 'ahead of' : 'behind'} this machine's, ${error}`;
  const fix = 'timedatectl set-ntp true  # on the machine that is wrong';
  return distance < HARMFUL_MS ? warn(detail, fix) : fail(detail, fix);
}
