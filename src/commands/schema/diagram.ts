import { RequestError } from '../../errors.js';
import { mermaid } from '../../output/mermaid.js';
import { readDiagram } from '../../schema/diagram.js';
import type { Context } from '../context.js';

export async function run({ stores, screen }: Context): Promise<void> {
  const diagram = await readDiagram(stores.postgres());
  if (diagram.tables.length === 0) {
    throw new RequestError('no-tables', 'there are no tables to draw', 'run: socialdb migrate');
  }
  screen.show(diagram, mermaid);
}
