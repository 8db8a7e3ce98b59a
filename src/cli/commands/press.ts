/** The way from files to clones: read, plan, press, write, and only when every image stands replace the database. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { concatenate, equalBytes } from '../../bytes.ts';
import {
  checkRelease,
  completeDonor,
  findDonor,
  formatRange,
  formatUpdatedDatabase,
  parseDeviceKey,
  planClones,
  pressOf,
  readImage,
  unpackedName,
  writeBundle,
  type ClonePlan,
  type ImageFiles,
  type OutputForm,
  type PlanWishes,
  type PlannedClone,
  type RunClock,
} from '../../clone/index.ts';
import { parseDatabase, parseNodeValues } from '../../meshdb/index.ts';
import * as errors from '../errors.ts';
import { Replacement, basePath, isSameFile, numberedPath, readFile } from '../files.ts';
import {
  clockNow,
  dumpFiles,
  dumpFlags,
  randomBytes,
  readDumpFiles,
  readGiven,
  type DumpFiles,
  type GivenFile,
} from '../inputs.ts';
import { Log, type LogLevel } from '../log.ts';
import {
  UsageError,
  address,
  asGiven,
  flag,
  oneOf,
  optional,
  parseWords,
  required,
  text,
  whole,
  type Io,
  type Run,
} from '../words.ts';

interface PressOptions extends Omit<PlanWishes, 'values' | 'reserved' | 'nameTemplate'> {
  readonly dump: DumpFiles;
  readonly database: string;
  /** Path of the first image; the others are numbered. */
  readonly hexOutput?: string;
  readonly zip?: string;
  /** Path of a table with values for each clone. */
  readonly csv?: string;
  readonly startNode?: number;
  /** SDK release to hold against the dump. */
  readonly release?: string;
  readonly logLevel: LogLevel;
  readonly keysInManifest: boolean;
  readonly form: OutputForm;
  /** Take into the donor's record what only its dump has. */
  readonly completesDonor: boolean;
}

const flags = {
  'hex-input-file': { type: 'string', multiple: true },
  'db-input-file': text,
  'hex-output-file': text,
  zip: text,
  'clone-copies': text,
  'start-node': text,
  'node-name': text,
  'unicast-addr': text,
  'device-key': text,
  csv: text,
  allocate: text,
  provisioner: text,
  'mesh-sdk-version': text,
  'log-level': { type: 'string', short: 'l' },
  sequence: text,
  'own-publications': text,
  pages: flag,
  'complete-donor': flag,
  'iv-index': text,
  'show-keys': flag,
  ...dumpFlags,
} as const;

const ALLOCATIONS = { highest: 'after-highest', lowest: 'lowest-fit' } as const;

export function parsePress(args: readonly string[]): Run {
  const { values } = parseWords(args, flags);
  const hexOutput = values['hex-output-file'];
  if (hexOutput === undefined && values.zip === undefined) {
    throw new UsageError('Say where the clones go: --hex-output-file OUT.hex or --zip OUT.zip');
  }
  if (hexOutput?.endsWith('.gz')) {
    throw new UsageError('Clones are written unpacked; let --hex-output-file end in .hex');
  }
  const allocate = oneOf('--allocate', ['highest', 'lowest']);
  const options: PressOptions = {
    dump: dumpFiles(required(values['hex-input-file'], '--hex-input-file'), values),
    database: required(values['db-input-file'], '--db-input-file'),
    ...optional('hexOutput', hexOutput, asGiven),
    ...optional('zip', values.zip, asGiven),
    ...optional('csv', values.csv, asGiven),
    ...optional('count', values['clone-copies'], whole('--clone-copies')),
    ...optional('startNode', values['start-node'], whole('--start-node')),
    ...optional('firstName', values['node-name'], asGiven),
    ...optional('firstUnicast', values['unicast-addr'], address('--unicast-addr')),
    ...optional('firstDeviceKey', values['device-key'], parseDeviceKey),
    ...optional('allocation', values.allocate, (given) => ALLOCATIONS[allocate(given)]),
    ...optional('provisioner', values.provisioner, asGiven),
    ...optional('ivIndex', values['iv-index'], whole('--iv-index')),
    ...optional('release', values['mesh-sdk-version'], release),
    logLevel: logLevel(values['log-level'] ?? '3'),
    keysInManifest: values['show-keys'] ?? false,
    form: values.pages ? 'pages' : 'full',
    completesDonor: values['complete-donor'] ?? false,
    policy: {
      ...optional('sequence', values.sequence, sequence),
      ...optional(
        'ownPublications',
        values['own-publications'],
        oneOf('--own-publications', ['keep', 'map']),
      ),
    },
  };
  return (io) => press(options, io);
}

function logLevel(given: string): LogLevel {
  if (!/^[1-4]$/.test(given)) throw new UsageError(`--log-level takes 1 to 4, not ${given}`);
  return Number(given) as LogLevel;
}

function sequence(given: string): 'keep' | 'reset' | { readonly skipAhead: number } {
  const skip = /^\+(\d+)$/.exec(given);
  if (skip) return { skipAhead: Number(skip[1]) };
  if (given === 'keep' || given === 'reset') return given;
  throw new UsageError(`--sequence takes keep, reset or a distance such as +16384, not ${given}`);
}

/** `320`, `3.2.0` and `v3.2.0` are one release. */
function release(given: string): string {
  const parts = /^v?(\d)\.?(\d)\.?(\d)$/.exec(given);
  if (!parts) throw new UsageError(`--mesh-sdk-version takes a release such as 4.2.0 or 420, not ${given}`);
  return parts.slice(1).join('.');
}

/** Press the clones asked for and print one line for each. When it throws, no image, zip or database has been touched. */
async function press(options: PressOptions, { print, stderr }: Io): Promise<number> {
  const log = new Log(options.logLevel, stderr);
  const given = readGiven(options.database);
  const dump = readDumpFiles(options.dump);
  const reading = readImage(dump);
  const parsed = parseDatabase(given.bytes);
  const database = options.completesDonor ? completeDonor(reading, parsed, clockNow()) : parsed;
  const doubts = options.release === undefined ? [] : checkRelease(reading, options.release);
  const donor = findDonor(dump, reading, database, options.startNode);
  const values = options.csv === undefined ? undefined : readTable(options.csv);
  const wishes = { ...options, ...(values && { values }) };
  const plan = planClones(donor, database, wishes, randomBytes);
  refuseOverwriting(options, plan.clones.length);
  for (const finding of [...reading.findings, ...donor.findings, ...doubts, ...plan.findings]) {
    log.finding(finding);
  }

  const clock = clockNow();
  const replacement = new Replacement();
  try {
    await writeClones(plan, options, clock, replacement, log);
    prepareDatabase(formatUpdatedDatabase(plan, clock), given, replacement);
    replacement.commit();
  } catch (error) {
    replacement.discard();
    throw error;
  }
  for (const [index, clone] of plan.clones.entries()) {
    const file =
      options.hexOutput === undefined ? `clones/${clone.fileName}` : numberedPath(options.hexOutput, index);
    print(`${clone.name}  ${formatRange(clone.unicast, clone.elementCount)}  ${file}\n`);
  }
  const nodes = database.nodes.length + plan.clones.length;
  log.info(`${options.database} now holds ${nodes} nodes; the old one is ${options.database}.bak.`);
  return 0;
}

const readTable = (path: string) => parseNodeValues(new TextDecoder().decode(readGiven(path).bytes));

/** The donor's dump is never written to, and an output must not land on the database. */
function refuseOverwriting({ dump, database, csv, hexOutput, zip, form }: PressOptions, count: number): void {
  const outputs = [
    ...(hexOutput === undefined ? [] : Array.from({ length: count }, (_, i) => numberedPath(hexOutput, i))),
    ...(hexOutput !== undefined && form === 'pages' ? [basePath(hexOutput)] : []),
    ...(zip === undefined ? [] : [zip]),
  ];
  const inputs = [...dump.files, database, ...(csv === undefined ? [] : [csv])];
  for (const output of outputs) {
    if (inputs.some((input) => isSameFile(input, output))) throw errors.outputIsInput(output);
  }
}

/** Write images, zip, or both: each clone is pressed once. */
async function writeClones(
  plan: ClonePlan,
  options: PressOptions,
  clock: RunClock,
  replacement: Replacement,
  log: Log,
): Promise<void> {
  const { hexOutput, zip, form } = options;
  const images = hexOutput === undefined ? undefined : imageFiles(hexOutput, replacement);
  const onPressed = (_: PlannedClone, done: number, total: number) => log.progress('Pressing', done, total);
  if (zip === undefined) {
    const { press, base } = pressOf(plan, form);
    if (base) images?.base(base);
    for (const [index, clone] of plan.clones.entries()) {
      images?.clone(press.hex(press.press(clone)), index);
      onPressed(clone, index + 1, plan.clones.length);
    }
    return;
  }
  const file = replacement.open(zip);
  try {
    await writeBundle(plan, file, {
      ...clock,
      version: __VERSION__,
      databaseName: unpackedName(basename(options.database)),
      keysInManifest: options.keysInManifest,
      form,
      sha256: () => createHash('sha256'),
      ...(images && { images }),
      onPressed,
    });
  } finally {
    file.close();
  }
}

const imageFiles = (hexOutput: string, replacement: Replacement): ImageFiles => ({
  base: (text) => replacement.prepare(basePath(hexOutput), [text]),
  clone: (text, index) => replacement.prepare(numberedPath(hexOutput, index), text),
});

/** The new database beside the old one, unless somebody else has changed that meanwhile. */
function prepareDatabase(updated: Iterable<Uint8Array>, given: GivenFile, replacement: Replacement): void {
  if (!equalBytes(readFile(given.path), given.onDisk)) throw errors.databaseChanged(given.path);
  const isPacked = given.bytes !== given.onDisk;
  replacement.prepare(given.path, isPacked ? [gzipSync(concatenate([...updated]))] : updated);
}
