import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { edgesOf } from '../../../src/dataset/edges/parse.js';

async function parse(text: string, pieces = 1): Promise<string[]> {
  const size = Math.ceil(text.length / pieces) || 1;
  async function* chunks() {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  }
  const edges: string[] = [];
  for await (const batch of edgesOf({ name: 'list', text: chunks(), share: () => 0 })) {
    edges.push(...batch.map(({ source, target }) => `${source}>${target}`));
  }
  return edges;
}

describe('an edge list', () => {
  it('has columns separated by spaces, tabs or commas, and any line ends', async () => {
    for (const text of ['1 2\n3 4\n', '1\t2\r\n3\t4', ' 1   2 \n\n3 4', '1,2\n3, 4\n']) {
      assert.deepEqual(await parse(text), ['1>2', '3>4'], JSON.stringify(text));
    }
  });

  it('is the same wherever the pieces of the file end', async () => {
    const text = '# one\r\nsource,target\r\n10,20\r\n30,40\r\n';
    for (let pieces = 1; pieces <= text.length; pieces++) {
      assert.deepEqual(await parse(text, pieces), ['10>20', '30>40'], `${pieces} pieces`);
    }
  });

  it('may have comments and a header line', async () => {
    const expected = ['1>2', '3>4'];
    assert.deepEqual(await parse('# SNAP\n% KONECT\n1 2\n# end\n3 4\n'), expected);
    assert.deepEqual(await parse('82168,948464,d,graph\n1,2\n3,4\n'), expected);
    assert.deepEqual(await parse('Source\tTarget\n1\t2\n3\t4\n'), expected);
    assert.deepEqual(await parse('fan idol\n1 2\n3 4\n'), expected);
    assert.deepEqual(await parse('follower,followed\nann,bob\n'), ['ann>bob']);
  });

  it('may have names for nodes, and further columns', async () => {
    assert.deepEqual(await parse('ann,bob\nbob,cyd\n'), ['ann>bob', 'bob>cyd']);
    assert.deepEqual(await parse('1 2 0.5\n3 4 0.7\n'), ['1>2', '3>4']);
    assert.deepEqual(await parse('1 2'), ['1>2']);
  });

  it('that is broken is refused with the line', async () => {
    await assert.rejects(parse('1 2\n3 4\n5\n'), /^RequestError: list:3: is no edge/);
    await assert.rejects(parse('1 2\n3 4\n5 6 7\n'), /^RequestError: list:3: 3 columns, where/);
    await assert.rejects(parse('1,2\n3,\n'), /^RequestError: list:2: is no edge/);
    await assert.rejects(parse('1 2\n3 4\0\n'), /^RequestError: list:2: a name holds control/);
    await assert.rejects(
      parse(`1 ${'2'.repeat(257)}\n`),
      /^RequestError: list:1: a name is too long/,
    );
    await assert.rejects(parse('x'.repeat(17 * 1024 * 1024), 300), /list:1: the line is too long/);
  });

  it('without edges is refused', async () => {
    for (const text of ['', '\n\n', '# nothing\n', 'source,target\n']) {
      await assert.rejects(parse(text), /^RequestError: list: there are no edges in it/);
    }
  });
});
