/** The command line's words: how they are taken apart, what values they may have, and what to say about a mistake. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Clock } from '../clock.ts';
import { parseRuns, type UnicastRun } from '../mesh/index.ts';
import type { RunWorld } from './files/index.ts';
import type { Terminal } from './terminal.ts';

/** Said wrongly. The program ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command does once its words are understood: it answers with the exit code. */
export type Command = (io: Io) => number | Promise<number>;

/** The world of a command. Results are printed; what is said beside them goes to stderr. */
export interface Io extends Omit<RunWorld, 'onNote'> {
  print(text: string): void;
  readonly stderr: Terminal;
  /** What a radio's answers are waited for by. */
  readonly clock: Clock;
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** An option with a value, and one without. */
export const text = { type: 'string' } as const;
export const flag = { type: 'boolean' } as const;

/**
 * Take arguments apart.
 *
 * @param allowPositionals  whether words without a flag may stand among them
 * @throws UsageError for an unknown flag or a missing value
 */
export function parseWords<const Declared extends Options>(
  args: readonly string[],
  options: Declared,
  { allowPositionals = false } = {},
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new UsageError(`${name} is missing`);
  return value;
}

/** A member for an options object, or nothing where the flag was not given. */
export function optional<Name extends string, Value>(
  name: Name,
  given: string | undefined,
  read: (given: string) => Value,
): { [Key in Name]?: Value } {
  return (given === undefined ? {} : { [name]: read(given) }) as { [Key in Name]?: Value };
}

export const asGiven = (given: string): string => given;

/** A whole number; whether it is in range is for the engine to say, with its reason. */
export const whole =
  (name: string) =>
  (given: string): number => {
    if (!/^-?\d+$/.test(given)) throw new UsageError(`${name} takes a whole number, not ${given}`);
    return Number(given);
  };

export const address =
  (name: string, highest = 0xffff) =>
  (given: string): number => {
    const value = /^(0x)?[0-9a-f]+$/i.test(given) ? Number.parseInt(given, 16) : NaN;
    if (!(value <= highest)) {
      throw new UsageError(`${name} takes a hexadecimal number such as 0x0011, not ${given}`);
    }
    return value;
  };

export const oneOf =
  <const Choices extends readonly string[]>(name: string, choices: Choices) =>
  (given: string): Choices[number] => {
    if (!choices.includes(given)) throw new UsageError(`${name} takes ${choices.join(' or ')}, not ${given}`);
    return given;
  };

/** Stretches of addresses: `0x0010-0x001F,0x0030`. */
export const addressRuns =
  (name: string) =>
  (given: string): readonly UnicastRun[] => {
    const runs = parseRuns(given);
    if (!runs) throw new UsageError(`${name} takes addresses such as 0x0010-0x001F,0x0030, not ${given}`);
    return runs;
  };
