import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort, { clearLockedPorts, portNumbers } from 'get-port';
import { messageOf } from '../errors.js';
import { endServer, launch } from './process.js';
import { type Program, passwordOf, portOf, type Service, type UpOptions } from './service.js';
import type { Site } from './site.js';
import { recordedService, recordService } from './state.js';

const PORT_TRIES = 5;
const PORTS = 100;

export interface Answer {
  readonly url: string;
  readonly version: string;
}

export function logOf(folder: string, service: Service): string {
  return join(folder, `${service.name}.log`);
}

/**
 * Starts one server on its data, with its password of last time, on its port of last time where
 * that is still free, and waits until it answers.
 *
 * @throws Error that says in one line why it did not; nothing of it runs then
 */
export async function startServer(
  site: Site,
  service: Service,
  { kind, program }: Program,
  options: UpOptions,
): Promise<Answer> {
  const { name } = service;
  const recorded = recordedService(site.home, name);
  const password = recorded ? passwordOf(recorded.url) : randomBytes(24).toString('base64url');
  const tried: number[] = [];
  for (;;) {
    const port = await freePort(service, recorded && portOf(recorded.url), tried);
    tried.push(port);
    const url = service.url(port, password);
    // Before there is data: a password that went missing could not be found again.
    await recordService(site.home, { name, kind, url, running: false });
    const directory = join(site.folder, name);
    await service.prepare(site, directory, url, options);
    const log = logOf(site.folder, service);
    const command = service.command(directory, url, options);
    const server = launch({ program, directory, log, user: site.user, ...command });
    try {
      const waiting = { ...options, ended: server.endedBy, patienceMs: service.patienceMs };
      const version = await untilAnswers(waiting, async () => {
        await service.settle?.(url);
        return service.version(url);
      });
      await recordService(site.home, { name, kind, url, running: true });
      server.release();
      return { url, version };
    } catch (error) {
      if (server.pid) await endServer(directory, server.pid, service.endings);
      options.signal?.throwIfAborted();
      const said = readLog(log);
      if (/address already in use/i.test(said) && tried.length < PORT_TRIES) continue;
      throw new Error([messageOf(error), lastWords(said)].filter(Boolean).join(': '));
    }
  }
}

function freePort(service: Service, last: number | undefined, tried: number[]): Promise<number> {
  // get-port withholds what it gave within half a minute; a server that was stopped comes back.
  clearLockedPorts();
  const range = portNumbers(service.firstPort, service.firstPort + PORTS - 1);
  return getPort({
    host: '127.0.0.1',
    port: [...(last ? [last] : []), ...range],
    exclude: tried,
  });
}

interface Waiting {
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
  /** Why the server's process is gone, once it is. */
  readonly ended?: () => string | undefined;
}

/** Asks again and again, until there is an answer, the process is gone, or patience is at its end. */
export async function untilAnswers<T>(waiting: Waiting, ask: () => Promise<T>): Promise<T> {
  const end = Date.now() + waiting.patienceMs;
  for (;;) {
    waiting.signal?.throwIfAborted();
    const ended = waiting.ended?.();
    if (ended) throw new Error(ended);
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw new Error(`it does not answer: ${messageOf(error)}`);
    }
    await sleep(50, undefined, waiting);
  }
}

function readLog(log: string): string {
  try {
    return readFileSync(log, 'utf8');
  } catch {
    return '';
  }
}

/** What a server that would not start wrote last that sounds like a cause. */
function lastWords(log: string): string {
  const lines = log.trimEnd().split('\n');
  const line = lines.filter((line) => /FATAL|PANIC|error|fail|cannot/i.test(line)).at(-1);
  return (line ?? lines.at(-1) ?? '').replace(/^.*?(?=FATAL|PANIC)/, '').trim();
}
