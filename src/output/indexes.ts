import type { IndexEntry } from '../tuning/indexes.js';
import type { OpenTransaction } from '../tuning/open-transactions.js';
import type { Redundancy } from '../tuning/redundancy.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { age, bytes, count, milliseconds, oneLine, visible } from './text.js';

/** Wide enough for what an index is on to stand behind it, and not beneath. */
const WIDE = 120;

/** The indexes by table: size, use, what they are on, and what is wrong with them. */
export function renderIndexes(indexes: readonly IndexEntry[], screen: Screen): string {
  if (indexes.length === 0) return 'There are no tables here. Next: socialdb migrate';
  const { style, columns } = screen;
  const [header = '', ...lines] = table(indexes, columnsOf(indexes, screen), screen).split('\n');
  const listing = indexes.flatMap((index, place) => [
    ...(index.table === indexes[place - 1]?.table ? [] : [style.bold(visible(index.table))]),
    lines[place] ?? '',
    ...(columns < WIDE ? [style.dim(`    ${oneLine(what(index), columns - 4)}`)] : []),
  ]);
  const broken = indexes.filter(({ valid }) => !valid);
  return [
    [header, ...listing].join('\n'),
    ...broken.map(({ name }) => `Next: socialdb index add ${name}`),
    ...indexes.flatMap(({ name, redundant }) =>
      redundant ? [`${name} can go, ${reasonOf(redundant)}: socialdb index drop ${name}`] : [],
    ),
  ].join('\n\n');
}

const NAMED = 5;

/** The lock that building or dropping takes, and whom it waits for: to be read before it begins. */
export function lockLines({
  lock,
  openTransactions: open,
}: {
  lock: string;
  openTransactions: readonly OpenTransaction[];
}): string {
  const named = open.slice(0, NAMED).map(({ pid, name, state, openMs }) => {
    const doing = [state, openMs === null ? undefined : `open for ${milliseconds(openMs)}`];
    return `  pid ${pid}, ${[oneLine(name, 30), ...doing].filter(Boolean).join(', ')}`;
  });
  const more = open.length > NAMED ? [`  and ${count(open.length - NAMED)} more`] : [];
  const whom = open.length === 0 ? ', of which there is none' : ':';
  return [`takes ${lock}${whom}`, ...named, ...more].join('\n');
}

const lastUse: Column<IndexEntry> = {
  header: 'last used',
  cell: ({ lastUsedAt }) => (lastUsedAt === null ? '' : age(lastUsedAt)),
};

function reasonOf({ to, because }: Redundancy): string {
  return because === 'equal' ? `the same as ${to}` : `${to} begins with it`;
}

function columnsOf(
  indexes: readonly IndexEntry[],
  { style, columns }: Screen,
): Column<IndexEntry>[] {
  const on = { header: 'on', cell: (index: IndexEntry) => style.dim(oneLine(what(index), 60)) };
  return [
    { header: 'index', cell: ({ name }) => `  ${visible(name)}` },
    {
      header: 'size',
      align: 'right',
      cell: ({ sizeBytes }) => (sizeBytes === null ? '' : bytes(sizeBytes)),
    },
    { header: 'scans', align: 'right', cell: ({ scans }) => (scans === null ? '' : count(scans)) },
    ...(indexes.some(({ lastUsedAt }) => lastUsedAt) ? [lastUse] : []),
    { header: 'state', cell: (index) => stateOf(index, style) },
    ...(columns < WIDE ? [] : [on]),
  ];
}

/** `btree (user_id, created_at DESC)`: the definition without what the table says already. */
function what({ definition }: IndexEntry): string {
  return definition.replace(/^.*? ON (?:ONLY )?\S+ (?:USING )?/, '');
}

function stateOf(
  { missing, valid, backs, known, redundant }: IndexEntry,
  style: Screen['style'],
): string {
  if (missing) return style.yellow('missing');
  if (!valid) return style.red('invalid');
  if (redundant) return style.yellow('redundant');
  if (backs) return style.dim(backs);
  return known ? '' : style.dim('not ours');
}
