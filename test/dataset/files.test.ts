import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { openText } from '../../src/dataset/files.js';
import { linesOf } from '../../src/dataset/lines.js';

const folder = mkdtempSync(join(tmpdir(), 'socialdb-files-'));
after(() => rmSync(folder, { recursive: true }));

async function read(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'some.txt');
  writeFileSync(path, bytes);
  let text = '';
  for await (const piece of (await openText(path)).text) text += piece;
  return text;
}

describe('a text file', () => {
  it('is read whole, wherever a piece of it ends', async () => {
    for (const character of ['é', '漢', '😀']) {
      for (let before = 0; before <= 4; before++) {
        const text = `${'x'.repeat(256 * 1024 - before)}${character.repeat(200_000)}`;
        assert.ok((await read(Buffer.from(text))) === text, `${character} after ${before}`);
      }
    }
  });

  it('loses a byte order mark, and only at its begin', async () => {
    assert.equal(await read(Buffer.from('\ufeffa\ufeff')), 'a\ufeff');
  });

  it('is refused at the byte where its last character begins, when that is cut', async () => {
    for (const [character, bytes] of Object.entries({ é: 1, 漢: 2, '😀': 3 })) {
      const cut = Buffer.concat([Buffer.from('ab'), Buffer.from(character).subarray(0, bytes)]);
      await assert.rejects(read(cut), { message: 'some.txt, byte 2: is not UTF-8 text' });
    }
  });

  it('is text where a strict TextDecoder says so, and the same text', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1 }), async (pieces) => {
        const bytes = Buffer.concat(pieces);
        let text: string | undefined;
        try {
          text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        } catch {
          await assert.rejects(read(bytes), /^RequestError: some\.txt, byte \d+: is not UTF-8/);
        }
        if (text !== undefined) assert.equal(await read(bytes), text);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('the lines of a text', () => {
  it('end in either way, also where a piece ends between the two characters', async () => {
    async function* pieces() {
      yield* ['a\r', '\nb\n', '\r\nc', '\r\rd\r\n', 'e'];
    }
    const found: [number, string][] = [];
    const file = { name: 'some.txt', text: pieces(), share: () => 0 };
    for await (const { first, lines } of linesOf(file)) {
      for (const [at, line] of lines.entries()) found.push([first + at, line]);
    }
    assert.deepEqual(found, [
      [1, 'a'],
      [2, 'b'],
      [3, ''],
      [4, 'c\r\rd'],
      [5, 'e'],
    ]);
  });
});
