import type { Bench } from '../bench.js';
import type { Exercise } from '../exercise.js';

const READ = 'SELECT likes FROM posts WHERE id = 1';
const ADD = 'UPDATE posts SET likes = likes + 1 WHERE id = 1';
const add = (id: number) => `UPDATE posts SET likes = likes + 1 WHERE id = ${id}`;

async function twoSessions(bench: Bench) {
  const [a, b] = [await bench.session('A'), await bench.session('B')];
  await a.quietly.run('UPDATE posts SET likes = 10');
  return [a, b] as const;
}

export const lostUpdate: Exercise = {
  name: 'lost-update',
  title: 'A lost update and a deadlock',
  aim: 'find the two ways in which sessions that write the same rows get into each other’s way',
  minutes: 15,
  tables: `
    CREATE TABLE posts (id int PRIMARY KEY, likes int NOT NULL);
    INSERT INTO posts VALUES (1, 10), (2, 10)`,
  steps: [
    {
      tell: 'Post 1 has 10 likes, and two people like it at once. Each session reads the number, adds one in its program, and writes the sum.',
      ask: { text: 'How many likes does the post have in the end?' },
      async run(bench) {
        const [a, b] = await twoSessions(bench);
        for (const one of [a, b]) {
          await one.run('BEGIN');
          await one.run(READ);
        }
        for (const one of [a, b]) {
          await one.run('UPDATE posts SET likes = 11 WHERE id = 1');
          await one.run('COMMIT');
        }
        await b.run(READ);
        return {
          right: await b.quietly.number(READ),
          conclusion:
            'That is a lost update: both transactions were committed, nobody saw an error, and one like is gone. BEGIN and COMMIT alone do not help, since each read what was true at the time.',
        };
      },
    },
    {
      tell: 'The same two likes, but the addition is left to the server: likes = likes + 1. B’s UPDATE comes while A has not committed yet.',
      ask: {
        text: 'What does B’s UPDATE do?',
        choices: [
          'it writes 11 over A’s 11',
          'it waits for A, then adds to what A left',
          'it fails at once: the row is locked',
        ],
      },
      async run(bench) {
        const [a, b] = await twoSessions(bench);
        for (const one of [a, b]) await one.run('BEGIN');
        await a.run(ADD);
        const started = await b.start(ADD);
        await a.run('COMMIT');
        const outcome = await started.end();
        await b.attempt('COMMIT');
        await b.run(READ);
        const likes = await b.quietly.number(READ);
        return {
          right: outcome.error ? 2 : likes === 12 ? 1 : 0,
          conclusion:
            'An UPDATE locks its row until the transaction ends. Who waited reads the row anew, so no like is lost. SELECT … FOR UPDATE takes the same lock for a program that has to compute the value itself.',
        };
      },
    },
    {
      tell: 'Under REPEATABLE READ a transaction sees the database as it was when it began. B begins, A adds a like and commits, and then B wants to add its own.',
      ask: {
        text: 'What happens to B?',
        choices: ['it adds to A’s', 'it loses A’s like', 'it is refused'],
      },
      async run(bench) {
        const [a, b] = await twoSessions(bench);
        await b.run('BEGIN ISOLATION LEVEL REPEATABLE READ');
        await b.run(READ);
        await a.run(ADD);
        const { error } = await b.attempt(ADD);
        await b.attempt('ROLLBACK');
        await b.run(READ);
        const likes = await b.quietly.number(READ);
        return {
          right: error ? 2 : likes === 12 ? 0 : 1,
          conclusion:
            'The server will not let B write over what it never saw: SQLSTATE 40001, serialization failure. Nothing is lost, but the program has to run its transaction once more.',
        };
      },
    },
    {
      tell: 'Now each session changes both posts: A first post 1 and then 2, B first post 2 and then 1. Each has its first post when it asks for the other.',
      ask: {
        text: 'How does it end?',
        choices: [
          'both wait for ever',
          'the server ends one of them, and the other goes on',
          'the server ends both of them',
        ],
      },
      async run(bench) {
        const [a, b] = await twoSessions(bench);
        for (const one of [a, b]) await one.run('BEGIN');
        await a.run(add(1));
        await b.run(add(2));
        const first = await a.start(add(2));
        const second = await b.start(add(1));
        const ends = await Promise.all([first.end(), second.end()]);
        for (const one of [a, b]) await one.attempt('COMMIT');
        await a.run('SELECT id, likes FROM posts ORDER BY id');
        const victims = ends.filter(({ error }) => error === '40P01').length;
        return {
          right: victims,
          conclusion:
            'Each waited for what the other had: a deadlock. After deadlock_timeout (1 s by default) the server looks for such a circle and ends one of the transactions with 40P01. Its COMMIT was a ROLLBACK; the program has to run it once more.',
        };
      },
    },
    {
      tell: 'The way out: everybody takes rows in the same order. B asks for post 1 first as well.',
      ask: { text: 'How many of the two transactions are ended by the server now?' },
      async run(bench) {
        const [a, b] = await twoSessions(bench);
        for (const one of [a, b]) await one.run('BEGIN');
        await a.run(add(1));
        const started = await b.start(add(1));
        const ends = [await a.attempt(add(2)), await a.attempt('COMMIT'), await started.end()];
        ends.push(await b.attempt(add(2)), await b.attempt('COMMIT'));
        await b.run('SELECT id, likes FROM posts ORDER BY id');
        return {
          right: ends.filter(({ error }) => error).length,
          conclusion:
            'B waited at the first row, where it had nothing yet that A could want. socialdb’s follow locks both users in the order of their ids for this reason.',
        };
      },
    },
  ],
  check: {
    kind: 'turns',
    task: 'Write the SQL by which one person likes post 1 (one more in posts.likes). Two sessions run your file at once, in every order of turns; no like may be lost. What a SELECT gave is :name in the statements after it, as psql’s \\gset has it: :likes.',
    reset: 'UPDATE posts SET likes = 10',
    look: `SELECT string_agg(format('post %s has %s likes', id, likes), ', ' ORDER BY id) FROM posts`,
    expected: 'post 1 has 12 likes, post 2 has 10 likes',
  },
};
