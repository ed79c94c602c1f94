// A relay of its own process, which dies where a test wants it to: it says `delivered` when the store
// has the events and the outbox has not forgotten them, and waits there to be killed.

import { withActivityStore } from '../../src/activity/open.js';
import { relayOnce } from '../../src/activity/relay.js';
import { openStores } from '../support/stores.js';

const [databaseUrl = '', mongodbUrl = ''] = process.argv.slice(2);
const stores = openStores({ databaseUrl, mongodbUrl });
await withActivityStore(stores, 20_000, (store) =>
  relayOnce(stores.postgres(), store, {
    beforeDelete: () => {
      process.stdout.write('delivered\n');
      return new Promise(() => setInterval(() => {}, 60_000));
    },
  }),
);
