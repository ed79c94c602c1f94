import { join } from 'node:path';
import { InterruptedError, messageOf, RequestError, SocialdbError, StoreError } from '../errors.js';
import { stopServer } from './down.js';
import { withStackLock } from './lock.js';
import { serverIn } from './process.js';
import {
  running,
  type Service,
  type ServiceStatus,
  type StackReport,
  type UpOptions,
  unserved,
} from './service.js';
import { SERVICES } from './services.js';
import { prepareSite, type Site } from './site.js';
import { logOf, startServer, untilAnswers } from './start.js';
import { recordedService, recordService } from './state.js';

/** For a server that runs already; after a crash it may still be recovering. */
const KEEP_PATIENCE_MS = 10_000;

/**
 * Starts the servers that do not run yet. Those that run are kept, those that died come up again on
 * their data. Without Redis or MongoDB the stack stands, and their `reason` says what is missing.
 *
 * @param home SOCIALDB_HOME; made where it does not exist
 * @throws StoreError when PostgreSQL cannot be started; what this call has started is stopped again
 */
export async function stackUp(home: string, options: UpOptions = {}): Promise<StackReport> {
  if (process.platform === 'win32') {
    throw new RequestError(
      'stack-unsupported',
      'the embedded stack runs on Linux and macOS',
      'use WSL, or: docker compose up --wait',
    );
  }
  const wanted = SERVICES.filter(({ name }) => options.services?.includes(name) ?? true);
  try {
    return await withStackLock(home, options.signal, async () => {
      const site = await prepareSite(home);
      return { services: await bringUpAll(site, wanted, options) };
    });
  } catch (error) {
    throw options.signal?.aborted ? new InterruptedError() : error;
  }
}

async function bringUpAll(
  site: Site,
  wanted: readonly Service[],
  options: UpOptions,
): Promise<ServiceStatus[]> {
  const started: Service[] = [];
  const services: ServiceStatus[] = [];
  try {
    for (const service of wanted) {
      options.onProgress?.(`starting ${service.title}`);
      services.push(await bringUp(site, service, options, () => started.push(service)));
    }
    options.signal?.throwIfAborted();
    return services;
  } catch (error) {
    for (const service of started.reverse()) await stopServer(site.home, site.folder, service);
    throw error;
  }
}

async function bringUp(
  site: Site,
  service: Service,
  options: UpOptions,
  onStarted: () => void,
): Promise<ServiceStatus> {
  try {
    const kept = await keep(site, service);
    if (kept) return kept;
    const program = await service.find(site, options);
    if ('missing' in program) return unserved(service, 'absent', program.missing);
    const { url, version } = await startServer(site, service, program, options);
    onStarted();
    return running(service, program.kind, url, version);
  } catch (error) {
    if (options.signal?.aborted || error instanceof SocialdbError) throw error;
    const reason = messageOf(error);
    if (service.name !== 'postgres') return unserved(service, 'failed', reason);
    throw new StoreError(
      'stack-failed',
      `${service.title} does not start: ${reason}`,
      `see ${logOf(site.folder, service)}`,
      { cause: error },
    );
  }
}

/** A server that runs already, as soon as it answers; undefined where one has to be started. */
async function keep(site: Site, service: Service): Promise<ServiceStatus | undefined> {
  const { name } = service;
  const current = () => serverIn(join(site.folder, name), service.pidFile);
  const pid = await current();
  if (pid === undefined) return undefined;
  const recorded = recordedService(site.home, name);
  if (!recorded) {
    throw new Error(`process ${pid} serves, but its password is lost; run: socialdb stack destroy`);
  }
  const waiting = {
    patienceMs: KEEP_PATIENCE_MS,
    ended: async () => ((await current()) === pid ? undefined : 'it ended'),
  };
  try {
    const version = await untilAnswers(waiting, () => service.version(recorded.url));
    await recordService(site.home, { ...recorded, running: true });
    return running(service, recorded.kind, recorded.url, version);
  } catch {
    // It was dying when we came.
    if ((await current()) === undefined) return undefined;
    throw new Error(`process ${pid} does not answer; stop it first: socialdb stack down`);
  }
}
