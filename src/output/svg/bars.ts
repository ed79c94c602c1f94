import { type Html, html } from '../page/html.js';
import type { Bar, Bars } from '../report/document.js';
import { drawing } from './drawing.js';

const [WIDTH, LABELS, VALUES, LINE, THICKNESS] = [720, 200, 90, 26, 16];

/** Lying bars on one scale, each with its label and its value. */
export function barsSvg({ caption, bars }: Bars): Html {
  const most = Math.max(...bars.map(({ value }) => value));
  const row = ({ label, value, shown, tone }: Bar, place: number) => {
    const y = place * LINE;
    // A bar that is there stays visible, however short.
    const length = Math.max(1, (value / (most || 1)) * (WIDTH - LABELS - VALUES));
    const middle = y + LINE / 2 + 4;
    return html`<text x="${LABELS - 10}" y="${middle}" text-anchor="end">${label}</text>
<rect class="${tone}" x="${LABELS}" y="${y + (LINE - THICKNESS) / 2}" width="${length.toFixed(1)}" height="${THICKNESS}" rx="2"/>
<text x="${(LABELS + length + 8).toFixed(1)}" y="${middle}">${shown}</text>\n`;
  };
  return drawing({ width: WIDTH, height: bars.length * LINE, caption }, html`${bars.map(row)}`);
}
