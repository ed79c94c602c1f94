import { redactUrl } from '../config.js';
import { messageOf, RequestError, type SocialdbError, StoreError } from '../errors.js';

/** SQLSTATE classes in which the server, not the request, is what is wrong. */
const SERVER_STATES = /^(08|53|57P|58|28|3D)/;

/** What a standby says when it is to number a transaction. */
const RECOVERING = /cannot assign transaction ?ids during recovery/i;

/** A connection was lost in the middle of a write. */
export class LostWrite extends Error {
  /** @param check the command that tells whether it was committed; undefined: it was not */
  constructor(
    readonly check: string | undefined,
    cause: unknown,
  ) {
    super(messageOf(cause), { cause });
  }
}

/**
 * Says in one line what PostgreSQL's failure means, without the driver's words where they could
 * hold a secret.
 *
 * @returns undefined when the error did not come from PostgreSQL or is a bug of ours
 */
export function postgresFailure(thrown: unknown, url: string): SocialdbError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof LostWrite) return lostWrite(thrown, url);
  const code = 'code' in thrown ? String(thrown.code) : '';
  const where = `PostgreSQL at ${redactUrl(url)}`;
  const unreachable = (what: string, hint: string) =>
    new StoreError('postgres-unavailable', `${where} ${what}`, hint, { cause: thrown });
  if (code === '42P01' || code === '42883' || code === '3F000') {
    return new RequestError(
      'schema-missing',
      `the database has no socialdb schema, or an older one: ${messageOf(thrown)}`,
      'run: socialdb migrate',
    );
  }
  if (code === '42501') {
    return new RequestError(
      'not-permitted',
      `${where} does not permit this: ${messageOf(thrown)}`,
      'use the role that ran socialdb migrate, or grant this one what it needs',
    );
  }
  if (code === '57014') {
    return unreachable(
      'ended the statement at its time limit',
      'raise SOCIALDB_TIMEOUT_MS or try again',
    );
  }
  if (code === '55P03') {
    return unreachable('has the rows locked by another session', 'try again in a moment');
  }
  if (code === '28P01' || code === '28000') {
    return unreachable(
      'refused the user or password',
      'check the user and password in DATABASE_URL',
    );
  }
  if (code === '3D000') {
    return unreachable('has no such database', 'create it, or name another in DATABASE_URL');
  }
  if (/unsupported startup parameter/.test(thrown.message)) {
    return unreachable(
      `refused: ${messageOf(thrown)}`,
      'pgbouncer: ignore_startup_parameters = jit, statement_timeout, lock_timeout, idle_in_transaction_session_timeout',
    );
  }
  if (code === '25006' || RECOVERING.test(thrown.message)) {
    return unreachable(
      'takes no writes: it is read-only',
      'name a primary in DATABASE_URL, and a role whose transactions may write',
    );
  }
  if (SERVER_STATES.test(code)) {
    return unreachable(`refused: ${messageOf(thrown)}`, 'run: socialdb doctor');
  }
  if (isConnectionFailure(thrown, code)) {
    return unreachable(reasonOf(thrown, code), 'check DATABASE_URL, or run: socialdb stack up');
  }
  return undefined;
}

function lostWrite({ check, cause }: LostWrite, url: string): SocialdbError {
  const { code, message, hint } =
    postgresFailure(cause, url) ??
    new StoreError('postgres-unavailable', messageOf(cause), 'run: socialdb doctor');
  return check === undefined
    ? new StoreError(code, `${message}; nothing was changed`, hint, { cause })
    : new StoreError(
        'outcome-unknown',
        `${message}; unknown whether it was done`,
        `check with: ${check}`,
        { cause },
      );
}

const CONNECTION_CODE =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN)|CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED))$/;

function isConnectionFailure(thrown: Error, code: string): boolean {
  return (
    CONNECTION_CODE.test(code) ||
    // A unix socket that is not there, or not ours.
    ('syscall' in thrown && thrown.syscall === 'connect') ||
    isSilence(thrown)
  );
}

/** Whether the connection is what failed, rather than the statement. */
export function isLost(thrown: unknown): thrown is Error {
  if (!(thrown instanceof Error)) return false;
  const code = 'code' in thrown ? String(thrown.code) : '';
  // Ended by an administrator, by a crash, or not up yet again.
  return isConnectionFailure(thrown, code) || /^(08|57P0[123])/.test(code);
}

/** Whether it was lost for want of any word of the server. */
export function isSilence(thrown: unknown): boolean {
  return thrown instanceof Error && /did not answer in time|CONNECT_TIMEOUT/.test(thrown.message);
}

/**
 * How PostgreSQL went away, where that is what an error tells, be it the driver's or what was made of it.
 *
 * @returns undefined where the server is still there
 */
export function lossOf(thrown: unknown): 'silence' | 'end' | undefined {
  const ours =
    thrown instanceof LostWrite ||
    (thrown instanceof StoreError && /^(postgres-unavailable|outcome-unknown)$/.test(thrown.code));
  const cause = ours ? thrown.cause : thrown;
  if (!isLost(cause)) return undefined;
  return isSilence(cause) ? 'silence' : 'end';
}

function reasonOf(thrown: Error, code: string): string {
  if (code === 'ECONNREFUSED') return 'refuses connections';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'cannot be found: no such host';
  if (code === 'CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'did not answer in time';
  if (code.startsWith('CONNECTION_') || code === 'ECONNRESET' || code === 'EPIPE') {
    return 'closed the connection';
  }
  return code ? `cannot be reached (${code})` : thrown.message;
}
