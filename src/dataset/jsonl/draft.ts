import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { RequestError } from '../../errors.js';

/**
 * Makes a folder whole or not at all: `work` fills a draft beside it, which becomes the folder when
 * it is done. What a draft that was killed has left goes when the next one begins.
 *
 * @param folder one that is not there, or is empty
 * @throws RequestError `export-exists` when something is in it; then `work` is not begun
 */
export async function writeFolder(
  folder: string,
  work: (draft: string) => Promise<void>,
): Promise<void> {
  const path = resolve(folder);
  await refuseFull(path);
  await mkdir(dirname(path), { recursive: true });
  await removeLeftOvers(path);
  const draft = `${path}.partial-${process.pid}`;
  await mkdir(draft);
  try {
    await work(draft);
    // An empty folder gives way to it, one that is not does not.
    await rename(draft, path).catch(async (error) => {
      await refuseFull(path);
      throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function refuseFull(path: string): Promise<void> {
  const files = await readdir(path).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (files.length === 0) return;
  throw new RequestError('export-exists', `${path} is not empty`, 'name another folder');
}

async function removeLeftOvers(path: string): Promise<void> {
  const prefix = `${basename(path)}.partial-`;
  for (const name of await readdir(dirname(path))) {
    const pid = name.startsWith(prefix) && Number(name.slice(prefix.length));
    if (!pid || isAlive(pid)) continue;
    await rm(join(dirname(path), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH';
  }
}
