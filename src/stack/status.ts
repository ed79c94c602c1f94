import { join } from 'node:path';
import { serverIn } from './process.js';
import {
  running,
  type Service,
  type ServiceStatus,
  type StackReport,
  unserved,
} from './service.js';
import { SERVICES } from './services.js';
import { existingFolder } from './site.js';
import { logOf } from './start.js';
import { readState, type StackState } from './state.js';

/**
 * Asks each server of the stack how it is; changes nothing.
 *
 * @param home SOCIALDB_HOME
 * @throws RequestError when the state file is another user's or damaged
 */
export async function stackStatus(home: string): Promise<StackReport> {
  const state = readState(home);
  const folder = existingFolder(home);
  return {
    services: await Promise.all(
      SERVICES.map((service) =>
        folder && state
          ? statusOf(folder, state, service)
          : unserved(service, 'absent', 'never started'),
      ),
    ),
  };
}

async function statusOf(
  folder: string,
  state: StackState,
  service: Service,
): Promise<ServiceStatus> {
  const recorded = state.services.find(({ name }) => name === service.name);
  if (!recorded) {
    const reason = service.name === 'mongodb' ? state.mongodDownload?.reason : undefined;
    return unserved(service, 'absent', reason ?? 'never started');
  }
  const { kind, url } = recorded;
  const pid = await serverIn(join(folder, service.name), service.pidFile);
  if (pid === undefined) {
    const died = recorded.running ? `it ended by itself; its log: ${logOf(folder, service)}` : null;
    return unserved(service, 'stopped', died, kind);
  }
  try {
    return running(service, kind, url, await service.version(url));
  } catch {
    return unserved(service, 'failed', `process ${pid} does not answer`, kind);
  }
}
