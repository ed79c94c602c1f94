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
  program: Program,
  options: UpOptions,
): Promise<Answer> {
  const recorded = recordedService(site.home, service.name);
  const password = recorded ? passwordOf(recorded.url) : randomBytes(24).toString('base64url');
  const tried: number[] = [];
  for (;;) {
    const port = await freePort(service, recorded && portOf(recorded.url), tried);
    tried.push(port);
    try {
      return await startOn(site, service, program, service.url(port, password), options);
    } catch (error) {
      options.signal?.throwIfAborted();
      // Free a moment ago: another stack that starts at the same time has taken it.
      const taken = /address already in use/i.test(readLog(logOf(site.folder, service)));
      if (!taken || tried.length === PORT_TRIES) throw error;
    }
  }
}

async function startOn(
  site: Site,
  service: Service,
  { kind, program }: Program,
  url: string,
  options: UpOptions,
): Promise<Answer> {
  const { name, patienceMs } = service;
  // Before there is data: a password that went missing could not be found again.
  await recordService(site.home, { name, kind, url, running: false });
  const directory = join(site.folder, name);
  await service.prepare(site, directory, url, options);
  const log = logOf(site.folder, service);
  const command = service.command(directory, url, options);
  const server = launch({ program, directory, log, user: site.user, ...command });
  try {
    const version = await untilAnswers(
      { ...options, ended: server.endedBy, patienceMs },
      async () => {
        await service.settle?.(url);
        return service.version(url);
      },
    );
    await recordService(site.home, { name, kind, url, running: true });
    server.release();
    return { url, version };
  } catch (error) {
    const ended = server.endedBy();
    if (server.pid) await endServer(directory, server.pid, service.endings);
    throw new Error(
      [messageOf(error), ended && lastWords(readLog(log))].filter(Boolean).join(': '),
    );
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
  readonly ended?: () => string | undefined | Promise<string | undefined>;
}

/** Asks again and again, until there is an answer, the process is gone, or patience is at its end. */
export async function untilAnswers<T>(waiting: Waiting, ask: () => Promise<T>): Promise<T> {
  const end = Date.now() + waiting.patienceMs;
  for (;;) {
    waiting.signal?.throwIfAborted();
    const ended = await waiting.ended?.();
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
  return causeIn(line ?? lines.at(-1) ?? '');
}

/** The line without its time stamp; of mongod's, which are JSON, what they say. */
function causeIn(line: string): string {
  try {
    const { msg, attr } = JSON.parse(line) as { msg: string; attr?: { error?: unknown } };
    return [msg, attr?.error && JSON.stringify(attr.error)].filter(Boolean).join(': ');
  } catch {
    return line.replace(/^.*?(?=FATAL|PANIC)/, '').trim();
  }
}
