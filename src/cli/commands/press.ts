/** The way from files to clones: read, plan, press, write, and only when every image stands replace the database. */
import { basename } from 'node:path';
import { equalBytes } from '../../bytes.ts';
import {
  besideOf,
  checkRelease,
  clonesOf,
  completeDonor,
  findDonor,
  findingsOf,
  foldersOf,
  formatUpdatedDatabase,
  parseDeviceKey,
  planGroups,
  imageHash,
  rendererOf,
  unpackedName,
  writeBundle,
  type CloneGroup,
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
import { EntryEncryption } from '../../zip/index.ts';
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
  readDumpFiles,
  readGiven,
  type DumpFiles,
} from '../inputs.ts';
import { randomBytes } from '../random.ts';
import { Log, type LogLevel } from '../log.ts';
import { nodeEntryCrypto, nodePlatform } from '../platform.ts';
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
  type Command,
} from '../words.ts';

/** One donor and what is wished for its clones. */
interface DonorOptions extends Omit<
  PlanWishes,
  'table' | 'reserved' | 'nameTemplate' | 'allocation' | 'provisioner'
> {
  readonly dump: DumpFiles;
  /** Path of a table with values for each clone. */
  readonly csv?: string;
  readonly startNode?: number;
  /** SDK release to hold against the dump. */
  readonly release?: string;
}

interface PressOptions extends Pick<PlanWishes, 'allocation' | 'provisioner'> {
  readonly donors: readonly DonorOptions[];
  readonly database: string;
  /** Path of the first image; the others are numbered. */
  readonly hexOutput?: string;
  readonly zip?: string;
  /** Path of a file whose first line is the password of the zip. */
  readonly zipPassword?: string;
  readonly logLevel: LogLevel;
  readonly keysInManifest: boolean;
  readonly form: OutputForm;
  /** Take into the records of donors what only their dumps have. */
  readonly completesDonor: boolean;
}

/** Of one donor: with several, each has its own. */
const donorFlags = {
  'hex-input-file': { type: 'string', multiple: true },
  'clone-copies': text,
  'start-node': text,
  'node-name': text,
  'unicast-addr': text,
  'device-key': text,
  csv: text,
  'mesh-sdk-version': text,
  ...dumpFlags,
} as const;

/** Of the whole run, wherever they stand. */
const runFlags = {
  'db-input-file': text,
  'hex-output-file': text,
  zip: text,
  'zip-password-file': text,
  allocate: text,
  provisioner: text,
  'log-level': { type: 'string', short: 'l' },
  pages: flag,
  'complete-donor': flag,
  'show-keys': flag,
} as const;

/** What may be chosen about clones, each by a flag of its own. */
const optionFlags = Object.fromEntries(ALL_OPTIONS.map(({ id }) => [id, text]));

const ALLOCATIONS = { highest: 'after-highest', lowest: 'lowest-fit' } as const;

export function parsePress(args: readonly string[]): Command {
  const everything = { ...optionFlags, ...donorFlags, ...runFlags };
  const { values } = parseWords(args, everything);
  const hexOutput = values['hex-output-file'];
  if (hexOutput === undefined && values.zip === undefined) {
    throw new UsageError('Say where the clones go: --hex-output-file OUT.hex or --zip OUT.zip');
  }
  if (hexOutput?.endsWith('.gz')) {
    throw new UsageError('Clones are written unpacked; let --hex-output-file end in .hex');
  }
  if (values['zip-password-file'] !== undefined && values.zip === undefined) {
    throw new UsageError('--zip-password-file is of a zip: say --zip OUT.zip too');
  }
  const allocate = oneOf('--allocate', ['highest', 'lowest']);
  const options: PressOptions = {
    donors: wordsOfDonors(args).map((words) => donorOptions(parseWords(words, everything).values)),
    database: required(values['db-input-file'], '--db-input-file'),
    ...optional('hexOutput', hexOutput, asGiven),
    ...optional('zip', values.zip, asGiven),
    ...optional('zipPassword', values['zip-password-file'], asGiven),
    ...optional('allocation', values.allocate, (given) => ALLOCATIONS[allocate(given)]),
    ...optional('provisioner', values.provisioner, asGiven),
    logLevel: logLevel(values['log-level'] ?? '3'),
    keysInManifest: values['show-keys'] ?? false,
    form: values.pages ? 'pages' : 'full',
    completesDonor: values['complete-donor'] ?? false,
  };
  return (io) => press(options, io);
}

const isFlag = (word: string, name: string): boolean => word === `--${name}` || word.startsWith(`--${name}=`);

/**
 * The words of each donor. With one --clone-copies, or none, all are of one: its dump may have several files. With several, a
 * donor begins at the --hex-input-file behind the --clone-copies of the one before. Of a flag given twice for one donor the last counts.
 *
 * @throws UsageError where a donor would have no --clone-copies of its own
 */
function wordsOfDonors(args: readonly string[]): readonly (readonly string[])[] {
  const times = (name: string) => args.filter((word) => isFlag(word, name)).length;
  if (times('clone-copies') < 2 || times('hex-input-file') < 2) return [args];
  const donors: string[][] = [[]];
  let counted = false;
  for (const word of args) {
    if (counted && isFlag(word, 'hex-input-file')) {
      donors.push([]);
      counted = false;
    }
    counted ||= isFlag(word, 'clone-copies');
    donors.at(-1)!.push(word);
  }
  if (!counted)
    throw new UsageError('The last --hex-input-file has no --clone-copies behind it, as the others have');
  return donors;
}

type Given = Readonly<Partial<Record<string, string | boolean | readonly string[]>>>;

function donorOptions(given: Given): DonorOptions {
  const { 'hex-input-file': files, ...rest } = given as { readonly 'hex-input-file'?: readonly string[] };
  const values = rest as Readonly<Partial<Record<keyof typeof donorFlags, string>>>;
  return {
    dump: dumpFiles(required(files, '--hex-input-file'), values),
    ...optional('csv', values.csv, asGiven),
    ...optional('count', values['clone-copies'], whole('--clone-copies')),
    ...optional('startNode', values['start-node'], whole('--start-node')),
    ...optional('firstName', values['node-name'], asGiven),
    ...optional('firstUnicast', values['unicast-addr'], address('--unicast-addr')),
    ...optional('firstDeviceKey', values['device-key'], parseDeviceKey),
    ...optional('release', values['mesh-sdk-version'], parseRelease),
    choices: choicesIn(given),
  };
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
  const encryption =
    options.zipPassword === undefined ? undefined : readEncryption(files, options.zipPassword);
  const read = options.donors.map((donor) => {
    const dump = readDumpFiles(files, donor.dump);
    imageHash(dump, nodePlatform.sha256);
    return { donor, dump, reading: readImage(dump.image, besideOf(dump)) };
  });
  const database = options.completesDonor
    ? read.reduce(
        (sofar, { reading }) => completeDonor(reading, sofar, clockNow()),
        parseDatabase(given.bytes),
      )
    : parseDatabase(given.bytes);
  const donors = read.map(({ donor, dump, reading }) => findDonor(dump, reading, database, donor.startNode));
  const { allocation, provisioner } = options;
  const wishes = options.donors.map(({ csv, ...donor }) => ({
    ...donor,
    ...(csv !== undefined && { table: readTable(files, csv) }),
    ...(allocation && { allocation }),
    ...(provisioner !== undefined && { provisioner }),
  }));
  const doubts = read.flatMap(({ donor: { release }, reading }) =>
    release === undefined ? [] : checkRelease(reading, release),
  );
  const groups = planGroups(donors, wishes, randomBytes);
  const clones = clonesOf(groups);
  run.claim(inputsOf(options), outputsOf(options, clones.length));
  const found = read.flatMap(({ reading }) => reading.findings);
  for (const finding of [
    ...found,
    ...donors.flatMap(({ findings }) => findings),
    ...doubts,
    ...findingsOf(groups),
  ])
    log.finding(finding);

  const clock = clockNow();
  await writeClones(groups, { ...options, ...(encryption && { encryption }) }, clock, run, log);
  run.prepare(given.path, packedLike(given, formatUpdatedDatabase(groups, clock)));
  run.commit(() => {
    if (!equalBytes(readFile(files, given.path), given.onDisk)) throw errors.databaseChanged(given.path);
  });
  const names = foldersOf(groups);
  const folders = groups.flatMap(({ plan }, group) => plan.clones.map(() => names[group]!));
  for (const [index, clone] of clones.entries()) {
    const file =
      options.hexOutput === undefined
        ? `clones/${folders[index]!}${clone.fileName}`
        : numberedPath(options.hexOutput, index);
    print(`${visibleValue(clone.name)}  ${formatRun(elementsOf(clone))}  ${file}\n`);
  }
  const nodes = database.nodes.length + clones.length;
  log.info(`${options.database} now holds ${nodes} nodes; the old one is ${options.database}.bak.`);
  return 0;
}

const readTable = (files: FileOperations, path: string): string =>
  new TextDecoder().decode(readGiven(files, path).bytes);

function readEncryption(files: FileOperations, path: string): EntryEncryption {
  const [password = ''] = new TextDecoder().decode(readFile(files, path)).split(/\r?\n/, 1);
  return new EntryEncryption(password, randomBytes, nodeEntryCrypto);
}

/** All that is read beside the database. */
const inputsOf = ({ donors, zipPassword }: PressOptions): string[] => [
  ...donors.flatMap(({ dump, csv }) => [...dump.files, ...(csv === undefined ? [] : [csv])]),
  ...(zipPassword === undefined ? [] : [zipPassword]),
];

/** All that is written beside the database. */
const outputsOf = ({ hexOutput, zip, form, donors }: PressOptions, count: number): string[] => [
  ...(hexOutput === undefined ? [] : Array.from({ length: count }, (_, i) => numberedPath(hexOutput, i))),
  ...(hexOutput !== undefined && form === 'pages' ? donors.map((_, i) => baseFile(hexOutput, i)) : []),
  ...(zip === undefined ? [] : [zip]),
];

/** What the clones of one donor share: `OUT_base.hex`, of the next donor `OUT_base_1.hex`. */
const baseFile = (hexOutput: string, group: number): string => numberedPath(basePath(hexOutput), group);

/** Write images, zip, or both: each clone is pressed once. */
async function writeClones(
  groups: readonly CloneGroup[],
  options: PressOptions & { readonly encryption?: EntryEncryption },
  clock: RunClock,
  run: FileRun,
  log: Log,
): Promise<void> {
  const { hexOutput, zip, form, encryption } = options;
  const clones = clonesOf(groups);
  const images = hexOutput === undefined ? undefined : imageFiles(hexOutput, clones, run);
  const onRendered = (_: PlannedClone, done: number, total: number) => log.progress('Pressing', done, total);
  if (zip === undefined) {
    let place = 0;
    for (const [group, { donor, plan }] of groups.entries()) {
      const { renderer, base } = rendererOf(donor, plan, form);
      if (base) images?.base(base, group);
      for (const clone of plan.clones) {
        images?.clone(renderer.hex(renderer.render(clone)), place++);
        onRendered(clone, place, clones.length);
      }
    }
    return;
  }
  const file = run.open(zip, clones.map(nodeOf));
  try {
    await writeBundle(groups, file, {
      ...clock,
      version: __VERSION__,
      commit: __COMMIT__,
      databaseName: unpackedName(basename(options.database)),
      keysInManifest: options.keysInManifest,
      form,
      ...nodePlatform,
      ...(images && { images }),
      ...(encryption && { encryption }),
      onRendered,
    });
  } finally {
    file.close();
  }
}

const imageFiles = (hexOutput: string, clones: readonly PlannedClone[], run: FileRun): ImageFiles => ({
  base: (text, group) => run.prepare(baseFile(hexOutput, group), [text]),
  clone: (text, index) => run.prepare(numberedPath(hexOutput, index), text, [nodeOf(clones[index]!)]),
});

/** By what a clone is found in a database again. */
const nodeOf = ({ uuid }: PlannedClone): string => uuidDigits(uuid);
