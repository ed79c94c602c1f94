import { completePlan } from '../dataset/seed/plan.js';
import { seed } from '../dataset/seed/seed.js';
import { microsOf } from '../dataset/timestamps.js';
import { UsageError } from '../errors.js';
import type { Context } from './context.js';
import { renderCounts, runLoad } from './import/loading.js';

interface SeedFlags {
  readonly users?: number;
  readonly posts?: number;
  readonly follows?: number;
  readonly comments?: number;
  readonly likes?: number;
  readonly seed: string;
  readonly until: string;
  readonly append?: boolean;
}

export async function run(context: Context, flags: SeedFlags): Promise<void> {
  const { until, append, ...sizes } = flags;
  const plan = completePlan({ ...sizes, until: momentOf(until) });
  await runLoad(
    context,
    'Seeding',
    async (sql, options) => ({
      ...(await seed(sql, plan, { ...options, append })),
      seed: plan.seed,
    }),
    renderCounts,
  );
}

/** @returns microseconds since 2000-01-01 UTC */
function momentOf(text: string): number {
  const iso = text === 'now' ? new Date().toISOString() : text;
  const micros = microsOf(/^\d{4}-\d\d-\d\d$/.test(iso) ? `${iso}T00:00:00Z` : iso);
  // Numbers are exact for 285 years from 2000 on, in both directions.
  if (micros !== undefined && Number.isSafeInteger(Number(micros))) return Number(micros);
  throw new UsageError(
    'bad-time',
    `'${text}' is no time`,
    'give a day, a time such as 2026-11-01T12:00:00Z, or now',
  );
}
