import type { Readable, Writable } from 'node:stream';
import { Chalk, type ChalkInstance } from 'chalk';
import { InterruptedError, type SocialdbError } from '../errors.js';
import { type Progress, progressLines, spinner } from './progress.js';
import { jsonLine, visible, visibleLine, wrapped } from './text.js';

export interface ScreenOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

export type Stream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

/** What a live view has changed of the terminal. */
interface TerminalHold {
  giveBack(): void;
  takeAgain(): void;
}

/** The terminal as the process has it. */
export interface Terminal {
  /**
   * Gives the terminal back when the process ends before its time, and while it is stopped.
   * @returns how to let go of it
   */
  hold(hold: TerminalHold): () => void;
  /** Stops the process as Ctrl-Z does, which is a key like others to who reads keys. */
  suspend(): void;
}

const NO_TERMINAL: Terminal = { hold: () => () => {}, suspend() {} };

/** Where results go: data to stdout, everything else to stderr. */
export interface Screen {
  readonly options: ScreenOptions;
  /** Colours of stdout; plain where the stream or the user wants none. */
  readonly style: ChalkInstance;
  /** Where data goes; a live view draws on it. */
  readonly stdout: Stream;
  /** Columns to lay text out in: the terminal's now, 80 where there is none. */
  readonly columns: number;
  readonly terminal: Terminal;
  /** Whether stderr is a terminal on which a line may be drawn again. */
  readonly interactive: boolean;
  /** Prints a result: one JSON document with `--json`, otherwise what `render` makes of it. */
  show<T>(result: T, render: (result: T, screen: Screen) => string): void;
  /** One item of a stream: a JSON object on a line with `--json`. */
  item<T>(result: T, render: (result: T, screen: Screen) => string): void;
  /** Text that is the data itself, such as SQL, a script or a chart of its own. */
  print(text: string): void;
  /** A remark on stderr; dropped by `--quiet`. */
  note(message: string): void;
  /** A warning on stderr. */
  warn(message: string): void;
  /** Shown with `--verbose` only. */
  trace(message: string): void;
  fail(error: SocialdbError): void;
  /**
   * Asks a question on stderr; only where stdin is a terminal.
   * @returns the answer; undefined for Ctrl-D
   * @throws InterruptedError for Ctrl-C, which reaches us as a key here, and when `signal` is aborted
   */
  ask(question: string, stdin: Readable, signal?: AbortSignal): Promise<string | undefined>;
  /** A line that is drawn again as work goes on; call the result with the latest state. */
  progress(label: string): Progress;
}

export function createScreen(
  stdout: Stream,
  stderr: Stream,
  options: ScreenOptions,
  terminal: Terminal = NO_TERMINAL,
): Screen {
  const style = new Chalk({ level: options.color && stdout.isTTY ? 1 : 0 });
  const errorStyle = new Chalk({ level: options.color && stderr.isTTY ? 1 : 0 });
  const line = (stream: Stream, text: string) => void stream.write(`${text}\n`);
  const fitted = (stream: Stream, text: string) =>
    stream.isTTY ? wrapped(text, stream.columns) : text;
  const remark = (text: string, paint = (shown: string) => shown) =>
    line(stderr, paint(fitted(stderr, text)));
  const interactive = Boolean(stderr.isTTY) && options.color;

  const screen: Screen = {
    options,
    style,
    stdout,
    terminal,
    get columns() {
      return stdout.columns ?? 80;
    },
    interactive,
    show(result, render) {
      line(stdout, options.json ? jsonLine(result, 2) : fitted(stdout, render(result, screen)));
    },
    item(result, render) {
      line(stdout, options.json ? jsonLine(result) : fitted(stdout, render(result, screen)));
    },
    print(text) {
      line(stdout, text);
    },
    note(message) {
      if (!options.quiet) remark(visible(message), errorStyle.dim);
    },
    warn(message) {
      if (!options.quiet) remark(`warning: ${visible(message)}`, errorStyle.yellow);
    },
    trace(message) {
      if (options.verbose) line(stderr, errorStyle.dim(visible(message)));
    },
    fail(error) {
      const { code, message, hint, stack } = error;
      if (options.json) {
        line(stderr, jsonLine({ error: { code, message, hint } }));
        return;
      }
      const told = `error: ${visibleLine(message)}`;
      remark(told, (shown) => shown.replace('error:', errorStyle.red('error:')));
      if (hint) remark(visibleLine(hint), errorStyle.dim);
      if (options.verbose && stack) line(stderr, errorStyle.dim(visible(stack)));
    },
    async ask(question, stdin, signal) {
      const { createInterface } = await import('node:readline');
      return new Promise((resolve, reject) => {
        const prompt = createInterface({ input: stdin, output: stderr });
        const interrupt = () => {
          reject(new InterruptedError());
          prompt.close();
        };
        prompt.on('SIGINT', interrupt);
        signal?.addEventListener('abort', interrupt, { once: true });
        prompt.on('close', () => signal?.removeEventListener('abort', interrupt));
        const leave = () => {
          line(stderr, '');
          resolve(undefined);
        };
        prompt.on('close', leave);
        prompt.question(visible(question), (answer) => {
          prompt.off('close', leave);
          prompt.close();
          resolve(answer);
        });
      });
    },
    progress(label) {
      if (options.quiet) return { update() {}, stop() {} };
      return interactive
        ? spinner(label, stderr)
        : progressLines(label, (text) => line(stderr, text));
    },
  };
  return screen;
}
