import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { type DownOptions, endService } from './down.js';
import { withStackLock } from './lock.js';
import { type StackReport, unserved } from './service.js';
import { SERVICES } from './services.js';
import { candidateFolders, SYSTEM_FOLDER } from './site.js';
import { statePath } from './state.js';

export interface DestroyReport extends StackReport {
  /** The files and folders that `stack up` made: gone now, or with a dry run, still there. */
  readonly removed: string[];
}

/** What `destroy` would remove of the stack of `home`. */
export function stackBelongings(home: string): string[] {
  return [...candidateFolders(home), statePath(home)].filter((path) => existsSync(path));
}

/**
 * Stops the servers and removes their programs, data, logs and passwords; SOCIALDB_HOME itself and
 * whatever else lies in it stay.
 *
 * @throws StoreError when a server cannot be ended; nothing is removed then
 */
export async function stackDestroy(
  home: string,
  options: DownOptions = {},
): Promise<DestroyReport> {
  const services = SERVICES.map((service) => unserved(service, 'absent', null));
  if (stackBelongings(home).length === 0) return { services, removed: [] };
  return withStackLock(home, undefined, async () => {
    const removed = stackBelongings(home);
    for (const folder of candidateFolders(home)) {
      for (const service of SERVICES.toReversed()) {
        options.onProgress?.(`stopping ${service.title}`);
        await endService(folder, service);
      }
    }
    for (const path of removed) await rm(path, { recursive: true, force: true });
    // Root's stacks share a parent, which the last of them takes along.
    await rmdir(SYSTEM_FOLDER).catch(() => {});
    return { services, removed };
  });
}
