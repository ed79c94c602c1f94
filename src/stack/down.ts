import { join } from 'node:path';
import { StoreError } from '../errors.js';
import { withStackLock } from './lock.js';
import { endOrphans, endServer, serverIn } from './process.js';
import type { Service, StackReport } from './service.js';
import { SERVICES } from './services.js';
import { existingFolder } from './site.js';
import { readState, recordedService, recordService, writeState } from './state.js';
import { stackStatus } from './status.js';

export interface DownOptions {
  /** Told what is being done, a line at a time. */
  readonly onProgress?: (text: string) => void;
}

/**
 * Stops the servers, the last started first, each within a bound; their data stays.
 *
 * @throws StoreError when a server cannot be ended
 */
export async function stackDown(home: string, options: DownOptions = {}): Promise<StackReport> {
  const folder = existingFolder(home);
  if (!folder) return stackStatus(home);
  return withStackLock(home, undefined, async () => {
    for (const service of SERVICES.toReversed()) {
      options.onProgress?.(`stopping ${service.title}`);
      await stopServer(home, folder, service);
    }
    await forgetFailedDownload(home);
    return stackStatus(home);
  });
}

/** Stops one server and records that it is down. */
export async function stopServer(home: string, folder: string, service: Service): Promise<void> {
  await endService(folder, service);
  const recorded = recordedService(home, service.name);
  if (recorded) await recordService(home, { ...recorded, running: false });
}

/**
 * Ends a server's process, where there is one, and what is left of one that was killed.
 *
 * @throws StoreError when it outlives every signal
 */
export async function endService(folder: string, service: Service): Promise<void> {
  const directory = join(folder, service.name);
  const pid = await serverIn(directory, service.pidFile);
  if (pid !== undefined && !(await endServer(directory, pid, service.endings))) {
    throw new StoreError(
      'stack-will-not-stop',
      `${service.title} (process ${pid}) does not end`,
      `if it is another user's, run this as that user; otherwise: kill -9 ${pid}`,
    );
  }
  await endOrphans(directory, folder);
}

/** The next `stack up` may try to download mongod again. */
async function forgetFailedDownload(home: string): Promise<void> {
  const state = readState(home);
  if (!state?.mongodDownload) return;
  const { mongodDownload: _forgotten, ...kept } = state;
  await writeState(home, kept);
}
