/** How large the network is, and how long is measured. */
export interface Scale {
  readonly name: 'full' | 'small';
  readonly users: number;
  readonly follows: number;
  /** Posts of the three sizes between which growth is measured; the last is where all else is. */
  readonly posts: readonly [number, number, number];
  /** Followees of the readers that are measured. */
  readonly profiles: readonly number[];
  /** How many readers of each profile, where there are so many. */
  readonly readers: number;
  readonly rounds: number;
  /** How long one turn of a throughput is measured, milliseconds. */
  readonly turnMs: number;
}

export const SCALES: Readonly<Record<Scale['name'], Scale>> = {
  full: {
    name: 'full',
    users: 100_000,
    follows: 3_000_000,
    posts: [20_000, 200_000, 2_000_000],
    profiles: [31, 130, 1_350, 5_000],
    readers: 5,
    rounds: 6,
    turnMs: 1_000,
  },
  /** Shows that the suite works, not how fast anything is. */
  small: {
    name: 'small',
    users: 1_000,
    follows: 20_000,
    posts: [200, 2_000, 20_000],
    profiles: [31, 500],
    readers: 2,
    rounds: 1,
    turnMs: 100,
  },
};

/** Posts of the network on which everything but growth is measured. */
export function postsOf({ posts }: Scale): number {
  return posts[2];
}
