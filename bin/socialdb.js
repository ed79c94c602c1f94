#!/usr/bin/env node
// The only file that touches the process: arguments, environment, streams, signals, exit code.
// CommonJS, which starts sooner than a module.
const { readFileSync, writeSync } = require('node:fs');
const { join } = require('node:path');

const argv = process.argv.slice(2);
if (['', '--help', '-h'].includes(argv.join(' ')) && printed('../dist/bundle/help.txt'))
  process.exit();

/** Prints what was made ready when this was built; false where stdout is not there to take it at once. */
function printed(file) {
  try {
    const text = readFileSync(join(__dirname, file));
    return writeSync(1, text) === text.length;
  } catch {
    return false;
  }
}

const { loader } = require('./load.js');
const help = argv.includes('--help') || argv.includes('-h');
const command = help ? 'help' : (argv.find((word) => /^[a-z]+$/.test(word)) ?? 'other');
const { load, keepCode } = loader(command, process.env);
const { main } = load('main.js');

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // The first asks to stop cleanly, the second stops now.
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
  });
}
// A reader that has seen enough (`| head -1`) is no error; a terminal that was closed has sent SIGHUP.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code, message }) => {
    if (code === 'EIO') return interruption.abort();
    if (code === 'EPIPE') process.exit(0);
    if (stream === process.stdout) process.stderr.write(`error: the output is lost: ${message}\n`);
    process.exit(1);
  });
}

// A live view gives the terminal back at the end, before a stack is printed, and while it is stopped.
const holds = new Set();
const giveBack = () => {
  for (const hold of holds) hold.giveBack();
};
const end = () => {
  giveBack();
  holds.clear();
};
process.on('exit', end);
process.on('uncaughtExceptionMonitor', end);
const suspend = () => {
  giveBack();
  process.off('SIGTSTP', suspend);
  // It stops here, until the shell's `fg`; or not at all, where there is no shell to say that.
  process.kill(process.pid, 'SIGTSTP');
  process.on('SIGTSTP', suspend);
  for (const hold of holds) hold.takeAgain();
};

const shell = {
  argv,
  env: process.env,
  cwd: process.cwd(),
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  interrupted: interruption.signal,
  terminal: {
    hold(hold) {
      if (holds.size === 0) process.on('SIGTSTP', suspend);
      holds.add(hold);
      return () => {
        holds.delete(hold);
        if (holds.size === 0) process.off('SIGTSTP', suspend);
      };
    },
    // All of the job, with npx or a pipe before and behind us.
    suspend: () => process.kill(0, 'SIGTSTP'),
  },
};
main(shell).then((exitCode) => {
  // What was written reaches the reader before the end, and a server that hangs cannot hold us up.
  process.stdout.write('', () => {
    if (exitCode === 0) keepCode();
    process.exit(exitCode);
  });
});
