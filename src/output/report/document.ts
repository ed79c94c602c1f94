/** A report as plain data: rendered as Markdown or as a page. */
export interface Document {
  readonly title: string;
  readonly lead: string;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'command'; readonly command: string }
  | Table
  | Bars
  | Lines;

export interface Table {
  readonly kind: 'table';
  readonly columns: readonly { readonly header: string; readonly number?: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

/** A chart of bars on one scale; Markdown leaves it out, since a table says the same. */
export interface Bars {
  readonly kind: 'bars';
  readonly caption: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The value with its unit. */
  readonly shown: string;
  /** Its colour: what was before a change, what is after it. */
  readonly tone: 'before' | 'after';
}

/** How something grows: a chart of lines on logarithmic scales. */
export interface Lines {
  readonly kind: 'lines';
  /** What its file is called, where it has one of its own. */
  readonly name: string;
  readonly caption: string;
  /** What stands below the horizontal axis. */
  readonly axis: string;
  readonly lines: readonly Line[];
  /** A value on the vertical axis, with its unit. */
  readonly tick: (value: number) => string;
}

export interface Line {
  readonly label: string;
  readonly tone: Bar['tone'];
  readonly points: readonly Point[];
}

/** Both coordinates are greater than 0. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** `x` with its unit, and `y`. */
  readonly label: string;
  readonly shown: string;
}

export const text = (...sentences: string[]): Block => ({
  kind: 'text',
  text: sentences.filter(Boolean).join(' '),
});

export const command = (line: string): Block => ({ kind: 'command', command: line });
