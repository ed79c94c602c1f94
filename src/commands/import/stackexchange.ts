import { importStackExchange } from '../../dataset/stackexchange/import.js';
import type { Context } from '../context.js';
import { renderImport, runLoad } from './loading.js';

export async function run(
  context: Context,
  folder: string,
  { site }: { site?: string },
): Promise<void> {
  await runLoad(
    context,
    'Importing',
    (sql, options) => importStackExchange(sql, { folder, site }, options),
    renderImport,
  );
}
