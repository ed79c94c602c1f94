import { type Html, html } from '../page/html.js';
import type { Line, Lines, Point } from '../report/document.js';
import { drawing } from './drawing.js';

const [WIDTH, HEIGHT] = [720, 340];
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 100, 24, 56];
/** Between the axis and the first point, whose value stands there. */
const INSET = 40;

/** Lines through points on logarithmic scales, so that what grows tenfold climbs by the same height. */
export function linesSvg({ caption, axis, lines, tick }: Lines): Html {
  const points = lines.flatMap((line) => line.points);
  const across = scale(range(points.map(({ x }) => x)), [LEFT + INSET, WIDTH - RIGHT]);
  const decades = wholeDecades(points.map(({ y }) => y));
  const up = scale(range(decades), [HEIGHT - BOTTOM, TOP]);
  const bottom = HEIGHT - BOTTOM;
  const places = new Map(points.map((point) => [point.x, point.label]));
  const marks = html`${decades.map(
    (
      value,
    ) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up(value)}" y2="${up(value)}"/>
<text x="${LEFT - 8}" y="${up(value) + 4}" text-anchor="end">${tick(value)}</text>\n`,
  )}${[...places].map(
    ([x, label]) =>
      html`<text x="${across(x)}" y="${bottom + 22}" text-anchor="middle">${label}</text>\n`,
  )}<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 44}" text-anchor="middle">${axis}</text>
${lines.map((line) => lineMarks(line, points, across, up))}`;
  return drawing({ width: WIDTH, height: HEIGHT, caption }, marks);
}

type Scale = (value: number) => number;

/** A line, its points with their values, and its name behind the last. */
function lineMarks(
  { label, tone, points }: Line,
  all: readonly Point[],
  across: Scale,
  up: Scale,
): Html {
  const at = ({ x, y }: Point) => `${across(x)} ${up(y)}`;
  const last = points.at(-1);
  // Above the upper line, below the lower one: so they are in nobody's way.
  const beside = (point: Point) =>
    all.some(({ x, y }) => x === point.x && y > point.y) ? 20 : -10;
  return html`<path class="${tone}" stroke-width="2" d="M ${points.map(at).join(' L ')}"/>
${points.map(
  (point) => html`<circle class="${tone}" cx="${across(point.x)}" cy="${up(point.y)}" r="4"/>
<text x="${across(point.x)}" y="${up(point.y) + beside(point)}" text-anchor="middle">${point.shown}</text>\n`,
)}${last && html`<text class="${tone}" x="${across(last.x) + 14}" y="${up(last.y) + 4}">${label}</text>\n`}`;
}

function scale([from, to]: [number, number], [start, end]: [number, number]): Scale {
  const span = Math.log(to / from);
  return (value) => {
    const share = span > 0 ? Math.log(value / from) / span : 0.5;
    return Math.round(10 * (start + share * (end - start))) / 10;
  };
}

function range(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** The powers of ten around some values. */
function wholeDecades(values: readonly number[]): number[] {
  const [least, most] = range(values).map(Math.log10) as [number, number];
  const first = Math.floor(least);
  const count = Math.max(1, Math.ceil(most) - first) + 1;
  return Array.from({ length: count }, (_, place) => 10 ** (first + place));
}
