import type { Report } from '../../tuning/report/report.js';
import type { Document } from './document.js';
import { comparisonSection, searchSection } from './sections/comparison.js';
import { indexesSection, machineSection } from './sections/database.js';
import { cacheSection, strategiesSection } from './sections/feed.js';
import { growthSection } from './sections/growth.js';
import { nextSection } from './sections/next.js';

/** The Performance Optimization Report, as it is handed out. */
export function reportDocument(report: Report): Document {
  const { measuredAt, machine, feed, composite } = report;
  return {
    title: 'Performance Optimization Report',
    lead: `Database ${machine.database}, measured at ${measuredAt.slice(0, 16).replace('T', ' ')} UTC by socialdb report. Every figure was measured for it; what is only estimated is called so.`,
    sections: [
      machineSection(report),
      comparisonSection(
        'Baseline: the feed without its indexes',
        'A feed is the newest posts of those whom a reader follows. Without an index on posts the database reads the whole table for every reader, however few posts the page needs. The leg without is that baseline; the leg with is what the indexes buy.',
        feed,
      ),
      comparisonSection(
        'The composite index alone',
        'posts (user_id, created_at DESC, id DESC) keeps the posts of one author together, newest first. Here only this index is taken away, so the leg without may still use the other ones: the gain is what this one adds to them, and it is near 1 for readers whose feed is read another way.',
        composite,
      ),
      searchSection(report),
      strategiesSection(report),
      growthSection(report),
      cacheSection(report),
      ...indexesSection(report),
      nextSection(report),
    ],
  };
}
