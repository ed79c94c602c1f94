import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

const PLACE = /(?<file>\/[^():\n]+):(?<line>\d+):(?<column>\d+)/g;

/**
 * The stack of what was thrown, in terms of the sources: a place in a file that has a source map
 * beside it becomes the place that it was built from. Node's own way of doing this reads the map at
 * every start, bug or not.
 */
export function stackOf(thrown: unknown): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? String(thrown)) : String(thrown);
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(PLACE, (place, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
    const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!entry || !('originalSource' in entry)) return place;
    const source = relative(process.cwd(), resolve(dirname(file), entry.originalSource));
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

function readMap(path: string): SourceMap | undefined {
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}
