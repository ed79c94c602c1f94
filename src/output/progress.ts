import type { Stream } from './screen.js';
import { oneLine } from './text.js';

/** How long work shows how far it has come. */
export interface Progress {
  /** @param text what has been done so far, short enough for one line */
  update(text: string): void;
  stop(): void;
}

const LINE_EVERY_MS = 3_000;

/** The spinner's sign, and the blanks beside it. */
const SIGN = 3;

/** A line that is drawn again, on a terminal. */
export function spinner(label: string, stream: Stream): Progress {
  let text = label;
  let stopped = false;
  // ora costs 35 ms to load, which work that is done before then need not pay.
  const started = setTimeout(async () => {
    const { default: ora } = await import('ora');
    if (stopped) return;
    spin = ora({ text, stream: stream as NodeJS.WriteStream, discardStdin: false }).start();
  }, 200);
  let spin: { text: string; stop(): unknown } | undefined;
  return {
    update(state) {
      text = oneLine(`${label} ${state}`, (stream.columns ?? 80) - SIGN);
      if (spin) spin.text = text;
    },
    stop() {
      stopped = true;
      clearTimeout(started);
      spin?.stop();
    },
  };
}

/** A line every few seconds, elsewhere. */
export function progressLines(label: string, write: (text: string) => void): Progress {
  let last = Date.now();
  return {
    update(state) {
      if (Date.now() - last < LINE_EVERY_MS) return;
      last = Date.now();
      write(`${label} ${state}`);
    },
    stop() {},
  };
}
