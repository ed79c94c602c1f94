import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { createScreen as CreateScreen, Stream } from '../../src/output/screen.js';

const { loader } = createRequire(import.meta.url)('../../bin/load.js');

/** A terminal that keeps what is drawn on it. */
function terminal(): Stream & { drawn: string } {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      stream.drawn += String(chunk);
      done();
    },
  }) as Stream & { drawn: string };
  const has = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
  return Object.assign(stream, { drawn: '', isTTY: true, columns: 80, ...has });
}

describe('the spinner of long work, as it is bundled', () => {
  it('turns on a terminal', async () => {
    const screenModule = loader('other', process.env)
      .load('socialdb.cjs')
      .modules['output/screen.ts']();
    const createScreen: typeof CreateScreen = screenModule.createScreen;
    const stderr = terminal();
    const options = { json: false, quiet: false, verbose: false, color: true };
    const progress = createScreen(terminal(), stderr, options).progress('counting');
    progress.update('sheep');
    for (let tries = 0; !stderr.drawn.includes('sheep') && tries < 100; tries++) await sleep(50);
    progress.stop();
    assert.match(stderr.drawn, /counting sheep/);
  });
});
