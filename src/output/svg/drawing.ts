import { type Html, html } from '../page/html.js';

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** What it shows, for those who cannot see it. */
  readonly caption: string;
}

/** An SVG element; its colours are those of the page it stands in, by class. */
export function drawing({ width, height, caption }: Frame, marks: Html): Html {
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${caption}">
${marks}</svg>`;
}

/** The same as a file of its own, on paper of its own, light or dark as the reader has it. */
export function standalone(svg: Html): string {
  const style = `<style>
text { fill: #1f2328; font: 13px system-ui, sans-serif }
.paper { fill: #ffffff }
.before { fill: #bf5b04 } .after { fill: #1a7f37 }
path.before { fill: none; stroke: #bf5b04 } path.after { fill: none; stroke: #1a7f37 }
.grid { stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .paper { fill: #0d1117 }
  .before { fill: #f0883e } .after { fill: #3fb950 }
  path.before { stroke: #f0883e } path.after { stroke: #3fb950 }
  .grid { stroke: #3d444d }
}
</style>
<rect class="paper" width="100%" height="100%"/>
`;
  return svg.markup.replace(/^(<svg[^>]*>\n)/, `$1${style}`).concat('\n');
}
