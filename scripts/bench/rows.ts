import type { Row } from './row.js';
import { cachedFeed } from './rows/cached-feed.js';
import { coldFeed } from './rows/cold-feed.js';
import { follow } from './rows/follow.js';
import { growth } from './rows/growth.js';
import { load } from './rows/load.js';
import { memory } from './rows/memory.js';
import { nodeFeed } from './rows/node-feed.js';
import { post } from './rows/post.js';
import { wholeProcess } from './rows/process.js';
import { relay } from './rows/relay.js';

/** Every row of the limits, in the order of the document. */
export const ROWS: readonly Row[] = [
  coldFeed,
  nodeFeed,
  cachedFeed,
  post,
  follow,
  load,
  relay,
  wholeProcess,
  growth,
  memory,
];
