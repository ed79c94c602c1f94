import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { RequestError } from '../errors.js';

const run = promisify(execFile);

/** The user that the servers run as, where it is not the one who runs socialdb. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where the servers keep their files, and who they are. */
export interface Site {
  /** SOCIALDB_HOME, symbolic links resolved. */
  readonly home: string;
  /** The folder that holds programs, data and logs, all of it made by us. */
  readonly folder: string;
  /** Undefined: the servers run as whoever runs socialdb. */
  readonly user: ServerUser | undefined;
}

/** Root's home folders are closed to others, so what root's stack serves from there lies here. */
export const SYSTEM_FOLDER = '/var/lib/socialdb';

/** Both places in which the stack of `home` may keep its files. */
export function candidateFolders(home: string): [inHome: string, system: string] {
  const real = existsSync(home) ? realpathSync(home) : home;
  const digest = createHash('sha256').update(real).digest('hex').slice(0, 12);
  return [join(real, 'stack'), join(SYSTEM_FOLDER, digest)];
}

/** The folder of a stack that was started once. */
export function existingFolder(home: string): string | undefined {
  return candidateFolders(home).find((folder) => existsSync(folder));
}

/**
 * Decides where the servers' files lie and which user they belong to.
 *
 * PostgreSQL refuses to run as root, so root's servers run as `postgres` or `nobody`; that user has
 * to be able to reach their files, which under /root (mode 0700) it is not.
 *
 * @param home SOCIALDB_HOME; must exist
 * @throws RequestError where socialdb runs as root and no such user exists
 */
export async function prepareSite(home: string): Promise<Site> {
  const [inHome, system] = candidateFolders(home);
  const existing = existingFolder(home);
  const user = process.getuid?.() === 0 ? await serverUser(existing) : undefined;
  const folder = existing ?? (!user || (await canPass(user, home)) ? inHome : system);
  await mkdir(folder, { recursive: true });
  if (folder === system) await chmod(SYSTEM_FOLDER, 0o755);
  await chmod(folder, 0o755);
  return { home: realpathSync(home), folder, user };
}

/** Makes a folder for one server, closed to everyone else. */
export async function makePrivate(directory: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (user) await chown(directory, user.uid, user.gid);
}

async function serverUser(folder: string | undefined): Promise<ServerUser> {
  // Data that is there already stays with its owner, whoever has moved in since.
  const data = folder && statSync(join(folder, 'postgres'), { throwIfNoEntry: false });
  if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const [, , uid, gid] = lines.find(([user]) => user === name) ?? [];
    // initdb looks its user up by number, so a number without a name would not do.
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new RequestError(
    'no-server-user',
    'PostgreSQL does not run as root, and there is no user postgres or nobody to run it as',
    'run: useradd --system postgres',
  );
}

/**
 * A program as the servers' user can run it: itself, or a copy where it lies out of that user's
 * reach, as a download under /root does.
 */
export async function reachable({ folder, user }: Site, program: string): Promise<string> {
  if (!user || (await canPass(user, program))) return program;
  const copy = join(folder, basename(program));
  if (existsSync(copy)) return copy;
  await copyFile(program, `${copy}.new`);
  await chmod(`${copy}.new`, 0o755);
  await rename(`${copy}.new`, copy);
  return copy;
}

async function canPass({ uid, gid }: ServerUser, path: string): Promise<boolean> {
  // Asked as that user, which takes in every parent folder and access control list.
  return run('/bin/sh', ['-c', 'test -x "$0"', path], { uid, gid, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
