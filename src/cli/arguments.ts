/** The command line's words: what may be said, what it means, and what to say about a mistake. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { parseDeviceKey } from '../clone/index.ts';
import type { PressOptions } from './press.ts';

/** Said wrongly. The program ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type Command =
  | { readonly name: 'help' | 'version' }
  | { readonly name: 'list-info'; readonly database: string }
  | {
      readonly name: 'inspect';
      readonly dump: DumpOptions;
      readonly json: boolean;
      readonly showKeys: boolean;
    }
  | {
      readonly name: 'check-db';
      readonly database: string;
      readonly json: boolean;
      readonly startNode?: number;
    }
  | { readonly name: 'press'; readonly options: PressOptions };

export interface DumpOptions {
  readonly files: readonly string[];
  /** For raw binaries. */
  readonly baseAddress?: number;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

const dumpOptions = { 'base-address': text } as const;
const pressOptions = {
  'list-info': text,
  'hex-input-file': { type: 'string', multiple: true },
  'db-input-file': text,
  'hex-output-file': text,
  zip: text,
  'clone-copies': text,
  'start-node': text,
  'node-name': text,
  'unicast-addr': text,
  'device-key': text,
  'mesh-sdk-version': text,
  'log-level': { type: 'string', short: 'l' },
  allocate: text,
  provisioner: text,
  csv: text,
  sequence: text,
  'own-publications': text,
  'show-keys': flag,
  help: { type: 'boolean', short: 'h' },
  version: flag,
  ...dumpOptions,
} as const satisfies ParseArgsConfig['options'];

/**
 * Read the arguments that follow the program's name.
 *
 * @throws UsageError
 */
export function parseArguments(args: readonly string[]): Command {
  if (args[0] === 'inspect') return parseInspect(args.slice(1));
  if (args[0] === 'check-db') return parseCheckDatabase(args.slice(1));
  const { values } = parse(args, pressOptions);
  if (values.help || args.length === 0) return { name: 'help' };
  if (values.version) return { name: 'version' };
  if (values['list-info'] !== undefined) return { name: 'list-info', database: values['list-info'] };
  return { name: 'press', options: parsePress(values) };
}

type PressValues = ReturnType<typeof parse<typeof pressOptions>>['values'];

function parsePress(values: PressValues): PressOptions {
  const hexOutput = values['hex-output-file'];
  if (hexOutput === undefined && values.zip === undefined) {
    throw new UsageError('Say where the clones go: --hex-output-file OUT.hex or --zip OUT.zip');
  }
  if (hexOutput?.endsWith('.gz'))
    throw new UsageError('Clones are written unpacked; let --hex-output-file end in .hex');
  return {
    dump: { files: required(values['hex-input-file'], '--hex-input-file'), ...baseAddress(values) },
    database: required(values['db-input-file'], '--db-input-file'),
    ...(hexOutput !== undefined && { hexOutput }),
    ...(values.zip !== undefined && { zip: values.zip }),
    ...optional('count', values['clone-copies'], (one) => whole(one, '--clone-copies')),
    ...optional(
      'allocation',
      values.allocate,
      (one) => ALLOCATIONS[oneOf(one, ['highest', 'lowest'] as const, '--allocate')],
    ),
    ...optional('provisioner', values.provisioner, (one) => one),
    ...optional('csv', values.csv, (one) => one),
    ...optional('startNode', values['start-node'], (one) => whole(one, '--start-node')),
    ...optional('firstName', values['node-name'], (one) => one),
    ...optional('firstUnicast', values['unicast-addr'], (one) => address(one, '--unicast-addr')),
    ...optional('firstDeviceKey', values['device-key'], parseDeviceKey),
    ...optional('release', values['mesh-sdk-version'], release),
    logLevel: logLevel(values['log-level'] ?? '3'),
    keysInManifest: values['show-keys'] ?? false,
    policy: {
      ...optional('sequence', values.sequence, sequence),
      ...optional('ownPublications', values['own-publications'], (one) =>
        oneOf(one, ['keep', 'map'] as const, '--own-publications'),
      ),
    },
  };
}

function parseInspect(args: readonly string[]): Command {
  const { values, positionals } = parse(
    args,
    { json: flag, 'show-keys': flag, help: pressOptions.help, ...dumpOptions },
    true,
  );
  if (values.help) return { name: 'help' };
  if (positionals.length === 0) throw new UsageError('inspect needs the dump to read: inspect D.hex');
  return {
    name: 'inspect',
    dump: { files: positionals, ...baseAddress(values) },
    json: values.json ?? false,
    showKeys: values['show-keys'] ?? false,
  };
}

function parseCheckDatabase(args: readonly string[]): Command {
  const { values, positionals } = parse(
    args,
    { json: flag, 'start-node': text, help: pressOptions.help },
    true,
  );
  if (values.help) return { name: 'help' };
  if (positionals.length !== 1) throw new UsageError('check-db needs one database: check-db DB.json');
  return {
    name: 'check-db',
    database: positionals[0]!,
    json: values.json ?? false,
    ...optional('startNode', values['start-node'], (one) => whole(one, '--start-node')),
  };
}

function parse<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
  allowPositionals = false,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new UsageError(`${name} is missing`);
  return value;
}

function optional<Name extends string, Value>(
  name: Name,
  given: string | undefined,
  read: (given: string) => Value,
): { [Key in Name]?: Value } {
  return (given === undefined ? {} : { [name]: read(given) }) as { [Key in Name]?: Value };
}

const baseAddress = (values: { readonly 'base-address'?: string | undefined }) =>
  optional('baseAddress', values['base-address'], (one) => address(one, '--base-address', 0xffffffff));

/** A whole number; whether it is in range is for the engine to say, with its reason. */
function whole(given: string, name: string): number {
  if (!/^-?\d+$/.test(given)) throw new UsageError(`${name} takes a whole number, not ${given}`);
  return Number(given);
}

function address(given: string, name: string, highest = 0xffff): number {
  const value = /^(0x)?[0-9a-f]+$/i.test(given) ? Number.parseInt(given, 16) : NaN;
  if (!(value <= highest))
    throw new UsageError(`${name} takes a hexadecimal number such as 0x0011, not ${given}`);
  return value;
}

function logLevel(given: string): 1 | 2 | 3 | 4 {
  if (!/^[1-4]$/.test(given)) throw new UsageError(`--log-level takes 1 to 4, not ${given}`);
  return Number(given) as 1 | 2 | 3 | 4;
}

function oneOf<const Choices extends readonly string[]>(
  given: string,
  choices: Choices,
  name: string,
): Choices[number] {
  if (!choices.includes(given)) throw new UsageError(`${name} takes ${choices.join(' or ')}, not ${given}`);
  return given;
}

function sequence(given: string): 'keep' | 'reset' | { readonly skipAhead: number } {
  const skip = /^\+(\d+)$/.exec(given);
  if (skip) return { skipAhead: Number(skip[1]) };
  if (given === 'keep' || given === 'reset') return given;
  throw new UsageError(`--sequence takes keep, reset or a distance such as +16384, not ${given}`);
}

const ALLOCATIONS = { highest: 'after-highest', lowest: 'lowest-fit' } as const;

/** `320`, `3.2.0` and `v3.2.0` are one release. */
function release(given: string): string {
  const parts = /^v?(\d)\.?(\d)\.?(\d)$/.exec(given);
  if (!parts) throw new UsageError(`--mesh-sdk-version takes a release such as 4.2.0 or 420, not ${given}`);
  return parts.slice(1).join('.');
}
