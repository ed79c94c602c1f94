import { RequestError } from '../../errors.js';
import type { Screen } from '../../output/screen.js';
import { type MigrationStatus, migrationStatus } from '../../schema/migrations.js';
import type { Context } from '../context.js';

export async function run(
  { stores, screen }: Context,
  options: { exitCode?: boolean },
): Promise<void> {
  const status = await migrationStatus(stores.postgres());
  screen.show(status, render);
  const { pending, drifted } = status;
  if (options.exitCode && pending.length + drifted.length > 0) {
    throw new RequestError(
      'schema-behind',
      `${pending.length} pending, ${drifted.length} drifted`,
      'run: socialdb migrate',
    );
  }
}

function render(status: MigrationStatus, { style }: Screen): string {
  const drifted = new Set(status.drifted);
  return [
    ...status.applied.map((name) =>
      drifted.has(name)
        ? `${style.red('drifted')}  ${name}  changed after it was applied`
        : `${style.green('applied')}  ${name}`,
    ),
    ...status.pending.map((name) => `${style.yellow('pending')}  ${name}`),
    ...status.unknown.map((name) => `${style.yellow('unknown')}  ${name}  from a newer socialdb`),
  ].join('\n');
}
