import type { Bench } from './bench.js';
import { fill, withPool } from './network.js';
import { makeDatabase } from './servers.js';

/** Makes a network of fewer edges and posts, which may be written to; the next call makes it anew. */
export async function writesDatabase({ servers, scale, log }: Bench): Promise<string> {
  const { users, follows } = scale;
  const [, posts] = scale.posts;
  log(`seeding bench_writes: ${users} users, ${follows / 10} follows, ${posts} posts`);
  const url = await makeDatabase(servers, 'bench_writes');
  await withPool(url, (sql) => fill(sql, { users, follows: follows / 10, posts }));
  return url;
}
