import type { Sql } from '../stores/postgres.js';
import type { Scene } from './scene.js';
import { openSession, type Session } from './session.js';
import type { LabStores } from './stores.js';

/** Where a step works: sessions in the scratch schema, and the other stores under names of its own. */
export interface Bench {
  /** The session of this name, a connection of its own; opened when it is first asked for. */
  session(name: string): Promise<Session>;
  /**
   * Cuts a session off in the middle, as a crash of its program would: another one ends its backend.
   * The next session of the same name is a new connection.
   */
  crash(name: string, by: Session): Promise<void>;
  /** The cache, the activity store, and what they are. */
  readonly stores: LabStores;
  show(scene: Scene): void;
  remark(text: string): void;
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly url: string;
  readonly schema: string;
  /** A pool on the scratch schema, for what is not shown. */
  readonly scratch: Sql;
  readonly stores: LabStores;
  readonly show: (scene: Scene) => void;
}

export function openBench({ url, schema, scratch, stores, show }: BenchOptions): Bench {
  const sessions = new Map<string, Promise<Session>>();
  const names = new Map<number, string>();
  const nameOf = (pid: number) => names.get(pid) ?? `process ${pid}`;
  const session = (name: string) => {
    const open =
      sessions.get(name) ??
      openSession(name, { url, schema, show, nameOf }).then((opened) => {
        names.set(opened.pid, name);
        return opened;
      });
    sessions.set(name, open);
    return open;
  };
  return {
    session,
    async crash(name, by) {
      const victim = await session(name);
      await by.run(`SELECT pg_terminate_backend(${victim.pid})`);
      await untilGone(scratch, victim.pid);
      sessions.delete(name);
      await victim.close();
    },
    stores,
    show,
    remark: (text) => show({ kind: 'remark', text }),
    async close() {
      const opened = await Promise.allSettled(sessions.values());
      for (const one of opened) if (one.status === 'fulfilled') await one.value.close();
    },
  };
}

/** A backend that was told to end rolls back first. */
async function untilGone(sql: Sql, pid: number): Promise<void> {
  for (;;) {
    const [there] = await sql`SELECT FROM pg_stat_activity WHERE pid = ${pid}`;
    if (!there) return;
  }
}
