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
  | Bars;

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

export const text = (...sentences: string[]): Block => ({
  kind: 'text',
  text: sentences.filter(Boolean).join(' '),
});

export const command = (line: string): Block => ({ kind: 'command', command: line });
