import type { Row } from './row.js';
import { cachedFeed } from './rows/cached-feed.js';
import { coldFeed } from './rows/cold-feed.js';
import { nodeFeed } from './rows/node-feed.js';
import { post } from './rows/post.js';

/** Every row of the limits, in the order of the document. */
export const ROWS: readonly Row[] = [coldFeed, nodeFeed, cachedFeed, post];
