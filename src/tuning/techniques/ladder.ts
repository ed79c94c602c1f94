import { RequestError, UsageError } from '../../errors.js';
import type { Sql } from '../../stores/postgres.js';
import { hypopgHiding } from './hypopg-hiding.js';
import { hypotheticalIndex } from './hypothetical.js';
import { lockingVariant } from './locking.js';
import { rolledBackHiding } from './rolled-back-hiding.js';
import { sampledCopy } from './sampled-copy.js';
import type { StageRequest, Technique } from './technique.js';

/**
 * The techniques, the best first. Who allows locks would have the real tables measured, so that comes
 * before the copy.
 */
const LADDER: readonly Technique[] = [
  hypopgHiding,
  rolledBackHiding,
  lockingVariant,
  sampledCopy,
  hypotheticalIndex,
];

export interface Choice {
  readonly technique: Technique;
  /** Better ones, and why they could not be used. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The best technique that can be used here, or the one that is named.
 *
 * @param named the key of a technique
 * @throws RequestError `no-technique` when none can, with what each would need; UsageError
 *   `unknown-technique`
 */
export async function chooseTechnique(
  sql: Sql,
  request: StageRequest,
  named?: string,
): Promise<Choice> {
  const candidates = named === undefined ? LADDER : [techniqueOf(named)];
  const passedOver: { name: string; reason: string }[] = [];
  for (const technique of candidates) {
    const reason = await technique.obstacle(sql, request);
    if (reason === undefined) return { technique, passedOver };
    passedOver.push({ name: technique.name, reason });
  }
  throw new RequestError(
    'no-technique',
    `no way to compare works here: ${passedOver.map(({ name, reason }) => `${name}, ${reason}`).join('; ')}`,
    named === undefined
      ? 'name a role of the primary that may write temporary tables, or a superuser, in DATABASE_URL'
      : 'leave out --technique for the best one that works here',
  );
}

function techniqueOf(named: string): Technique {
  const technique = LADDER.find(({ key }) => key === named);
  if (technique) return technique;
  throw new UsageError(
    'unknown-technique',
    `there is no technique '${named}'`,
    `one of: ${LADDER.map(({ key }) => key).join(', ')}`,
  );
}
