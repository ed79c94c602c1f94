import { type CacheStats, cacheStats } from '../../feed/stats.js';
import { requireCache } from '../../feed/versions.js';
import type { Screen } from '../../output/screen.js';
import { bytes, count, plural } from '../../output/text.js';
import type { Context } from '../context.js';

export async function run({ stores, screen }: Context): Promise<void> {
  screen.show(await cacheStats(await requireCache(stores, stores.postgres())), render);
}

function render(stats: CacheStats, { style }: Screen): string {
  const { hits, misses, hitRatio, keys, timelineBytes, server } = stats;
  const ratio = hitRatio === null ? 'no reads yet' : `${(hitRatio * 100).toFixed(1)} % of reads`;
  const limit = server.maxMemoryBytes ? `of ${bytes(server.maxMemoryBytes)}` : 'no limit';
  const lines: [label: string, value: string, remark: string][] = [
    ['hits', count(hits), ratio],
    ['misses', '', ''],
    ['  absent', count(misses.absent), 'not cached yet, expired or evicted'],
    ['  changed', count(misses.changed), 'a followee wrote, or the follows changed'],
    ['  corrupt', count(misses.corrupt), 'something unreadable lay under the key'],
    ['timelines', count(keys.timelines), bytes(timelineBytes)],
    ['versions', count(keys.versions), ''],
    ['server', bytes(server.memoryBytes), `${limit}, ${server.policy}`],
  ];
  const width = Math.max(...lines.map(([, value]) => value.length));
  return lines
    .map(([label, value, remark]) =>
      `${label.padEnd(11)} ${value.padStart(width)}  ${style.dim(remark)}`.trimEnd(),
    )
    .join('\n')
    .concat(
      keys.timelines
        ? ''
        : `\n\n${style.dim(`${plural(0, 'timeline')}. Try: socialdb cache warm`)}`,
    );
}
