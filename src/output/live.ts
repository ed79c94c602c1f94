import { emitKeypressEvents, type Key } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Screen } from './screen.js';

// Lines that are too long for a moment, while the window is made narrower, are cut, not wrapped.
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** A screen of its own, on which a view is drawn again and again; the old one comes back at the end. */
export interface LiveView {
  draw(lines: readonly string[]): void;
}

/**
 * Runs `work` with a live view on the terminal's alternate screen, and restores the terminal however
 * it ends, the end of the process included. A line is cut to the rows there are; nothing scrolls.
 */
export async function withLiveView(
  { stdout, terminal }: Pick<Screen, 'stdout' | 'terminal'>,
  work: (view: LiveView) => Promise<void>,
): Promise<void> {
  let frame = '';
  const giveBack = () => void stdout.write(LEAVE);
  const letGo = terminal.hold({ giveBack, takeAgain: () => void stdout.write(ENTER + frame) });
  stdout.write(ENTER);
  try {
    await work({
      draw(lines) {
        const rows = stdout.rows ?? 24;
        // Cleared before it is written: behind a line as wide as the window its last column would go.
        const shown = lines.slice(0, rows).map((line) => `${CLEAR_LINE}${line}`);
        const rest = shown.length < rows ? `\n${CLEAR_BELOW}` : '';
        // One write a frame, so that no half-drawn frame is seen.
        frame = HOME + shown.join('\n') + rest;
        stdout.write(frame);
      },
    });
  } finally {
    letGo();
    giveBack();
  }
}

type Keyboard = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };

const CTRL_Z = '\u001a';

/**
 * Tells of each key while `work` runs: a character, or the sequence that a key such as an arrow sends.
 * Ctrl-C is a key, too; Ctrl-Z stops the process as ever. Node gives the terminal its modes back when
 * the process ends.
 *
 * @param onKey never called where stdin is no terminal
 */
export async function withKeys(
  stdin: Keyboard,
  { terminal }: Pick<Screen, 'terminal'>,
  onKey: (key: string) => void,
  work: () => Promise<void>,
): Promise<void> {
  if (!stdin.isTTY) return work();
  const read = (_: string | undefined, { sequence = '' }: Key) =>
    sequence === CTRL_Z ? terminal.suspend() : onKey(sequence);
  const takeAgain = () => void stdin.setRawMode?.(true);
  const giveBack = () => void stdin.setRawMode?.(false);
  const letGo = terminal.hold({ giveBack, takeAgain });
  emitKeypressEvents(stdin);
  takeAgain();
  stdin.on('keypress', read);
  stdin.resume();
  try {
    await work();
  } finally {
    stdin.off('keypress', read);
    stdin.pause();
    letGo();
    giveBack();
  }
}
