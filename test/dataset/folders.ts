import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** A folder for the files of one test file, removed when it is done. */
export function useFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'socialdb-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
