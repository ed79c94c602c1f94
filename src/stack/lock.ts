import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, RequestError } from '../errors.js';

const PATIENCE_MS = 60_000;

/**
 * Runs `work` while no other process starts, stops or removes the stack of `home`; waits for its
 * turn up to a minute. A lock whose owner is gone is taken over.
 *
 * @param signal gives up waiting
 * @throws RequestError when another process keeps the lock, or the folder cannot be used
 */
export async function withStackLock<T>(
  home: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await mkdir(home, { recursive: true });
    return await withLock(join(home, 'stack.lock'), signal, work);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new RequestError(
      'stack-folder-unusable',
      `the folder of the stack cannot be used: ${messageOf(error)}`,
      'set SOCIALDB_HOME to a folder of your own',
      { cause: error },
    );
  }
}

async function withLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const token = `${process.pid} ${randomUUID()}`;
  const draft = `${path}.${token.slice(-36)}`;
  await writeFile(draft, token, { mode: 0o600 });
  try {
    const end = Date.now() + PATIENCE_MS;
    while (!(await acquire(path, draft, token))) {
      if (Date.now() > end) throw await busy(path);
      await sleep(100, undefined, { signal });
    }
    return await work();
  } finally {
    if ((await ownerOf(path)) === token) await rm(path, { force: true });
    await rm(draft, { force: true });
  }
}

async function acquire(path: string, draft: string, token: string): Promise<boolean> {
  try {
    // Linking makes the lock with its content in one step; an empty lock is never seen.
    await link(draft, path);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  if (!(await isAbandoned(path))) return false;
  await writeFile(`${draft}.new`, token, { mode: 0o600 });
  await rename(`${draft}.new`, path);
  // Of two that take over at once, the later rename stands, and the earlier sees it here.
  await sleep(100);
  return (await ownerOf(path)) === token;
}

async function isAbandoned(path: string): Promise<boolean> {
  const [owner, file] = await Promise.all([ownerOf(path), stat(path).catch(() => undefined)]);
  if (!owner || !file) return false;
  // A lock from before the machine started: its process number may be another's by now.
  if (file.mtimeMs < Date.now() - uptime() * 1000) return true;
  try {
    process.kill(Number.parseInt(owner, 10), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

async function ownerOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function busy(path: string): Promise<RequestError> {
  const process = Number.parseInt(await ownerOf(path), 10);
  return new RequestError(
    'stack-busy',
    `another socialdb (process ${process}) is starting or stopping this stack`,
    `wait for it to end; if there is no such process, remove ${path}`,
  );
}
