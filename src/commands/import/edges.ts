import { importEdges } from '../../dataset/edges/import.js';
import type { Context } from '../context.js';
import { renderImport, runLoad } from './loading.js';

export async function run(
  context: Context,
  file: string,
  { graph, undirected }: { graph?: string; undirected?: boolean },
): Promise<void> {
  await runLoad(
    context,
    'Importing',
    (sql, options) => importEdges(sql, { file, graph, undirected }, options),
    renderImport,
  );
}
