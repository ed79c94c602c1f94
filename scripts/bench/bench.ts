import type { Sql } from '../../src/stores/postgres.js';
import { network, withPool } from './network.js';
import { postsOf, type Scale } from './scale.js';
import type { Servers } from './servers.js';

/** What every row measures on. */
export interface Bench {
  readonly scale: Scale;
  readonly servers: Servers;
  /** The URL of the seeded network of full size, or of so many posts. */
  network(posts?: number): Promise<string>;
  /** A pool on it for the length of `work`. */
  onNetwork<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Tells what is being done. */
  log(text: string): void;
}

export function createBench(scale: Scale, servers: Servers, log: (text: string) => void): Bench {
  const urlFor = (posts = postsOf(scale)) => network(servers, scale, posts, log);
  return {
    scale,
    servers,
    network: urlFor,
    onNetwork: async (work) => withPool(await urlFor(), work),
    log,
  };
}
