import type { SocialdbError } from '../errors.js';
import type { Stores } from '../stores/stores.js';
import type { Diagnosis } from './check.js';
import { type Examination, examine, namesIn } from './examine.js';
import { mongodbExamination } from './mongodb/examination.js';
import { postgresExamination } from './postgres/examination.js';
import { redisExamination } from './redis/examination.js';
import { type Selection, validSelection } from './selection.js';

export interface Health {
  readonly checks: Diagnosis[];
  /** Why PostgreSQL, without which nothing works, could not be asked. */
  readonly unreachable: SocialdbError | undefined;
}

/** Beyond the bound on one operation, for the greeting before it, milliseconds. */
const GRACE_MS = 500;

/**
 * Examines all stores at once, within little more than the time of one operation; changes nothing.
 *
 * @throws UsageError `unknown-check`
 */
export async function diagnose(stores: Stores, selection: Selection = {}): Promise<Health> {
  const { config } = stores;
  const endAt = performance.now() + config.timeoutMs + GRACE_MS;
  const postgres = postgresExamination(stores);
  const redis = redisExamination(stores);
  const mongodb = mongodbExamination(stores);
  validSelection(selection, [...namesIn(postgres), ...namesIn(redis), ...namesIn(mongodb)]);
  const of = <Subject>(examination: Examination<Subject>) =>
    examine(examination, { config, selection, endAt });
  const [truth, ...others] = await Promise.all([of(postgres), of(redis), of(mongodb)]);
  const checks = [truth, ...others].flatMap(({ diagnoses }) => diagnoses);
  return { checks, unreachable: truth.unreachable };
}
