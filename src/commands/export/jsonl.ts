import { exportJsonl } from '../../dataset/jsonl/export.js';
import type { Context } from '../context.js';
import { LOAD_TIMEOUT_MS, renderCounts, withProgress } from '../import/loading.js';

export async function run(context: Context, folder: string): Promise<void> {
  const sql = context.stores.postgres(LOAD_TIMEOUT_MS);
  const result = await withProgress(context, 'Exporting', (options) =>
    exportJsonl(sql, folder, options),
  );
  context.screen.show(result, renderCounts);
  context.screen.note(`Next: socialdb import jsonl ${folder}, into another database`);
}
