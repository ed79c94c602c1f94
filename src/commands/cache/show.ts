import { RequestError } from '../../errors.js';
import { inspectTimeline, type TimelineState } from '../../feed/inspect.js';
import { requireCache } from '../../feed/versions.js';
import type { Screen } from '../../output/screen.js';
import { age, bytes, count, plural } from '../../output/text.js';
import { findUser, namesOf } from '../../social/users.js';
import type { Context } from '../context.js';

export async function run(context: Context, name: string): Promise<void> {
  const { stores, screen } = context;
  const sql = stores.postgres();
  const cache = await requireCache(stores, sql);
  const user = await findUser(sql, name);
  const timeline = await inspectTimeline(cache, user.id);
  if (!timeline) {
    throw new RequestError(
      'not-cached',
      `no timeline of ${user.username} is cached`,
      `read it once: socialdb feed ${user.username}`,
    );
  }
  const names = await namesOf(
    sql,
    timeline.changed.map(({ id }) => id),
  );
  const changed = timeline.changed.map((one) => ({ ...one, name: names.get(one.id) ?? null }));
  const valid = changed.length === 0;
  screen.show({ user: user.username, valid, ...timeline, changed }, render);
}

type Shown = Omit<TimelineState, 'changed'> & {
  valid: boolean;
  changed: { kind: string; name: string | null; lost: boolean }[];
};

function render(timeline: Shown, { style }: Screen): string {
  const { valid, filledAt, sizeBytes, followees, postIds, changed } = timeline;
  return [
    valid ? style.green('valid: the next read is a hit') : style.yellow('out of date'),
    `filled     ${age(filledAt)}  ${style.dim(filledAt)}`,
    `holds      ${plural(postIds.length, 'post')}, ${bytes(sizeBytes)}`,
    `versions   ${count(followees + 1)}: the reader's own and one for each followee`,
    ...changed.map(
      ({ kind, name, lost }) =>
        `  ${style.yellow(lost ? 'lost' : 'changed')}  ${kind} ${name ?? '(deleted)'}`,
    ),
  ].join('\n');
}
