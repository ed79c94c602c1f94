import type { Bypass } from '../feed/page.js';

/** Why a feed was computed though there is a cache, in words. */
export const MISS_REASONS: Record<Bypass, string> = {
  absent: 'not cached yet',
  changed: 'the cached page was out of date',
  corrupt: 'the cached page could not be read',
  unavailable: 'Redis failed',
  'not-asked': 'the cache was not asked',
  'no-redis': 'no Redis',
  'not-first-page': 'only first pages are cached',
  'many-followees': 'cheaper than proving a cached page for so many followees',
};
