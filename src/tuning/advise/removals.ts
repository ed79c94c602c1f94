import type { IndexEntry } from '../indexes.js';

/** An index to drop. */
export interface Removal {
  readonly name: string;
  readonly sizeBytes: number;
  readonly reason: string;
  readonly command: string;
}

/** Below this an index costs so little that dropping it is not worth the risk. */
const NOTABLE_BYTES = 1024 ** 2;

/** The indexes that could go, the largest first. */
export function removals(indexes: readonly IndexEntry[]): Removal[] {
  return indexes
    .flatMap((index) => {
      const reason = reasonToDrop(index);
      const command = `socialdb index drop ${index.name}`;
      return reason ? [{ name: index.name, sizeBytes: index.sizeBytes ?? 0, reason, command }] : [];
    })
    .sort((a, b) => b.sizeBytes - a.sizeBytes);
}

function reasonToDrop(index: IndexEntry): string | undefined {
  const { missing, valid, known, backs, redundant, scans, sizeBytes } = index;
  if (missing || backs) return undefined;
  if (redundant?.because === 'equal') return `the same as ${redundant.to}`;
  if (redundant) return `${redundant.to} begins with it`;
  if (!valid && !known) return 'invalid: its build did not end';
  const unused = scans === 0 && !known && (sizeBytes ?? 0) >= NOTABLE_BYTES;
  return unused ? 'never used since the statistics were reset' : undefined;
}
