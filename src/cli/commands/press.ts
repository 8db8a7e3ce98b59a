/** The way from files to clones: read, plan, press, write, and only when every image stands replace the database. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { equalBytes } from '../../bytes.ts';
import {
  besideOf,
  checkRelease,
  completeDonor,
  findDonor,
  formatUpdatedDatabase,
  parseDeviceKey,
  planClones,
  rendererOf,
  unpackedName,
  writeBundle,
  type ClonePlan,
  type Donor,
  type ImageFiles,
  type OutputForm,
  type PlanWishes,
  type PlannedClone,
  type RunClock,
} from '../../clone/index.ts';
import {
  ALL_OPTIONS,
  choiceOf,
  IMAGE_KINDS,
  readImage,
  writtenChoices,
  type OptionChoices,
} from '../../kinds/index.ts';
import { elementsOf, formatRun } from '../../mesh/index.ts';
import { parseDatabase, uuidDigits } from '../../meshdb/index.ts';
import { visibleValue } from '../../visible.ts';
import * as errors from '../errors.ts';
import {
  basePath,
  inRun,
  numberedPath,
  readFile,
  type FileOperations,
  type FileRun,
} from '../files/index.ts';
import {
  clockNow,
  dumpFiles,
  dumpFlags,
  packedLike,
  randomBytes,
  readDumpFiles,
  readGiven,
  type DumpFiles,
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

interface PressOptions extends Omit<PlanWishes, 'table' | 'reserved' | 'nameTemplate'> {
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
  pages: flag,
  'complete-donor': flag,
  'show-keys': flag,
  ...dumpFlags,
} as const;

/** What may be chosen about clones, each by a flag of its own. */
const optionFlags = Object.fromEntries(ALL_OPTIONS.map(({ id }) => [id, text]));

const ALLOCATIONS = { highest: 'after-highest', lowest: 'lowest-fit' } as const;

export function parsePress(args: readonly string[]): Run {
  const { values } = parseWords(args, { ...optionFlags, ...flags });
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
    ...optional('release', values['mesh-sdk-version'], parseRelease),
    logLevel: logLevel(values['log-level'] ?? '3'),
    keysInManifest: values['show-keys'] ?? false,
    form: values.pages ? 'pages' : 'full',
    completesDonor: values['complete-donor'] ?? false,
    choices: choicesIn(values as Readonly<Record<string, unknown>>),
  };
  return (io) => press(options, io);
}

function logLevel(given: string): LogLevel {
  if (!/^[1-4]$/.test(given)) throw new UsageError(`--log-level takes 1 to 4, not ${given}`);
  return Number(given) as LogLevel;
}

/** @throws UsageError for a value that no kind of image knows; whether it goes with this donor is for its kind to say */
function choicesIn(values: Readonly<Record<string, unknown>>): OptionChoices {
  const choices: Record<string, string> = {};
  for (const option of ALL_OPTIONS) {
    const given = values[option.id];
    if (typeof given !== 'string') continue;
    try {
      choiceOf(option, { [option.id]: given });
    } catch {
      throw new UsageError(`--${option.id} takes ${writtenChoices(option).join(' or ')}, not ${given}`);
    }
    choices[option.id] = given;
  }
  return choices;
}

/** As a kind of image names it. `320`, `3.2.0` and `v3.2.0` are one release; `2.10.0` has a number of two digits. */
function parseRelease(given: string): string {
  if (IMAGE_KINDS.some(({ releases }) => releases.includes(given))) return given;
  const parts = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(given) ?? /^v?(\d)(\d)(\d)$/.exec(given);
  if (!parts) throw new UsageError(`--mesh-sdk-version takes a release such as 4.2.0 or 420, not ${given}`);
  return parts.slice(1).join('.');
}

/**
 * Press the clones asked for and print one line for each, with the database locked from reading to the end. When it throws,
 * no image, zip or database has been touched, unless it says so.
 */
async function press(options: PressOptions, io: Io): Promise<number> {
  const log = new Log(options.logLevel, io.stderr);
  const world = { ...io, onNote: (text: string) => log.warn(text) };
  return await inRun(world, { updated: options.database }, (run) => pressInRun(options, run, io, log));
}

async function pressInRun(
  options: PressOptions,
  run: FileRun,
  { print, files }: Io,
  log: Log,
): Promise<number> {
  const given = readGiven(files, options.database);
  const dump = readDumpFiles(files, options.dump);
  const reading = readImage(dump.image, besideOf(dump));
  const parsed = parseDatabase(given.bytes);
  const database = options.completesDonor ? completeDonor(reading, parsed, clockNow()) : parsed;
  const doubts = options.release === undefined ? [] : checkRelease(reading, options.release);
  const donor = findDonor(dump, reading, database, options.startNode);
  const table = options.csv === undefined ? undefined : readTable(files, options.csv);
  const plan = planClones(donor, { ...options, ...(table !== undefined && { table }) }, randomBytes);
  run.claim(inputsOf(options), outputsOf(options, plan.clones.length));
  for (const finding of [...reading.findings, ...donor.findings, ...doubts, ...plan.findings]) {
    log.finding(finding);
  }

  const clock = clockNow();
  await writeClones(donor, plan, options, clock, run, log);
  run.prepare(given.path, packedLike(given, formatUpdatedDatabase(donor, plan, clock)));
  run.commit(() => {
    if (!equalBytes(readFile(files, given.path), given.onDisk)) throw errors.databaseChanged(given.path);
  });
  for (const [index, clone] of plan.clones.entries()) {
    const file =
      options.hexOutput === undefined ? `clones/${clone.fileName}` : numberedPath(options.hexOutput, index);
    print(`${visibleValue(clone.name)}  ${formatRun(elementsOf(clone))}  ${file}\n`);
  }
  const nodes = database.nodes.length + plan.clones.length;
  log.info(`${options.database} now holds ${nodes} nodes; the old one is ${options.database}.bak.`);
  return 0;
}

const readTable = (files: FileOperations, path: string): string =>
  new TextDecoder().decode(readGiven(files, path).bytes);

/** All that is read beside the database. */
const inputsOf = ({ dump, csv }: PressOptions): string[] => [
  ...dump.files,
  ...(csv === undefined ? [] : [csv]),
];

/** All that is written beside the database. */
const outputsOf = ({ hexOutput, zip, form }: PressOptions, count: number): string[] => [
  ...(hexOutput === undefined ? [] : Array.from({ length: count }, (_, i) => numberedPath(hexOutput, i))),
  ...(hexOutput !== undefined && form === 'pages' ? [basePath(hexOutput)] : []),
  ...(zip === undefined ? [] : [zip]),
];

/** Write images, zip, or both: each clone is pressed once. */
async function writeClones(
  donor: Donor,
  plan: ClonePlan,
  options: PressOptions,
  clock: RunClock,
  run: FileRun,
  log: Log,
): Promise<void> {
  const { hexOutput, zip, form } = options;
  const images = hexOutput === undefined ? undefined : imageFiles(hexOutput, plan, run);
  const onRendered = (_: PlannedClone, done: number, total: number) => log.progress('Pressing', done, total);
  if (zip === undefined) {
    const { renderer, base } = rendererOf(donor, plan, form);
    if (base) images?.base(base);
    for (const [index, clone] of plan.clones.entries()) {
      images?.clone(renderer.hex(renderer.render(clone)), index);
      onRendered(clone, index + 1, plan.clones.length);
    }
    return;
  }
  const file = run.open(zip, plan.clones.map(nodeOf));
  try {
    await writeBundle(donor, plan, file, {
      ...clock,
      version: __VERSION__,
      databaseName: unpackedName(basename(options.database)),
      keysInManifest: options.keysInManifest,
      form,
      sha256: () => createHash('sha256'),
      ...(images && { images }),
      onRendered,
    });
  } finally {
    file.close();
  }
}

const imageFiles = (hexOutput: string, { clones }: ClonePlan, run: FileRun): ImageFiles => ({
  base: (text) => run.prepare(basePath(hexOutput), [text]),
  clone: (text, index) => run.prepare(numberedPath(hexOutput, index), text, [nodeOf(clones[index]!)]),
});

/** By what a clone is found in a database again. */
const nodeOf = ({ uuid }: PlannedClone): string => uuidDigits(uuid);
