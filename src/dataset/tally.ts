/** What became of the rows of one file: read = inserted + skipped, whatever is in it. */
export interface Tally {
  /** The file's name, without its folder. */
  readonly file: string;
  /** What a row is, in the singular; reasons begin with it. */
  readonly noun: string;
  read: number;
  inserted: number;
  /** How many rows were not kept, by reason: `post-without-user`. */
  readonly reasons: Record<string, number>;
}

/** One file's part of an import's result. */
export interface FileReport {
  readonly file: string;
  readonly read: number;
  readonly inserted: number;
  readonly skipped: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export function newTally(file: string, noun: string): Tally {
  return { file, noun, read: 0, inserted: 0, reasons: {} };
}

/** Counts rows that are not kept. */
export function skip(tally: Tally, reason: string, rows = 1): void {
  if (rows === 0) return;
  const key = `${tally.noun}-${reason}`;
  tally.reasons[key] = (tally.reasons[key] ?? 0) + rows;
}

/**
 * The files' reports and their sum.
 *
 * @throws Error when a row was lost on the way, which would be a bug; the load is then undone
 */
export function reportOf(tallies: readonly Tally[]) {
  const files = tallies.map(({ file, read, inserted, reasons }): FileReport => {
    const skipped = sum(Object.values(reasons));
    if (read !== inserted + skipped) {
      throw new Error(`${file}: of ${read} rows ${inserted} were kept and ${skipped} left out`);
    }
    return { file, read, inserted, skipped, reasons };
  });
  const reasons: Record<string, number> = {};
  for (const [reason, rows] of files.flatMap((report) => Object.entries(report.reasons))) {
    reasons[reason] = (reasons[reason] ?? 0) + rows;
  }
  return {
    read: sum(files.map(({ read }) => read)),
    inserted: sum(files.map(({ inserted }) => inserted)),
    skipped: sum(files.map(({ skipped }) => skipped)),
    reasons,
    files,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
