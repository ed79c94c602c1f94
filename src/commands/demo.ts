import { wrapAnsi } from 'fast-wrap-ansi';
import { readConfig } from '../config.js';
import { InterruptedError, RequestError } from '../errors.js';
import { mostFollowed } from '../social/lists.js';
import { canInstallRedis, installRedis } from '../stack/install-redis.js';
import { stackSettings } from '../stack/state.js';
import { createStores } from '../stores/stores.js';
import type { Context } from './context.js';

/** Somebody whom the seed does not make. */
const READER = 'visitor';

/** Shows all of it on the embedded stack, whatever servers the environment names. */
export async function run(context: Context): Promise<void> {
  const tell = teller(context);
  tell('This is a tour of socialdb on servers of its own, which run on this machine only.');
  await offerRedis(context, tell);
  await step(context, {}, 'stack up');
  const settings = stackSettings(context.config.home);
  const env = {
    DATABASE_URL: settings.DATABASE_URL ?? '',
    REDIS_URL: settings.REDIS_URL ?? '',
    MONGODB_URL: settings.MONGODB_URL ?? '',
    ...(!context.screen.options.color && { NO_COLOR: '1' }),
  };
  if (!env.REDIS_URL) tell('Without Redis each feed below is computed from the database.');
  if (!env.MONGODB_URL) tell('Without MongoDB the activity stream is kept in PostgreSQL.');
  await tour(context, env, tell);
  tell(
    'The servers go on running. Look around with `socialdb --help`, stop them with `socialdb stack down`, remove them with `socialdb stack destroy`.',
  );
}

type Tell = (text: string) => void;

async function tour(context: Context, env: Record<string, string>, tell: Tell): Promise<void> {
  const socialdb = (line: string, ...rest: string[]) => step(context, env, line, ...rest);
  tell('The schema: tables in third normal form, with the indexes that the feed stands on.');
  await socialdb('migrate');
  const authors = await seedOnce(context, env, tell);
  const [author = READER] = authors;

  tell('A follow is one transaction: the edge, both counters, and an event for the stream.');
  await socialdb(`user add ${READER} --email ${READER}@example.org`);
  for (const name of authors) await socialdb(`follow ${READER} ${name}`);

  tell('The first read of a feed computes it. The second one finds it in Redis.');
  await socialdb(`feed ${READER} --limit 3`);
  await socialdb(`feed ${READER} --limit 3`);
  tell('A new post makes the cached page stale, for each follower, with one small write.');
  await socialdb(
    `post ${author}`,
    'An index is a sorted copy of what you ask for.',
    '--tag',
    'coding',
  );
  await socialdb(`feed ${READER} --limit 2`);

  tell(
    'What do the indexes buy? The same statement, measured with them and without them, for three readers of this data; nothing is dropped, and nobody else would notice.',
  );
  await socialdb('explain feed --compare-index');
  tell('A search in the JSON metadata stands on a GIN index.');
  await socialdb('search --tag coding --limit 1');

  tell('All of this was written to the activity stream as well.');
  await socialdb('activity relay');
  await socialdb('activity tail -n 6');
  await socialdb('activity stats --by hour');
}

/** Fills an empty database; returns the names of those whom most follow. */
async function seedOnce(
  context: Context,
  env: Record<string, string>,
  tell: Tell,
): Promise<string[]> {
  const stores = createStores(readConfig(env, {}, {}), { warn: context.screen.warn });
  try {
    const sql = stores.postgres();
    if ((await mostFollowed(sql, 1)).length > 0) {
      tell('There is data already, so nothing is seeded.');
    } else {
      tell('A small network: few are followed by many, and posts come in bursts.');
      await step(context, env, 'seed');
    }
    const names = await mostFollowed(sql, 4);
    return names.filter((name) => name !== READER).slice(0, 3);
  } finally {
    await stores.close();
  }
}

/** Runs a command as a user would type it, and shows how it was typed. */
async function step(
  { screen, socialdb, interrupted }: Context,
  env: Record<string, string>,
  line: string,
  ...rest: string[]
): Promise<void> {
  const argv = [...line.split(' '), ...rest];
  const typed = argv.map((word) => (/^[\w@.-]+$/.test(word) ? word : `'${word}'`)).join(' ');
  screen.print(screen.style.cyan(`\n$ socialdb ${typed}`));
  const exitCode = await socialdb(argv, env);
  if (interrupted.aborted) throw new InterruptedError();
  if (exitCode !== 0)
    throw new RequestError('demo-failed', `socialdb ${typed} ended with ${exitCode}`);
}

function teller({ screen }: Context): Tell {
  return (text) => screen.print(`\n${wrapAnsi(text, Math.min(screen.columns, 80))}`);
}

async function offerRedis({ interrupted }: Context, tell: Tell): Promise<void> {
  if (!(await canInstallRedis())) return;
  tell(
    'There is no Redis on this machine. As root on Debian this installs the package redis-server.',
  );
  const { installed, reason } = await installRedis(interrupted);
  if (!installed) tell(`That did not work (${reason}), so it goes on without.`);
}
