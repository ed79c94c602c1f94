import ora from 'ora';
import type { Progress } from './screen.js';

/** What is going on, behind something that turns; it is wiped away when it ends. */
export function spinner(text: string, stream: NodeJS.WriteStream): Progress {
  const spin = ora({ text, stream, discardStdin: false }).start();
  return {
    update(state) {
      spin.text = state;
    },
    stop() {
      spin.stop();
    },
  };
}
