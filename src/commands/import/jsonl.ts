import { importJsonl } from '../../dataset/jsonl/import.js';
import type { Context } from '../context.js';
import { renderImport, runLoad } from './loading.js';

export async function run(context: Context, folder: string): Promise<void> {
  await runLoad(
    context,
    'Importing',
    (sql, options) => importJsonl(sql, folder, options),
    renderImport,
  );
}
