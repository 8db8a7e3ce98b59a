/** The way from files to clones: read, plan, press, write, and only when every image stands replace the database. */
import { randomFillSync } from 'node:crypto';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { equalBytes } from '../bytes.ts';
import {
  checkRelease,
  findDonor,
  formatRange,
  planClones,
  pressOf,
  readDump,
  readImage,
  unpack,
  updateDatabase,
  writeBundle,
  type ClonePlan,
  type RunClock,
} from '../clone/index.ts';
import type { ClonePolicy } from '../image/index.ts';
import {
  formatDatabase,
  parseDatabase,
  parseNodeValues,
  type AllocationPolicy,
  type MeshDatabase,
} from '../meshdb/index.ts';
import type { DumpOptions } from './arguments.ts';
import * as errors from './errors.ts';
import { Replacement, isSameFile, numberedPath, readFile } from './files.ts';
import type { Log, LogLevel } from './log.ts';

export interface PressOptions {
  readonly dump: DumpOptions;
  readonly database: string;
  /** Path of the first image; the others are numbered. */
  readonly hexOutput?: string;
  readonly zip?: string;
  /** 1, or as many as the CSV has rows, when left out. */
  readonly count?: number;
  readonly allocation?: AllocationPolicy;
  readonly provisioner?: string;
  /** Path of a table with values for each clone. */
  readonly csv?: string;
  readonly startNode?: number;
  readonly firstName?: string;
  readonly firstUnicast?: number;
  readonly firstDeviceKey?: Uint8Array;
  /** SDK release to hold against the dump. */
  readonly release?: string;
  readonly logLevel: LogLevel;
  readonly keysInManifest: boolean;
  readonly policy: Partial<ClonePolicy>;
}

/** A file as it was read: its name, its bytes on disk, and those bytes unpacked. */
interface GivenFile {
  readonly path: string;
  readonly onDisk: Uint8Array;
  readonly bytes: Uint8Array;
}

export function readGiven(path: string): GivenFile {
  const onDisk = readFile(path);
  return { path, onDisk, bytes: unpack({ name: path, bytes: onDisk }) };
}

export function readDumpFiles({ files, baseAddress }: DumpOptions) {
  return readDump(
    files.map((path) => ({
      name: path,
      bytes: readFile(path),
      ...(baseAddress !== undefined && { baseAddress }),
    })),
  );
}

/**
 * Press the clones that the options ask for. Prints one line a clone to stdout.
 *
 * @throws KnownError; then no image, zip or database has been touched
 */
export async function press(options: PressOptions, log: Log, stdout: (text: string) => void): Promise<void> {
  const given = readGiven(options.database);
  const database = parseDatabase(given.bytes);
  const dump = readDumpFiles(options.dump);
  const reading = readImage(dump);
  const doubts = options.release === undefined ? [] : checkRelease(reading, options.release);
  const donor = findDonor(dump, reading, database, options.startNode);
  const values = options.csv === undefined ? undefined : readValues(options.csv);
  const plan = planClones(donor, database, { ...options, ...(values && { values }) }, (count) =>
    randomFillSync(new Uint8Array(count)),
  );
  for (const finding of [...reading.findings, ...donor.findings, ...doubts, ...plan.findings])
    log.finding(finding);

  refuseOverwriting(options, plan.clones.length);
  const now = new Date();
  const clock: RunClock = { now, timeZoneOffsetMinutes: now.getTimezoneOffset() };
  const replacement = new Replacement();
  try {
    if (options.hexOutput !== undefined) writeImages(plan, options.hexOutput, replacement, log);
    if (options.zip !== undefined) await writeZip(plan, options, options.zip, clock, replacement, log);
    prepareDatabase(updateDatabase(plan, clock), given, replacement);
    replacement.commit();
  } catch (error) {
    replacement.discard();
    throw error;
  }
  for (const [index, clone] of plan.clones.entries()) {
    const where =
      options.hexOutput === undefined ? `clones/${clone.fileName}` : numberedPath(options.hexOutput, index);
    stdout(`${clone.name}  ${formatRange(clone.unicast, clone.elementCount)}  ${where}\n`);
  }
  log.info(
    `${options.database} now holds ${database.nodes.length + plan.clones.length} nodes; the old one is ${options.database}.bak.`,
  );
}

const readValues = (path: string) => parseNodeValues(new TextDecoder().decode(readGiven(path).bytes));

/** The donor's dump is never written to, and an output must not land on the database. */
function refuseOverwriting({ dump, database, csv, hexOutput, zip }: PressOptions, count: number): void {
  const outputs = [
    ...(hexOutput === undefined ? [] : Array.from({ length: count }, (_, i) => numberedPath(hexOutput, i))),
    ...(zip === undefined ? [] : [zip]),
  ];
  const inputs = [...dump.files, database, ...(csv === undefined ? [] : [csv])];
  for (const output of outputs) {
    const input = inputs.find((path) => isSameFile(path, output));
    if (input !== undefined) throw errors.outputIsInput(output);
  }
}

function writeImages(plan: ClonePlan, hexOutput: string, replacement: Replacement, log: Log): void {
  const press = pressOf(plan);
  for (const [index, clone] of plan.clones.entries()) {
    replacement.prepare(numberedPath(hexOutput, index), press.hex(press.press(clone)));
    log.progress('Pressing', index + 1, plan.clones.length);
  }
}

async function writeZip(
  plan: ClonePlan,
  options: PressOptions,
  path: string,
  clock: RunClock,
  replacement: Replacement,
  log: Log,
): Promise<void> {
  const file = replacement.open(path);
  try {
    await writeBundle(plan, file, {
      ...clock,
      version: __VERSION__,
      databaseName: basename(options.database).replace(/\.gz$/, ''),
      keysInManifest: options.keysInManifest,
      onPressed: (_, done, total) => log.progress('Zipping', done, total),
    });
  } finally {
    file.close();
  }
}

/** The new database beside the old one, unless somebody else has changed that meanwhile. */
function prepareDatabase(updated: MeshDatabase, given: GivenFile, replacement: Replacement): void {
  if (!equalBytes(readFile(given.path), given.onDisk)) throw errors.databaseChanged(given.path);
  const bytes = formatDatabase(updated);
  replacement.prepare(given.path, given.bytes === given.onDisk ? bytes : gzipSync(bytes));
}
