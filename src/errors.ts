/** What every code of an error looks like. Which there are, each room says in its `errors.ts`. */
export type ErrorCode = `${string}/${string}`;

/**
 * A failure we foresaw and can explain. Anything else that is thrown is a bug.
 *
 * Neither message, hint nor facts may hold a key: they end up on screens, in reports and in logs.
 */
export class KnownError<Code extends ErrorCode = ErrorCode> extends Error {
  /** Without it, `instanceof` would leave the code of what it found open to anything. */
  declare static readonly [Symbol.hasInstance]: (value: unknown) => value is KnownError;

  constructor(
    /** 'room/what-happened'; released codes keep their name. */
    readonly code: Code,
    /** What happened, with the values, for a person. */
    message: string,
    /** What that person can do now. */
    readonly hint: string,
    /** The same values, for tests and logs. */
    readonly facts: Readonly<Record<string, string | number | boolean>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'KnownError';
  }
}

/** A `KnownError` as plain data, for `postMessage`, JSON and state that outlives the throw. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly facts: KnownError['facts'];
}

/** The plain data of a failure. What was not foreseen is reported as `bug/unexpected`, by its message alone. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof KnownError) {
    const { code, message, hint, facts } = error;
    return { code, message, hint, facts };
  }
  return {
    code: 'bug/unexpected',
    message: `Meshpress stopped on something it did not foresee: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'Report this with what you did just before; leave dumps and databases out, they hold keys.',
    facts: {},
  };
}

/** The error again, from its plain data. */
export const errorFrom = ({ code, message, hint, facts }: ErrorReport): KnownError =>
  new KnownError(code, message, hint, facts);

/** The same error with a further sentence and further facts. */
export const withMore = (error: KnownError, sentence: string, facts: KnownError['facts']): KnownError =>
  new KnownError(
    error.code,
    `${error.message} ${sentence}`,
    error.hint,
    { ...error.facts, ...facts },
    { cause: error },
  );

/**
 * Something a person should know about a dump, a database or a plan. An `error` stops cloning, a `warning` is read
 * and counted, an `info` says what was checked and found right or what will be done.
 */
export interface Finding<Code extends string = string> {
  readonly severity: 'error' | 'warning' | 'info';
  /** As a `KnownError` code, or `E01`..`E48` from the database catalogue. Each room declares which it has. */
  readonly code: Code;
  /** What is the case, in one sentence, with the values and without keys. */
  readonly message: string;
  /** What follows from it or what to do; empty when nothing. */
  readonly hint: string;
}

/** The codes of all errors that the functions of a room's `errors.ts` make. */
export type CodesOf<Errors> = {
  [Name in keyof Errors]: Errors[Name] extends (...args: never[]) => infer Made ? CodeOf<Made> : never;
}[keyof Errors];
type CodeOf<Made> = Made extends KnownError<infer Code> ? Code : never;
