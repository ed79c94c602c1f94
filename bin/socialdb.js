#!/usr/bin/env node
// The only file that touches the process: arguments, environment, streams, signals, exit code.
import { main } from '../dist/cli/main.js';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    // The first asks to stop cleanly, the second stops now.
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
  });
}
// A reader that has seen enough (`| head -1`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 70));
}

const exitCode = await main({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interrupted: interruption.signal,
});
// What was written reaches the reader before the end, and a server that hangs cannot hold us up.
process.stdout.write('', () => process.exit(exitCode));
