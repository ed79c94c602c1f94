import { crc32 } from 'node:zlib';
import { JsonText } from '../input/json.js';
import type { Post } from '../social/posts.js';

/** Of the text in Redis; a timeline of another form counts as corrupt, and is filled anew. */
const FORM = '3';

/** A reader's first page, with what must not have changed for it to be served. */
export interface Timeline {
  /** When the versions were read, milliseconds since 1970. */
  readonly filledAt: number;
  readonly followees: readonly string[];
  /** The reader's own, then one for each followee. */
  readonly versions: readonly string[];
  readonly posts: Post[];
}

/** A timeline as it was stored; what is asked for is made of the text then. */
export interface StoredTimeline extends Timeline {
  /** The followees and the versions, each as one text. */
  readonly proof: { readonly followees: string; readonly versions: string };
}

/** How followees and versions are one text. */
export const joined = (words: readonly (string | null)[]): string => words.join(' ');

/**
 * A timeline as text: its form, the CRC-32 of what follows, what the page was computed under, the posts;
 * a line each. Ids and versions are one string each: as arrays they would be half of the work of parsing
 * a hit. The checksum stands for a schema: what passes is what this function wrote.
 */
export function formatTimeline({ filledAt, followees, versions, posts }: Timeline): string {
  const proof = { filledAt, followees: joined(followees), versions: joined(versions) };
  const lines = `${JSON.stringify(proof)}\n${JSON.stringify(posts)}`;
  return `${FORM}\n${crc32(lines)}\n${lines}`;
}

/**
 * A timeline as it was stored; undefined where the text is none of ours. The posts are parsed when they
 * are asked for, so that a hit can do it while Redis looks up the versions.
 */
export function parseTimeline(text: string): StoredTimeline | undefined {
  const [form, sum = '', line = ''] = text.split('\n', 3);
  const lines = text.slice(FORM.length + sum.length + 2);
  if (form !== FORM || String(crc32(lines)) !== sum) return undefined;
  const { filledAt, ...proof } = JSON.parse(line);
  return {
    filledAt,
    proof,
    get followees() {
      return proof.followees === '' ? [] : proof.followees.split(' ');
    },
    get versions() {
      return proof.versions.split(' ');
    },
    get posts() {
      return parsePosts(lines.slice(line.length + 1));
    },
  };
}

function parsePosts(json: string): Post[] {
  const posts: (Omit<Post, 'metadata'> & { metadata: string })[] = JSON.parse(json);
  return posts.map((post) => ({ ...post, metadata: new JsonText(post.metadata) }));
}
