import { migrate, pendingMigrations } from '../../schema/migrations.js';
import type { Context } from '../context.js';

const TIMEOUT_MS = 600_000;

export async function run(
  { stores, screen, interrupted }: Context,
  options: { dryRun?: boolean },
): Promise<void> {
  const sql = stores.postgres(TIMEOUT_MS);
  if (options.dryRun) {
    const pending = await pendingMigrations(sql);
    screen.show({ pending: pending.map(({ name }) => name), locks: locksOf(pending) }, () =>
      pending.length === 0
        ? 'Nothing to do: the schema is up to date.'
        : pending.map((migration) => migration.sql.trimEnd()).join('\n\n'),
    );
    for (const { name, locks } of pending) screen.note(`${name} locks: ${locks}`);
    return;
  }
  const { applied, status } = await migrate(sql, interrupted);
  screen.show({ ...status, applied, pending: status.pending }, () =>
    applied.length === 0
      ? 'Nothing to do: the schema is up to date.'
      : applied.map((name) => `${screen.style.green('applied')} ${name}`).join('\n'),
  );
}

function locksOf(pending: { name: string; locks: string }[]): Record<string, string> {
  return Object.fromEntries(pending.map(({ name, locks }) => [name, locks]));
}
