import { wrapAnsi } from 'fast-wrap-ansi';
import type { Post } from '../social/posts.js';
import type { Reactions } from '../social/reactions.js';
import type { Thread } from '../social/thread.js';
import type { Screen } from './screen.js';
import { age, hanging, oneLine, plural, visible } from './text.js';

const LINES_OF_TEXT = 4;

/** Posts under each other: rank, author, age and tags; the text, wrapped; the id, to act on it. */
export function renderPosts(
  posts: readonly (Post & Partial<Reactions> & { rank?: number })[],
  screen: Screen,
): string {
  const widest = Math.max(...posts.map(({ rank }) => String(rank ?? '').length), 0);
  const indent = ' '.repeat(widest ? widest + 2 : 0);
  return posts
    .map((post) => {
      const rank = widest ? `${String(post.rank ?? '').padStart(widest)}  ` : '';
      return [
        `${screen.style.dim(rank)}${headline(post, screen, indent)}`,
        ...paragraph(post.content, indent, screen, LINES_OF_TEXT),
        `${indent}${screen.style.dim([post.id, ...reactionsOf(post)].join('  '))}`,
      ].join('\n');
    })
    .join('\n\n');
}

function headline({ author, createdAt, metadata }: Post, screen: Screen, indent = ''): string {
  const { style, columns } = screen;
  const tags = tagsOf(metadata).map((tag) => style.cyan(`#${oneLine(tag, 30)}`));
  const line = [style.bold(author), style.dim(age(createdAt)), ...tags].join('  ');
  return hanging(line, columns, indent.length);
}

function reactionsOf({ likes = 0, comments = 0 }: Partial<Reactions>): string[] {
  return [
    ...(likes > 0 ? [plural(likes, 'like')] : []),
    ...(comments > 0 ? [plural(comments, 'comment')] : []),
  ];
}

function tagsOf(metadata: Post['metadata']): string[] {
  const { tags } = JSON.parse(metadata.text);
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

/** Text wrapped to the screen, at most `lines` of it, behind an indent. */
function paragraph(text: string, indent: string, { columns }: Screen, lines: number): string[] {
  const width = Math.max(20, Math.min(columns, 100) - indent.length);
  const wrapped = wrapAnsi(
    visible(text)
      .replace(/\n{2,}/g, '\n')
      .trim(),
    width,
    {
      hard: true,
    },
  ).split('\n');
  const kept = wrapped.slice(0, lines);
  if (wrapped.length > lines) kept.push('…');
  return kept.map((line) => `${indent}${line.trimEnd()}`);
}

/** A post, its comments and who likes it. */
export function renderThread(thread: Thread, screen: Screen): string {
  const { post, comments, commentCount, likes, likeCount } = thread;
  const { style } = screen;
  const more = likeCount - likes.length;
  const likedBy = `${plural(likeCount, 'like')}: ${likes.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [
    headline(post, screen),
    ...paragraph(post.content, '', screen, Number.POSITIVE_INFINITY),
    style.dim(post.id),
    '',
    wrapAnsi(likeCount ? likedBy : 'no likes', Math.min(screen.columns, 100)),
    commentCount === 0 ? 'no comments' : plural(commentCount, 'comment'),
    ...comments.flatMap(({ author, createdAt, content }) => [
      '',
      `  ${style.bold(author)}  ${style.dim(age(createdAt))}`,
      ...paragraph(content, '  ', screen, Number.POSITIVE_INFINITY),
    ]),
  ].join('\n');
}
