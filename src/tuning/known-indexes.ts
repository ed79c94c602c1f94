import { readdir, readFile } from 'node:fs/promises';

/** An index that the migrations make. */
export interface KnownIndex {
  readonly name: string;
  readonly table: string;
  /** `CREATE INDEX … ON …`, as the migration has it. */
  readonly statement: string;
  /** What it is for, from the comment above it; empty where there is none. */
  readonly purpose: string;
}

/** What the feed stands on, whatever the strategy. */
export const FEED_INDEXES = ['idx_posts_composite_user_date', 'idx_posts_newest'];

/** What the search stands on: the selective tags on the one, the frequent ones on the other. */
export const SEARCH_INDEXES = ['idx_posts_metadata_gin', 'idx_posts_newest'];

const FOLDER = new URL('../../sql/migrations/', import.meta.url);
const CREATE_INDEX =
  /(?<comment>(?:^--.*\n)*)^(?<statement>CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?<name>\w+) ON (?<table>\w+)[^;]*);/gm;

/** The indexes of sql/migrations, read from there so that there is no second list to keep. */
export async function knownIndexes(): Promise<KnownIndex[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).sort();
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, FOLDER), 'utf8')));
  return texts.flatMap((text) =>
    [...text.matchAll(CREATE_INDEX)].map(({ groups = {} }) => ({
      name: groups.name ?? '',
      table: groups.table ?? '',
      statement: (groups.statement ?? '').replace(' CONCURRENTLY ', ' '),
      purpose: (groups.comment ?? '').replace(/^-- ?/gm, '').replace(/\s+/g, ' ').trim(),
    })),
  );
}
