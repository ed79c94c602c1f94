/** Exit codes that scripts may rely on. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  store: 3,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Every failure that socialdb foresees: one line that says what is wrong, one that says what to
 * type next, and the exit code. Anything else that is thrown is a bug (exit 70, with its stack).
 */
export abstract class SocialdbError extends Error {
  abstract readonly exitCode: ExitCode;

  /**
   * @param code stable, kebab-case name for scripts, for example `user-not-found`
   * @param message one line: what is wrong
   * @param hint one line: what to type next
   */
  constructor(
    readonly code: string,
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The request cannot be met: no such user, a check found something, an assertion failed. */
export class RequestError extends SocialdbError {
  readonly exitCode = EXIT.refused;
}

/** The command line, or a value on its way in, is wrong. */
export class UsageError extends SocialdbError {
  readonly exitCode = EXIT.usage;
}

/** A store that is needed cannot be reached, or did not answer in time. */
export class StoreError extends SocialdbError {
  readonly exitCode = EXIT.store;
}

/** Ctrl-C or SIGTERM. */
export class InterruptedError extends SocialdbError {
  readonly exitCode = EXIT.interrupted;

  /** @param message what was and was not done, where that needs saying */
  constructor(message = '') {
    super('interrupted', message && `interrupted: ${message}`);
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return message.replace(/\s+/g, ' ').trim();
}
