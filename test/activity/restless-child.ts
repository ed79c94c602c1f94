// A writer or a relay that goes on until it is killed, at whatever it is doing then.
import { withActivityStore } from '../../src/activity/open.js';
import { drain } from '../../src/activity/relay.js';
import { addUser } from '../../src/social/accounts.js';
import { openStores } from '../support/stores.js';

const [role, databaseUrl = '', mongodbUrl = ''] = process.argv.slice(2);
const stores = openStores({ databaseUrl, mongodbUrl });
const sql = stores.postgres();
process.stdout.write('ready\n');
if (role === 'writer') {
  for (let n = 0; ; n++) await addUser(sql, `w${process.pid}_${n}`, `${process.pid}@${n}`);
}
await withActivityStore(stores, 20_000, async (store) => {
  for (;;) await drain(sql, store, { batchSize: 5, lanes: 2 });
});
