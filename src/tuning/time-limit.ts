import postgres from 'postgres';

const QUERY_CANCELED = '57014';

/** Whether the server ended a statement before its time: at the limit, or because somebody asked. */
export function isCancelled(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === QUERY_CANCELED;
}

/**
 * What `work` gives; undefined when the server ended it at the time limit.
 *
 * @param limitMs the limit that one statement of it has, milliseconds
 */
export async function orTimeLimit<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  const started = performance.now();
  try {
    return await work;
  } catch (error) {
    // Somebody else may have cancelled it, too.
    if (isCancelled(error) && performance.now() - started >= limitMs * 0.9) return undefined;
    throw error;
  }
}
