import type { Bench } from '../bench.js';
import type { Exercise } from '../exercise.js';
import type { Session } from '../session.js';

const POST = `INSERT INTO posts (id, content) VALUES (1, 'hello')`;
const TOO_LONG = `INSERT INTO posts (id, content)
 VALUES (2, 'far too long for this table')`;
const EVENT = `INSERT INTO outbox VALUES ('e1', 'posted 1')`;
const CHOICES = [
  'the post and its event',
  'the post without its event',
  'an event without its post',
  'neither',
];

/** Puts an event into the activity store, and shows how. */
async function insertEvent(bench: Bench, session: string, id: string, text: string) {
  const inserted = await bench.stores.events.insert(id, text);
  const reply = inserted ? 'inserted' : 'duplicate key: it is there already';
  const command = `insertOne({_id: '${id}', event: '${text}'})`;
  bench.show({ kind: 'command', session, store: bench.stores.eventsName, text: command, reply });
}

async function lookAtBoth(bench: Bench, session: Session, post: number): Promise<number> {
  await session.run('SELECT id, content FROM posts ORDER BY id');
  const events = await bench.stores.events.texts();
  const reply = events.join(', ') || '(nothing)';
  bench.show({
    kind: 'command',
    session: session.name,
    store: bench.stores.eventsName,
    text: 'find()',
    reply,
  });
  const posts = await session.quietly.number(`SELECT count(*) FROM posts WHERE id = ${post}`);
  const heard = events.some((text) => text.endsWith(` ${post}`));
  return posts > 0 ? (heard ? 0 : 1) : heard ? 2 : 3;
}

export const outbox: Exercise = {
  name: 'outbox',
  title: 'An outbox against dual writes',
  aim: 'explain why two stores cannot be written “one after the other”, and what an outbox does about it',
  minutes: 15,
  uses: {
    store: 'mongodb',
    otherwise:
      'There is no MongoDB, so a table of its own plays the activity store, written apart from the posts.',
  },
  tables: `
    CREATE TABLE posts (id int PRIMARY KEY, content text NOT NULL CHECK (length(content) <= 20));
    CREATE TABLE outbox (id text PRIMARY KEY, event text NOT NULL)`,
  steps: [
    {
      tell: 'A post goes to PostgreSQL, and its event to the activity store. The application A commits the post, and dies before it writes the event.',
      ask: { text: 'What is in the two stores?', choices: CHOICES },
      async run(bench) {
        const [a, b] = [await bench.session('A'), await bench.session('B')];
        await a.run(POST);
        await bench.crash('A', b);
        bench.remark('A is gone before it could write the event.');
        return {
          right: await lookAtBoth(bench, b, 1),
          conclusion:
            'Nobody will ever hear of this post: the two writes are no transaction, and nothing remembers that one is missing.',
        };
      },
    },
    {
      tell: 'Then the other order: A writes the event first, then the post. PostgreSQL refuses the post, which is too long.',
      ask: { text: 'What is in the two stores of post 2?', choices: CHOICES },
      async run(bench) {
        const a = await bench.session('A');
        await insertEvent(bench, 'A', 'e2', 'posted 2');
        await a.attempt(TOO_LONG);
        return {
          right: await lookAtBoth(bench, a, 2),
          conclusion:
            'Now everybody hears of a post that is not there. Whichever comes first, the other can fail.',
        };
      },
    },
    {
      tell: 'With an outbox the event is a row beside the post, in the same transaction. A dies right after COMMIT; a relay R carries what waits in the outbox, and it dies, too: after the activity store has the event, before it deleted the row.',
      ask: { text: 'How many rows are in the outbox then?' },
      async run(bench) {
        const [a, r] = [await bench.session('A'), await bench.session('R')];
        await a.quietly.run('DELETE FROM posts');
        await a.run('BEGIN');
        await a.run(POST);
        await a.run(EVENT);
        await a.run('COMMIT');
        await bench.crash('A', r);
        bench.remark('A is gone; its event is safe. The relay takes it.');
        await r.run('BEGIN');
        await r.run('SELECT id, event FROM outbox ORDER BY id FOR UPDATE SKIP LOCKED');
        await insertEvent(bench, 'R', 'e1', 'posted 1');
        const b = await bench.session('B');
        await bench.crash('R', b);
        bench.remark('R is gone before its DELETE and COMMIT.');
        await b.run('SELECT id, event FROM outbox');
        return {
          right: await b.quietly.number('SELECT count(*) FROM outbox'),
          conclusion:
            'The row is still there, since its deletion was never committed. So the event will be carried a second time, which is the lesser evil.',
        };
      },
    },
    {
      tell: 'Another relay comes along and takes the row again.',
      ask: { text: 'How often is the event in the activity store when it is done?' },
      async run(bench) {
        const r = await bench.session('R');
        await r.run('BEGIN');
        await r.run('SELECT id, event FROM outbox ORDER BY id FOR UPDATE SKIP LOCKED');
        await insertEvent(bench, 'R', 'e1', 'posted 1');
        await r.run(`DELETE FROM outbox WHERE id = 'e1'`);
        await r.run('COMMIT');
        await lookAtBoth(bench, r, 1);
        const events = await bench.stores.events.texts();
        return {
          right: events.filter((text) => text === 'posted 1').length,
          conclusion:
            'The event’s id is the key in the activity store, so the second delivery found it taken. At least once, and idempotent: together that is exactly once.',
        };
      },
    },
  ],
  check: {
    kind: 'crash',
    task: `Write the SQL that publishes post 1 with the content 'hello' and puts the event ('e1', 'posted 1') into outbox. It is cut off after each statement in turn; there must never be one without the other.`,
    look: `SELECT format('posts %s, events in the outbox %s',
             (SELECT count(*) FROM posts), (SELECT count(*) FROM outbox))`,
    whole: `SELECT (SELECT count(*) FROM posts WHERE id = 1) = 1 AND (SELECT count(*) FROM outbox) = 1`,
    nothing: `SELECT (SELECT count(*) FROM posts) + (SELECT count(*) FROM outbox) = 0`,
  },
};
