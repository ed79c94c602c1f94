// A writer or a relay that goes on until it is killed, at whatever it is doing then. A writer opens
// account after account, and does with each the same things in the same order (LIVES in killed.test.ts).
// Of what was built, since it starts a thousand times.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { withActivityStore } from '../../dist/activity/open.js';
import { drain } from '../../dist/activity/relay.js';
import { readConfig } from '../../dist/config.js';
import { addUser } from '../../dist/social/accounts.js';
import { createComment } from '../../dist/social/comments.js';
import { follow, unfollow } from '../../dist/social/follow.js';
import { like, unlike } from '../../dist/social/likes.js';
import { createPost, deletePost } from '../../dist/social/posts.js';
import { createStores } from '../../dist/stores/stores.js';

const [role, databaseUrl = '', mongodbUrl = ''] = process.argv.slice(2);
const settings = { DATABASE_URL: databaseUrl, MONGODB_URL: mongodbUrl, REDIS_URL: '' };
const config = readConfig({ ...settings, SOCIALDB_TIMEOUT_MS: '20000' }, {}, {});
const stores = createStores(config, { warn() {} });
const sql = stores.postgres();
process.stdout.write('ready\n');
if (role === 'writer') {
  // Of thousands of processes two may have the same number.
  const own = randomBytes(8).toString('hex');
  for (let n = 0; ; n++) {
    const name = `w${own}_${n}`;
    await addUser(sql, name, `${own}@${n}`);
    const { id } = await createPost(stores, { author: name, content: `post ${n}` });
    await like(sql, name, id);
    await createComment(sql, name, id, 'my own');
    await follow(stores, name, 'star');
    await unlike(sql, name, id);
    await unfollow(stores, name, 'star');
    await deletePost(stores, id);
  }
}
await withActivityStore(stores, 20_000, async (store) => {
  for (;;) if ((await drain(sql, store, { batchSize: 5, lanes: 2 })) === 0) await sleep(5);
});
