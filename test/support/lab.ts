import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { stackDestroy } from '../../src/stack/destroy.js';
import type { ServiceStatus } from '../../src/stack/service.js';
import { existingFolder } from '../../src/stack/site.js';
import { type Ran, socialdb } from './socialdb.js';
import { LAB_PREFIX } from './stack.js';

type User = { readonly uid: number; readonly gid: number };

/** A SOCIALDB_HOME of the test file's own, with the built binary to run on it. */
export interface Lab {
  readonly home: string;
  /** What the binary is given: this home, and no store by name. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder in which the servers' files lie. */
  readonly folder: string;
  run(...args: string[]): Promise<Ran>;
  /** Runs a command with `--json`, which has to succeed. */
  services(...args: string[]): Promise<ServiceStatus[]>;
}

/** Makes the home, and removes it with whatever runs in it. */
export function useLab(options: { mode?: number; user?: User } = {}): Lab {
  let home = '';
  before(async () => {
    // Below the home of the run, which test/run.ts clears even when this file is killed.
    home = await mkdtemp(join(process.env.SOCIALDB_TEST_HOME ?? tmpdir(), LAB_PREFIX));
    if (options.mode) await chmod(home, options.mode);
    if (options.user) await chown(home, options.user.uid, options.user.gid);
  });
  after(async () => {
    await stackDestroy(home);
    await rm(home, { recursive: true, force: true });
  });
  const lab: Lab = {
    get home() {
      return home;
    },
    get env() {
      return {
        HOME: home,
        SOCIALDB_HOME: home,
        DATABASE_URL: undefined,
        REDIS_URL: undefined,
        MONGODB_URL: undefined,
        // The tests are not worth a download of a hundred megabytes.
        MONGOMS_RUNTIME_DOWNLOAD: 'false',
      };
    },
    get folder() {
      return existingFolder(home) ?? '';
    },
    run: (...args) => socialdb(args, { env: lab.env, ...(options.user && { user: options.user }) }),
    async services(...args) {
      const { stdout, stderr, exitCode } = await lab.run(...args, '--json');
      if (exitCode !== 0) throw new Error(`socialdb ${args.join(' ')}: ${stderr}`);
      return (JSON.parse(stdout) as { services: ServiceStatus[] }).services;
    },
  };
  return lab;
}

/** The process number in a server's pid file. */
export function pidIn(lab: Lab, file: string): number {
  return Number.parseInt(readFileSync(join(lab.folder, file), 'utf8'), 10);
}

/** The processes that work below `folder` or run a program from there. */
export function pidsBelow(folder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const places = [readlinkSync(`/proc/${pid}/cwd`), readlinkSync(`/proc/${pid}/exe`)];
      return places.some((place) => place.startsWith(`${folder}/`));
    } catch {
      return false;
    }
  });
}

/** Their command lines. */
export function processesBelow(folder: string): string[] {
  return pidsBelow(folder).flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}
