import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { randomOf } from '../support/interleaving.js';
import {
  type Baseline,
  type Cell,
  cellsOf,
  commands,
  expectedExit,
  type Outcome,
  runBaseline,
  runCell,
} from './cells.js';
import { CANARY } from './faults.js';
import { useFaultLab } from './lab.js';
import { writeReport } from './report.js';

const LIMIT_S = 3;
/** What a command may take on top of its own work, on a machine that has other work. */
const MARGIN_S = 2 * LIMIT_S;
/** At once: more would measure the machine rather than the command. */
const LANES = 2;
const ALL = process.env.SOCIALDB_UPDATE === '1' || process.env.SOCIALDB_CELLS === 'all';
const SEED = Number(process.env.SOCIALDB_SEED ?? 7);
/** Of each command, in the short form. */
const SAMPLE = Number(process.env.SOCIALDB_SAMPLE ?? 3);

const STACK = /^\s+at .+[:(]|node:internal|UnhandledPromise|\[cause\]/m;

describe(`every command with one store at fault, ${ALL ? 'all cells' : `seed ${SEED}`}`, () => {
  const lab = useFaultLab();
  const baselines = new Map<string, Baseline>();
  const outcomes = new Map<Cell, Outcome>();

  before(async () => {
    await inLanes(commands(), async (command) => {
      baselines.set(command, await runBaseline(lab, command));
    });
  });

  it('is fine while no store is', () => {
    for (const [command, { exitCode, stderr }] of baselines) {
      // Nothing is cached in a database that is a moment old.
      const fine = command === 'cache show' ? 1 : 0;
      assert.equal(exitCode, fine, `socialdb ${command}: ${stderr}`);
    }
  });

  it('ends in time, says so in a line, and keeps its secrets', { timeout: 3_600_000 }, async () => {
    const cells = commands().flatMap((command) => cellsOf(command, baselineOf(command)));
    const failures: string[] = [];
    await inLanes(ALL ? cells : sample(cells), async (cell) => {
      const baseline = baselineOf(cell.command);
      const outcome = await inTime(cell, baseline);
      outcomes.set(cell, outcome);
      const wrong = complaint(cell, outcome, baseline);
      if (wrong) failures.push(`${cell.command}, ${cell.store} ${cell.fault}: ${wrong}`);
    });
    if (process.env.SOCIALDB_UPDATE === '1') await writeReport(baselines, outcomes);
    assert.deepEqual(failures, []);
  });

  /** A cell that took long is run again: on a machine with other work, time alone proves nothing. */
  async function inTime(cell: Cell, baseline: Baseline): Promise<Outcome> {
    let best = await runCell(lab, cell, baseline);
    for (let again = 0; again < 2 && best.seconds > LIMIT_S; again++) {
      const outcome = await runCell(lab, cell, baseline);
      if (outcome.seconds < best.seconds) best = outcome;
    }
    return best;
  }

  function baselineOf(command: string): Baseline {
    const baseline = baselines.get(command);
    assert.ok(baseline, command);
    return baseline;
  }
});

/** What is wrong with the end of a command, if anything is. */
function complaint(cell: Cell, outcome: Outcome, baseline: Baseline): string | undefined {
  const { stdout, stderr, exitCode, seconds } = outcome;
  const expected = expectedExit(cell, baseline);
  // What was cut off may have been the end of a conversation that was over.
  const partly = / mid-reply$/.test(cell.fault);
  if (exitCode !== expected && !(partly && exitCode === baseline.exitCode)) {
    return `exit ${exitCode}, not ${expected}: ${stderr.slice(0, 1000)}`;
  }
  if (seconds > baseline.seconds + MARGIN_S)
    return `${seconds.toFixed(1)} s: ${stderr.slice(0, 300)}`;
  if (STACK.test(stderr + stdout)) return `a stack: ${stderr.slice(0, 1000)}`;
  if (stdout.includes(CANARY) || stderr.includes(CANARY)) return `a secret: ${stderr}`;
  if (exitCode === 3 && !/^error: .+\n.+\n$/m.test(stderr)) return `no two lines: ${stderr}`;
  const name = { postgres: 'PostgreSQL', redis: 'Redis', mongodb: 'MongoDB' }[cell.store];
  const named = stderr.split('\n').filter((line) => {
    return /^(warning|error):/.test(line) && line.includes(name);
  }).length;
  if (!partly && exitCode === 3 && named !== 1) return `named ${named} times: ${stderr}`;
  if (!partly && cell.store !== 'postgres' && exitCode === 0 && named > 1) {
    return `warned ${named} times: ${stderr}`;
  }
  return undefined;
}

/** Some cells of each command, and each fault of each store at least once. */
function sample(cells: readonly Cell[]): Cell[] {
  const random = randomOf(SEED);
  const shuffled = [...cells]
    .map((cell) => ({ cell, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ cell }) => cell);
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  return shuffled.filter(({ command, store, fault }) => {
    const taken = counts.get(command) ?? 0;
    const news = !seen.has(`${store} ${fault}`);
    if (taken >= SAMPLE && !news) return false;
    counts.set(command, taken + 1);
    seen.add(`${store} ${fault}`);
    return true;
  });
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
