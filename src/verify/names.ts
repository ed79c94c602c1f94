/** In the order in which they run: each relies on what those before it put right. */
export const CHECKS = ['orphans', 'follow-counters', 'post-counters', 'activity', 'cache'] as const;
export type CheckName = (typeof CHECKS)[number];
