import { StoreError } from '../errors.js';
import { BinaryRows } from './binary.js';
import type { Load } from './load.js';

/** How long the server may take nothing before it counts as frozen, milliseconds. */
const STALL_MS = 30_000;

/** Where the rows of one COPY go: fields are added to `rows`, and sent when there are enough. */
export interface CopyTarget {
  readonly rows: BinaryRows;
  /**
   * Sends what has been gathered; to be called between rows whenever `rows.full`. Resolves when the
   * server keeps up, so that memory does not grow.
   */
  flush(): Promise<void>;
}

/**
 * Streams rows into a table by `COPY … FROM STDIN` in binary format.
 *
 * @param target the table and its columns, as SQL
 * @param fill makes the rows
 * @param stallMs bound on one chunk being taken, milliseconds
 * @returns how many rows there were
 * @throws PostgreSQL's own error when it refuses a row; InterruptedError on Ctrl-C; StoreError when
 *   the server takes nothing for `stallMs`
 */
export async function copyInto(
  load: Load,
  target: string,
  fill: (target: CopyTarget) => Promise<void>,
  stallMs = STALL_MS,
): Promise<number> {
  load.signal.throwIfAborted();
  // Frozen rows need no VACUUM, and no hint bits from whoever reads them first.
  const options = `FORMAT binary${load.fresh ? ', FREEZE' : ''}`;
  const query = load.transaction.unsafe(`COPY ${target} FROM STDIN (${options})`);
  const stream = await query.writable();
  const waits = failableWaits();
  stream.on('error', waits.fail);
  // postgres.js 3.4 tells of an error that comes after the last row only to the query, whose promise
  // was settled when the stream was handed out; without this the COPY would wait for ever.
  Object.assign(query, { reject: waits.fail });
  const interrupt = () => waits.fail(load.signal.reason);
  load.signal.addEventListener('abort', interrupt);

  const rows = new BinaryRows();
  // One chunk is on its way while the next is filled: there are two buffers.
  let onItsWay = Promise.resolve();
  const send = async () => {
    await onItsWay;
    const chunk = rows.take();
    onItsWay = waits.until((done) => stream.write(chunk, done), stallMs);
    onItsWay.catch(() => {});
  };
  const flush = async () => {
    await send();
    load.advance(rows.count);
  };
  try {
    await fill({ rows, flush });
    rows.end();
    await flush();
    await onItsWay;
    // The server checks foreign keys and writes indexes now: how long depends on the rows.
    await waits.until((done) => stream.end(done));
    return rows.count;
  } catch (error) {
    stream.destroy(error instanceof Error ? error : undefined);
    throw error;
  } finally {
    load.signal.removeEventListener('abort', interrupt);
  }
}

/**
 * Waits that end when what was started calls back, when something else failed meanwhile, or when
 * their time is up; one at a time.
 */
function failableWaits() {
  let failure: { reason: unknown } | undefined;
  let wake = () => {};
  const fail = (reason: unknown) => {
    failure ??= { reason };
    wake();
  };
  const until = (start: (done: (error?: Error | null) => void) => void, boundMs?: number) =>
    new Promise<void>((resolve, reject) => {
      const stalled = () =>
        fail(new StoreError('postgres-unavailable', `PostgreSQL took no rows for ${boundMs} ms`));
      const timer = boundMs === undefined ? undefined : setTimeout(stalled, boundMs);
      wake = () => {
        clearTimeout(timer);
        if (failure) reject(failure.reason);
        else resolve();
      };
      if (failure) wake();
      else start((error) => (error ? fail(error) : wake()));
    });
  return { fail, until };
}
