import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import stringWidth from 'fast-string-width';
import { planTree } from '../../src/output/plan.js';
import { planFooter } from '../../src/output/plan-footer.js';
import { createScreen, type Screen } from '../../src/output/screen.js';
import { nodesOf } from '../../src/tuning/nodes.js';
import { type Plan, parsePlan } from '../../src/tuning/plan.js';

const FOLDER = new URL('../tuning/plans/', import.meta.url);

function recorded(file: string): Plan {
  return parsePlan(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));
}

function screenOf(columns: number): Screen {
  const stream = Object.assign(new Writable(), { columns });
  return createScreen(stream, stream, { json: false, quiet: false, verbose: false, color: false });
}

describe('a plan on the screen', () => {
  for (const file of readdirSync(FOLDER).sort()) {
    it(`fits, and names every node, table, index and condition: ${file}`, () => {
      const plan = recorded(file);
      for (const columns of [60, 80, 140]) {
        const tree = planTree(plan, screenOf(columns));
        for (const line of tree.split('\n')) assert.ok(stringWidth(line) <= columns, line);
      }
      // Without the figures and the rails, and with what was wrapped joined again.
      const text = planTree(plan, screenOf(140)).replace(/[│├└\s]+/g, ' ');
      for (const { title, source, index, fields } of nodesOf(plan.root)) {
        const conditions = ['Filter', 'Index Cond', 'Hash Cond'].map((name) => fields[name]);
        for (const word of [title, source, index, ...conditions]) {
          if (word) assert.ok(text.includes(String(word)), `no "${word}" in\n${text}`);
        }
      }
    });
  }

  it('says what was never executed, what spilled, and whose estimate was far off', () => {
    assert.match(planTree(recorded('hash-join-spilled-15.json'), screenOf(80)), /spilled to disk/);
    assert.match(
      planTree(recorded('sort-spilled-15.json'), screenOf(80)),
      /external merge, .* on disk/,
    );
    assert.match(planTree(recorded('foreign-scan-15.json'), screenOf(80)), /Foreign Scan .* ×855/);
    assert.match(planTree(recorded('initplan-parallel-15.json'), screenOf(80)), /2 of 2 workers/);
  });

  it('counts rows removed over all loops', () => {
    const tree = planTree(recorded('partitioned-pruned-18.json'), screenOf(140));
    assert.match(tree, /removed [\d,]+ rows/);
  });

  it('ends with what belongs to all of it', () => {
    const footer = planFooter(recorded('jit-15.json'), screenOf(80));
    assert.match(footer, /execution \d+ ms · planning .* · JIT \d+ ms/);
    assert.match(footer, /settings: .*jit_above_cost = 0/);
    assert.match(
      planFooter(recorded('insert-triggers-15.json'), screenOf(80)),
      /trigger RI_.*5,000 calls/,
    );
    const long = planFooter(recorded('wal-and-long-values-18.json'), screenOf(140));
    assert.match(
      long,
      /605 buffers .* 3 WAL records \(562 B\) · serialization 4\.72 ms \(1\.2 MB\)/,
    );
    for (const line of planFooter(recorded('wal-and-long-values-18.json'), screenOf(80)).split(
      '\n',
    ))
      assert.ok(stringWidth(line) <= 80, line);
    assert.match(planFooter(recorded('not-executed-15.json'), screenOf(80)), /^not executed/);
  });
});
