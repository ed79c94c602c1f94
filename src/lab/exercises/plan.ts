import { misestimates } from '../../tuning/estimates.js';
import { nodesOf } from '../../tuning/nodes.js';
import { nodeTypes, type Plan } from '../../tuning/plan.js';
import { rowsRead } from '../../tuning/rows-read.js';
import type { Bench } from '../bench.js';
import type { Exercise } from '../exercise.js';

const SORTED = 'SELECT id FROM posts ORDER BY body DESC, id';
const BY_NAME = `SELECT id FROM users
 WHERE lower(name) = 'user4242'`;
const LIKED = `SELECT count(*) FROM events e
  JOIN users u ON u.id = e.user_id
 WHERE e.kind = 'liked' AND u.name <> 'User1'`;

const FAULTS = {
  text: 'This query takes longer than it has to, because …',
  choices: [
    'no index serves the filter as it is written',
    'the planner’s statistics are out of date',
    'a sort does not fit into its memory',
  ],
};

/** Which of the choices a plan gives away, by its own figures. */
function faultOf(plan: Plan): number {
  const nodes = [...nodesOf(plan.root)];
  if (nodes.some(({ fields }) => fields['Sort Space Type'] === 'Disk')) return 2;
  return [...misestimates(plan.root).values()].some(({ factor }) => factor >= 1_000) ? 1 : 0;
}

const SMALL_MEMORY = `SET work_mem = '512kB'`;

async function explained(bench: Bench, sql: string, setting?: string): Promise<Plan> {
  const a = await bench.session('A');
  if (setting) await a.run(setting);
  return a.explain(sql);
}

/** The plan as it was before the question. */
async function measuredAgain(bench: Bench, sql: string, setting?: string): Promise<Plan> {
  const a = await bench.session('A');
  if (setting) await a.quietly.run(setting);
  return a.quietly.explain(sql);
}

export const plan: Exercise = {
  name: 'plan',
  title: 'Reading a plan: find what is wrong',
  aim: 'find in a plan where the time goes, and what to change',
  minutes: 15,
  tables: `
    CREATE TABLE posts (id int PRIMARY KEY, body text NOT NULL);
    INSERT INTO posts SELECT n, md5(n::text) FROM generate_series(1, 40000) n;
    CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
    INSERT INTO users SELECT n, 'User' || n FROM generate_series(1, 20000) n;
    CREATE INDEX users_name ON users (name);
    CREATE TABLE events (user_id int NOT NULL, kind text NOT NULL)
      WITH (autovacuum_enabled = false);
    INSERT INTO events SELECT n, 'posted' FROM generate_series(1, 20000) n;
    ANALYZE;
    INSERT INTO events SELECT 1 + n % 20000, 'liked' FROM generate_series(1, 30000) n`,
  steps: [
    {
      tell: 'Three queries, each slower than it has to be, and each for another reason. Read a plan from the inside out: which node takes time of its own, how many rows came against how many were planned, what stands below the node. All 40,000 posts are put in order here.',
      async look(bench) {
        await explained(bench, SORTED, SMALL_MEMORY);
      },
      ask: FAULTS,
      async run(bench) {
        const right = faultOf(await measuredAgain(bench, SORTED, SMALL_MEMORY));
        await explained(bench, SORTED, `SET work_mem = '16MB'`);
        return {
          right,
          conclusion:
            '“external merge … on disk” says that the rows went through temporary files, since a sort may have no more than work_mem. With more memory it is a quicksort. An index on (body DESC, id) would make the Sort node go away.',
        };
      },
    },
    {
      tell: 'users has 20,000 rows and an index on name. Somebody is looked for in small letters.',
      async look(bench) {
        await explained(bench, BY_NAME);
      },
      ask: FAULTS,
      async run(bench) {
        const before = await measuredAgain(bench, BY_NAME);
        const a = await bench.session('A');
        await a.run('CREATE INDEX users_lower_name ON users (lower(name))');
        await a.quietly.run('ANALYZE users');
        const after = await a.explain(BY_NAME);
        return {
          right: faultOf(before),
          conclusion: `The filter removed all rows but one. The index is sorted by name, and the filter asks for lower(name): a function around the column puts its index out of use. With an index on that expression the scan read ${rowsRead(after)} of ${rowsRead(before)?.toLocaleString('en')} rows.`,
        };
      },
    },
    {
      tell: 'How many likes came from users other than User1? Look at the rows that came and at those that were planned.',
      async look(bench) {
        await explained(bench, LIKED);
      },
      ask: FAULTS,
      async run(bench) {
        const before = await measuredAgain(bench, LIKED);
        const a = await bench.session('A');
        await a.run('ANALYZE events');
        const after = await a.explain(LIKED);
        const join = (of: Plan) => nodeTypes(of).find((title) => /Loop|Join/.test(title)) ?? '';
        return {
          right: faultOf(before),
          conclusion: `When events was last analyzed, nobody had liked anything, so the planner expected one row and chose ${join(before)}, which starts anew for each row. After ANALYZE it knows better: ${join(after)}. Autovacuum does this by itself; this table has it switched off.`,
        };
      },
    },
  ],
  check: {
    kind: 'plan',
    task: `Make this search read no more than 10 rows, with the same rows found, by an index, another SELECT, or both: ${BY_NAME.replace('\n', '')}.`,
    query: BY_NAME,
    ordered: false,
    mostRows: 10,
  },
};
