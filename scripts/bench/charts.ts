import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Recorded, RecordedRow } from './record.js';
import { isMet } from './row.js';
import { ROWS } from './rows.js';

export interface Chart {
  /** The key of the row that it belongs to, or `all`. */
  readonly row: string;
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

type Values = Record<string, string | number>[];

/** The charts of the document, of the rows that were measured. */
export async function chartsOf({ rows }: Recorded): Promise<Chart[]> {
  const figuresOf = (key: string) => rows.find((row) => row.key === key)?.figures ?? [];
  const draw = async (
    row: string,
    title: string,
    values: Values,
    spec: (values: Values) => object,
  ) =>
    values.length > 0
      ? [{ row, file: `${row}.svg`, title, svg: await render(title, spec(values)) }]
      : [];
  return [
    ...(await draw('all', 'How far from its limit each figure is', marginsOf(rows), marginChart)),
    ...(await draw(
      'cold-feed',
      'A page in the server, ms',
      strategiesOf(figuresOf('cold-feed')),
      barChart,
    )),
    ...(await draw(
      'growth',
      'Execution time by posts, ms',
      pointsOf(figuresOf('growth')),
      lineChart,
    )),
    ...(await draw('memory', 'Most memory by posts, MB', pointsOf(figuresOf('memory')), lineChart)),
  ];
}

/** How many times better than its limit; below 1 it is not met. */
function marginsOf(rows: readonly RecordedRow[]): Values {
  const titles = new Map(ROWS.map(({ key, title }) => [key, title]));
  return ROWS.flatMap(({ key }) => rows.filter((row) => row.key === key)).flatMap(
    ({ key, figures }) =>
      figures.flatMap((figure) => {
        const { what, ratio, limit } = figure;
        if (!limit) return [];
        const margin = 'atLeast' in limit ? ratio / limit.atLeast : limit.atMost / ratio;
        const label = `${titles.get(key)}: ${what.replaceAll('`', '')}`;
        return [{ label, margin, verdict: isMet(figure) ? 'met' : 'not met' }];
      }),
  );
}

function strategiesOf(figures: RecordedRow['figures']): Values {
  return figures.flatMap(({ point, measured, against }) =>
    point
      ? [
          { size: point.size, query: 'socialdb', ms: measured },
          { size: point.size, query: 'classic', ms: against },
        ]
      : [],
  );
}

function pointsOf(figures: RecordedRow['figures']): Values {
  const seen = new Set<string>();
  return figures.flatMap(({ point, measured, against }) => {
    if (!point) return [];
    const { series, size, fromSize } = point;
    const first =
      !seen.has(series) && fromSize ? [{ series, size: fromSize, amount: against }] : [];
    seen.add(series);
    return [...first, { series, size, amount: measured }];
  });
}

const COLORS = { met: '#2a7f62', 'not met': '#c8553d' };

function marginChart(values: Values): object {
  return {
    data: { values },
    layer: [
      {
        mark: { type: 'bar', height: 9 },
        encoding: {
          y: {
            field: 'label',
            type: 'nominal',
            sort: null,
            title: null,
            axis: { labelLimit: 0 },
          },
          x: {
            field: 'margin',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'times better than the limit (1 is the limit, left of it is not met)',
          },
          x2: { datum: 1 },
          color: {
            field: 'verdict',
            type: 'nominal',
            title: null,
            scale: { domain: Object.keys(COLORS), range: Object.values(COLORS) },
          },
        },
      },
      { mark: { type: 'rule', color: '#333' }, encoding: { x: { datum: 1 } } },
    ],
    height: { step: 15 },
    width: 420,
  };
}

/** A logarithmic axis has no zero at which bars could begin. */
const SHORTEST_MS = 0.1;

function barChart(values: Values): object {
  return {
    data: { values },
    mark: { type: 'bar', height: 12 },
    encoding: {
      row: {
        field: 'size',
        type: 'ordinal',
        title: 'followees',
        spacing: 8,
        header: { labelAngle: 0, labelAlign: 'left' },
      },
      y: { field: 'query', type: 'nominal', sort: null, title: null },
      x: {
        field: 'ms',
        type: 'quantitative',
        scale: { type: 'log', domainMin: SHORTEST_MS },
        title: 'milliseconds',
      },
      x2: { datum: SHORTEST_MS },
      color: {
        field: 'query',
        type: 'nominal',
        sort: null,
        legend: null,
        scale: { range: ['#2a7f62', '#9aa5b1'] },
      },
    },
    width: 480,
    height: { step: 16 },
  };
}

function lineChart(values: Values): object {
  return {
    data: { values },
    mark: { type: 'line', point: true },
    encoding: {
      x: {
        field: 'size',
        type: 'quantitative',
        scale: { type: 'log' },
        title: 'posts',
        axis: { tickCount: 4, format: 's' },
      },
      y: { field: 'amount', type: 'quantitative', title: null, scale: { type: 'log' } },
      color: {
        field: 'series',
        type: 'nominal',
        sort: null,
        title: null,
        legend: { labelLimit: 0 },
      },
    },
    width: 460,
    height: 240,
  };
}

async function render(title: string, spec: object): Promise<string> {
  const full = { title, background: 'white', padding: 8, ...spec } as TopLevelSpec;
  return new View(parse(compile(full).spec), { renderer: 'none' }).toSVG();
}
