import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './download-mongod.js';
import { findProgram } from './process.js';
import type { Missing, Program, UpOptions } from './service.js';
import { reachable, type Site } from './site.js';
import { readState, writeState } from './state.js';

const FIRST_BYTE_MS = 15_000;
const WHOLE_DOWNLOAD_MS = 15 * 60_000;
const TRY_AGAIN_MS = 24 * 3_600_000;

/**
 * mongod from PATH, else the one that mongodb-memory-server-core has downloaded or can download.
 *
 * A download that failed is tried again after a day, or after `stack down`: whoever works offline
 * shall not wait for it at every start.
 */
export async function findMongod(site: Site, options: UpOptions): Promise<Program | Missing> {
  const onPath = await findProgram('mongod');
  if (onPath) return { kind: 'mongod', program: await reachable(site, onPath) };
  const failed = readState(site.home)?.mongodDownload;
  if (failed && Date.now() - Date.parse(failed.failedAt) < TRY_AGAIN_MS) {
    return { missing: failed.reason };
  }
  const outcome = await obtain(options);
  if ('path' in outcome) return { kind: 'mongod', program: await reachable(site, outcome.path) };
  if (options.download === false) return { missing: 'no mongod on PATH' };
  const reason = `no mongod on PATH, and its download failed: ${outcome.error}`;
  const state = readState(site.home) ?? { version: 1, services: [] };
  const failedAt = new Date().toISOString();
  await writeState(site.home, { ...state, mongodDownload: { failedAt, reason } });
  return { missing: reason };
}

/** In a process of its own, which can be stopped and whose chatter goes nowhere. */
function obtain({ download = true, onProgress, signal }: UpOptions): Promise<Outcome> {
  const script = new URL(`./download-mongod${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(script), [download ? 'download' : 'find'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...(signal && { signal }),
  });
  return new Promise((resolve, reject) => {
    const late = (what: string) => () => {
      child.kill();
      resolve({ error: what });
    };
    const first = setTimeout(late('its server does not answer'), FIRST_BYTE_MS);
    const whole = setTimeout(late('it took more than 15 minutes'), WHOLE_DOWNLOAD_MS);
    watch(child, (progress) => {
      clearTimeout(first);
      onProgress?.(`downloading mongod: ${progress}`);
    });
    child.on('message', (outcome: Outcome) => resolve(outcome));
    child.on('error', (error) =>
      signal?.aborted ? reject(error) : resolve({ error: error.message }),
    );
    child.on('close', (code) => {
      clearTimeout(first);
      clearTimeout(whole);
      resolve({ error: `it ended with exit code ${code}` });
    });
  });
}

function watch(child: ChildProcess, onProgress: (text: string) => void): void {
  child.stderr?.resume();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const progress = /[\d.]+% \(.*?\)/.exec(text)?.[0];
    if (progress) onProgress(progress);
  });
}
