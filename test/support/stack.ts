import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redactUrl } from '../../src/config.js';
import { messageOf } from '../../src/errors.js';
import { stackDestroy } from '../../src/stack/destroy.js';
import { SERVICES } from '../../src/stack/services.js';
import { SETTING_OF, type ServiceName, stackSettings } from '../../src/stack/state.js';
import { stackUp } from '../../src/stack/up.js';

const PREFIX = 'socialdb-test-';
export const LAB_PREFIX = 'lab-';

/** A server that the tests run on, or the reason why there is none. */
export interface TestServer {
  readonly name: ServiceName;
  readonly title: string;
  readonly url: string | undefined;
  /** Version and address, or the reason. */
  readonly detail: string;
}

/** A SOCIALDB_HOME for this run; the servers' user may pass through it. */
export async function makeHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  await chmod(home, 0o711);
  return home;
}

/** Ends and removes the stack of a run, and those that its tests made below it. */
export async function removeHome(home: string): Promise<void> {
  for (const name of readdirSync(home)) {
    if (name.startsWith(LAB_PREFIX)) await stackDestroy(join(home, name));
  }
  await stackDestroy(home);
  await rm(home, { recursive: true, force: true });
}

/** Removes the stacks of runs that were killed. */
export async function removeAbandonedHomes(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) && Number.parseInt(name.slice(PREFIX.length), 10);
    if (pid && !isAlive(pid)) await removeHome(join(tmpdir(), name)).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH';
  }
}

/**
 * The servers for the tests: those that the environment names, and a throw-away stack for the rest.
 *
 * @param named URLs by server; an empty one means: run without it
 */
export async function startServers(
  home: string,
  named: Readonly<Record<ServiceName, string | undefined>>,
  signal: AbortSignal,
): Promise<TestServer[]> {
  const wanted = SERVICES.map(({ name }) => name).filter((name) => named[name] === undefined);
  const started = await stackUp(home, {
    services: wanted,
    throwaway: true,
    download: false,
    signal,
  });
  const urls = stackSettings(home);
  return Promise.all(
    SERVICES.map(async ({ name, title, version }) => {
      const url = named[name] ?? urls[SETTING_OF[name]];
      const reason = started.services.find((service) => service.name === name)?.reason;
      if (!url) return { name, title, url: undefined, detail: reason ?? 'switched off' };
      const address = redactUrl(url);
      return version(url).then(
        (version) => ({ name, title, url, detail: `${version} at ${address}` }),
        (error) => ({ name, title, url: undefined, detail: `${address}: ${messageOf(error)}` }),
      );
    }),
  );
}
