import { join } from 'node:path';
import { servers } from '../support/database.js';
import { commandLines, commandNames } from '../support/every-command.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { type Ran, socialdb } from '../support/socialdb.js';
import { FAULTS, type Fault, faulty, STORES, type Store } from './faults.js';
import { type FaultLab, POST } from './lab.js';

/** Commands of the embedded servers, which know no URLs; test/stack has them down and frozen. */
const WITHOUT_URLS = /^(stack|demo|help|completion|complete)\b/;

/** What each command needs besides PostgreSQL; the others go on without. */
const NEEDS: Partial<Record<Store, RegExp>> = {
  redis: /^(cache|verify|bench)\b/,
  mongodb: /^(activity|verify)\b/,
};

const STREAM = /^activity (tail|stats)$/;

/** One run of a command with one store at fault. */
export interface Cell {
  readonly command: string;
  readonly store: Store;
  readonly fault: Fault;
}

export interface Outcome extends Ran {
  readonly seconds: number;
}

/** A run with every store as it should be. */
export interface Baseline extends Outcome {
  /** Bytes that each store sent; none from one that the command does not use. */
  readonly replied: Readonly<Record<Store, number>>;
}

/** The commands that touch a store, as the command tree has them. */
export function commands(): string[] {
  const without = servers.mongodbUrl ? [] : ['activity copy'];
  return commandNames().filter((name) => !WITHOUT_URLS.test(name) && !without.includes(name));
}

/** What is typed behind each command, each on its own. */
function lineOf(command: string, folder: string, cell: string): string[] {
  const own: Record<string, string[]> = {
    'user add': ['newcomer', '--email', 'newcomer@example.org'],
    'index add': ['--on', 'comments', '--columns', 'created_at'],
    'export jsonl': [join(folder, cell)],
    'cache warm': ['--readers', '20'],
    'activity copy': ['--to', 'mongodb'],
    // Most of their time would be work of their own, whatever the fault.
    report: ['--no-grow'],
    bench: ['--duration', '50ms', '--warm-up', '0', '--users', '50'],
  };
  const line = own[command] ?? commandLines({ post: POST, folder })[command];
  if (!line) throw new Error(`${command} is not in test/support/every-command.ts`);
  return [...command.split(' '), ...line];
}

export async function runBaseline(lab: FaultLab, command: string): Promise<Baseline> {
  const proxies: Partial<Record<Store, FaultProxy>> = {};
  const outcome = await run(lab, command, async (urls) => {
    const through: Record<Store, string> = { ...urls };
    for (const store of STORES) {
      if (!urls[store]) continue;
      proxies[store] = await startFaultProxy(urls[store]);
      through[store] = proxies[store].url;
    }
    return through;
  });
  const replied = { postgres: 0, redis: 0, mongodb: 0 };
  for (const store of STORES) {
    replied[store] = proxies[store]?.replied ?? 0;
    proxies[store]?.close();
  }
  return { ...outcome, replied };
}

export async function runCell(lab: FaultLab, cell: Cell, baseline: Baseline): Promise<Outcome> {
  let end = () => {};
  const { store, fault } = cell;
  const outcome = await run(lab, cell.command, async (urls) => {
    const { url, close } = await faulty(fault, {
      store,
      url: urls[store],
      bytes: baseline.replied[store],
      places: lab.places,
    });
    end = close;
    return { ...urls, [store]: url };
  });
  end();
  return outcome;
}

/** Commands that find something else to do, or to show, when another cell was first. */
const ALONE =
  /^(migrate$|seed|import|export|user add|user delete|delete|index add|index drop|cache show|activity relay)/;
const shared = new WeakMap<FaultLab, ReturnType<FaultLab['makeDatabase']>>();

/** A database of its own for a command that has to be alone, one for all others. */
async function databaseFor(lab: FaultLab, command: string) {
  if (command === 'migrate') return lab.makeDatabase('empty');
  if (command === 'activity relay') return lab.makeDatabase('waiting');
  if (ALONE.test(command)) return lab.makeDatabase('seeded');
  const database = shared.get(lab) ?? makeShared(lab);
  shared.set(lab, database);
  return database;
}

/** Its activity stream is whole, since `verify` is among the commands. */
async function makeShared(lab: FaultLab) {
  const database = await lab.makeDatabase('seeded');
  const { exitCode, stderr } = await socialdb(['activity', 'verify', '--repair'], {
    env: environmentOf(database.urls),
  });
  if (exitCode !== 0) throw new Error(stderr);
  return database;
}

function environmentOf({ postgres, redis, mongodb }: Record<Store, string>) {
  return { DATABASE_URL: postgres, REDIS_URL: redis, MONGODB_URL: mongodb };
}

async function run(
  lab: FaultLab,
  command: string,
  prepare: (urls: Record<Store, string>) => Promise<Record<Store, string>>,
): Promise<Outcome> {
  const { name, urls } = await databaseFor(lab, command);
  const env = environmentOf(await prepare(urls));
  const started = performance.now();
  const ran = await socialdb(lineOf(command, lab.folder, name), { env });
  const seconds = (performance.now() - started) / 1_000;
  if (ALONE.test(command)) await lab.dropDatabase(name);
  return { ...ran, seconds };
}

/** The cells of one command: those of the stores that it uses. */
export function cellsOf(command: string, { replied }: Baseline): Cell[] {
  return STORES.filter((store) => replied[store] > 0).flatMap((store) =>
    FAULTS.map((fault) => ({ command, store, fault })),
  );
}

/** The exit code that the contract asks for. */
export function expectedExit({ command, store, fault }: Cell, baseline: Baseline): number | null {
  // MongoDB makes a database when it is first written to: there is no wrong one, only an empty one.
  if (store === 'mongodb' && fault === 'wrong database') {
    return /^(activity )?verify$/.test(command) ? 1 : baseline.exitCode;
  }
  // It says what is wrong with each of the others.
  if (command === 'doctor' && store !== 'postgres') return 1;
  // MongoDB has the stream; PostgreSQL could only say what waits in the outbox.
  if (store === 'postgres' && STREAM.test(command) && baseline.replied.mongodb > 0) {
    return baseline.exitCode;
  }
  return store === 'postgres' || NEEDS[store]?.test(command) ? 3 : baseline.exitCode;
}
