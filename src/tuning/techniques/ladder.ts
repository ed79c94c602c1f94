import { RequestError } from '../../errors.js';
import type { Sql } from '../../stores/postgres.js';
import { rolledBackHiding } from './rolled-back-hiding.js';
import type { Technique } from './technique.js';

/** The techniques, the best first. */
const LADDER: readonly Technique[] = [rolledBackHiding];

export interface Choice {
  readonly technique: Technique;
  /** Better ones, and why they could not be used. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The best technique that can be used here.
 *
 * @throws RequestError `no-technique` when none can, with what each would need
 */
export async function chooseTechnique(sql: Sql): Promise<Choice> {
  const passedOver: { name: string; reason: string }[] = [];
  for (const technique of LADDER) {
    const reason = await technique.obstacle(sql);
    if (reason === undefined) return { technique, passedOver };
    passedOver.push({ name: technique.name, reason });
  }
  throw new RequestError(
    'no-technique',
    `no way to compare works here: ${passedOver.map(({ name, reason }) => `${name}, ${reason}`).join('; ')}`,
    'name a superuser of the primary in DATABASE_URL, as the embedded stack does: socialdb stack up',
  );
}
