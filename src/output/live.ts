import type { Screen } from './screen.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** A screen of its own, on which a view is drawn again and again; the old one comes back at the end. */
export interface LiveView {
  draw(lines: readonly string[]): void;
}

/**
 * Runs `work` with a live view on the terminal's alternate screen, and restores the terminal however
 * it ends. A line is cut to the rows there are; nothing scrolls.
 */
export async function withLiveView(
  { stdout }: Pick<Screen, 'stdout'>,
  work: (view: LiveView) => Promise<void>,
): Promise<void> {
  stdout.write(ENTER);
  try {
    await work({
      draw(lines) {
        const rows = (stdout.rows ?? 24) - 1;
        const shown = lines.slice(0, rows).map((line) => `${line}${CLEAR_LINE}`);
        // One write a frame, so that no half-drawn frame is seen.
        stdout.write(`${HOME}${shown.join('\n')}\n${CLEAR_BELOW}`);
      },
    });
  } finally {
    stdout.write(LEAVE);
  }
}
