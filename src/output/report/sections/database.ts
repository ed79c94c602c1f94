import type { Report } from '../../../tuning/report/report.js';
import { inserts, more, size } from '../../prices.js';
import { bytes, count } from '../../text.js';
import { type Block, type Section, text } from '../document.js';

export function machineSection({ machine, sizes }: Report): Section {
  return {
    title: 'What was measured, and where',
    blocks: [
      text(
        `PostgreSQL ${machine.postgresql}, database ${machine.database}; socialdb on Node ${machine.node}, ${machine.processor}, ${machine.cores} cores, ${bytes(machine.memoryBytes)} of memory.`,
        'Times belong to this machine and to what else it was doing; buffers (pages of 8 kB that a statement touches) do not, so compare those first.',
      ),
      {
        kind: 'table',
        columns: [
          { header: 'table' },
          { header: 'rows (last ANALYZE)', number: true },
          { header: 'table', number: true },
          { header: 'indexes', number: true },
        ],
        rows: sizes.map(({ table, rows, tableBytes, indexBytes }) => [
          table,
          rows === null ? '' : count(rows),
          bytes(tableBytes),
          bytes(indexBytes),
        ]),
      },
    ],
  };
}

/** What the indexes that were compared add to an insert. */
function insertPrices({ feed, searches }: Report): Block[] {
  const compared = [feed, ...searches.map(({ search }) => search)];
  const prices = compared.flatMap((finding) =>
    'measured' in finding ? finding.measured.prices : [],
  );
  const once = [...new Map(prices.map((price) => [price.index, price])).values()];
  if (once.length === 0) return [];
  return [
    text(
      'What an index adds to an insert, measured on a temporary copy of its table, without it and with it in turns:',
    ),
    {
      kind: 'table',
      columns: [
        { header: 'index' },
        { header: 'on disk', number: true },
        { header: 'an insert takes', number: true },
        { header: 'so much more', number: true },
      ],
      rows: once.map((price) => [price.index, size(price), inserts(price), more(price)]),
    },
  ];
}

export function indexesSection(report: Report): Section[] {
  const { indexes, settings } = report;
  const present = indexes.filter(({ missing }) => !missing);
  return [
    {
      title: 'The price: what the indexes take',
      blocks: [
        ...insertPrices(report),
        {
          kind: 'table',
          columns: [
            { header: 'index' },
            { header: 'table' },
            { header: 'size', number: true },
            { header: 'scans', number: true },
          ],
          rows: present.map(({ name, table, sizeBytes, scans }) => [
            name,
            table,
            bytes(sizeBytes ?? 0),
            count(scans ?? 0),
          ]),
        },
      ],
    },
    {
      title: 'Settings that decide',
      blocks: [
        {
          kind: 'table',
          columns: [{ header: 'setting' }, { header: 'value' }, { header: 'from' }],
          rows: settings.map(({ name, value, source }) => [name, value, source]),
        },
      ],
    },
  ];
}
