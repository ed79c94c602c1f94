import type { Bench } from '../bench.js';
import type { Exercise } from '../exercise.js';
import type { Session } from '../session.js';

const EDGE = 'INSERT INTO follows VALUES (1, 2)';
const FOLLOWING = 'UPDATE users SET following = following + 1 WHERE id = 1';
const LOOK = `SELECT name, following, followers,
       (SELECT count(*) FROM follows WHERE follower = id) AS follows,
       (SELECT count(*) FROM follows WHERE followed = id) AS followed
  FROM users ORDER BY id`;
const AFRESH = 'WITH gone AS (DELETE FROM follows) UPDATE users SET following = 0, followers = 0';

const ONE_STATEMENT = `WITH edge AS (
  INSERT INTO follows VALUES (1, 2)
  ON CONFLICT DO NOTHING RETURNING *
)
UPDATE users
   SET following = following + (id = follower)::int,
       followers = followers + (id = followed)::int
  FROM edge
 WHERE id IN (follower, followed)`;

const CHOICES = [
  'all three changes',
  'none of them',
  'the edge and alice’s counter, but not bob’s',
];

/** Which of the choices is what the tables hold now. */
async function whatIsThere(session: Session): Promise<number> {
  const { rows } = await session.run(LOOK);
  const [following, followers, edges] = [rows[0]?.[1], rows[1]?.[2], rows[0]?.[3]].map(Number);
  if (following === 1 && followers === 1 && edges === 1) return 0;
  return following === 0 && followers === 0 && edges === 0 ? 1 : 2;
}

async function cutOff(bench: Bench, statements: readonly string[]): Promise<number> {
  const b = await bench.session('B');
  await b.quietly.run(AFRESH);
  const a = await bench.session('A');
  for (const statement of statements) await a.run(statement);
  await bench.crash('A', b);
  bench.remark('A is gone before it could say: update bob’s counter.');
  return whatIsThere(b);
}

export const follow: Exercise = {
  name: 'follow',
  title: 'A follow is one transaction',
  aim: 'say what a transaction promises when a program dies in the middle of its work',
  minutes: 10,
  tables: `
    CREATE TABLE users (
      id int PRIMARY KEY, name text NOT NULL,
      following int NOT NULL DEFAULT 0, followers int NOT NULL DEFAULT 0);
    CREATE TABLE follows (
      follower int REFERENCES users, followed int REFERENCES users,
      PRIMARY KEY (follower, followed));
    INSERT INTO users VALUES (1, 'alice'), (2, 'bob')`,
  steps: [
    {
      tell: 'alice follows bob. That changes three rows: the edge, what alice counts and what bob counts. Session A sends the changes one by one, without a transaction, and dies after the second; session B ends it, as a crash would.',
      ask: { text: 'What is in the tables afterwards?', choices: CHOICES },
      async run(bench) {
        const right = await cutOff(bench, [EDGE, FOLLOWING]);
        return {
          right,
          conclusion:
            'Each statement was a transaction of its own, and was committed when it ended. The columns following and followers no longer say what follows and followed count, and nothing in the database will mend that.',
        };
      },
    },
    {
      tell: 'The same crash at the same place, but now A has said BEGIN first.',
      ask: { text: 'What is in the tables afterwards?', choices: CHOICES },
      async run(bench) {
        const right = await cutOff(bench, ['BEGIN', EDGE, FOLLOWING]);
        return {
          right,
          conclusion:
            'Without COMMIT there is nothing: the server rolls back what a lost connection had begun. The user has to click again, and that is all that happened.',
        };
      },
    },
    {
      tell: 'One statement is one transaction, too. This one writes the edge, and counts only if the edge was new. Somebody clicks twice, so it runs twice.',
      ask: { text: 'How many followers does bob have then?' },
      async run(bench) {
        const a = await bench.session('A');
        await a.run(ONE_STATEMENT);
        await a.run(ONE_STATEMENT);
        await a.run(LOOK);
        return {
          right: await a.quietly.number('SELECT followers FROM users WHERE id = 2'),
          conclusion:
            'ON CONFLICT DO NOTHING returned no row the second time, so the UPDATE had nothing to join with. Saying it twice changes nothing: that is what makes it safe to try again after a lost connection. socialdb’s own is sql/queries/edge_follow.sql.',
        };
      },
    },
  ],
  check: {
    kind: 'crash',
    task: 'Write the SQL by which alice (1) follows bob (2): the edge in follows, alice’s following and bob’s followers. It is cut off after each statement in turn; the counters must be right every time.',
    look: `SELECT format('edges %s, alice follows %s, bob is followed by %s',
             (SELECT count(*) FROM follows), (SELECT following FROM users WHERE id = 1),
             (SELECT followers FROM users WHERE id = 2))`,
    whole: `SELECT (SELECT count(*) FROM follows WHERE follower = 1 AND followed = 2) = 1
        AND (SELECT following FROM users WHERE id = 1) = 1
        AND (SELECT followers FROM users WHERE id = 2) = 1`,
    nothing: `SELECT (SELECT count(*) FROM follows) = 0
        AND (SELECT sum(following) + sum(followers) FROM users) = 0`,
  },
};
