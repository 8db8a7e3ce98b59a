/** What a person's files are read into, and what else comes from the machine. */
import { randomFillSync } from 'node:crypto';
import { statSync } from 'node:fs';
import { clockAt, readDump, unpack, type Dump, type RunClock } from '../clone/index.ts';
import { parseDatabase, type MeshDatabase } from '../meshdb/index.ts';
import { LIMITS } from '../limits.ts';
import * as errors from './errors.ts';
import { readFile } from './files.ts';
import { address, optional, text } from './words.ts';

/** A file as it lies on disk, and its bytes unpacked. */
export interface GivenFile {
  readonly path: string;
  readonly onDisk: Uint8Array;
  readonly bytes: Uint8Array;
}

export function readGiven(path: string): GivenFile {
  const onDisk = readLimited(path);
  return { path, onDisk, bytes: unpack({ name: path, bytes: onDisk }) };
}

/** A file whose size allows it. @throws `cli/cannot-read`, `cli/file-too-large` */
function readLimited(path: string): Uint8Array {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > LIMITS.fileBytes) throw errors.fileTooLarge(path, bytes);
  return readFile(path);
}

export const readDatabase = (path: string): MeshDatabase => parseDatabase(readGiven(path).bytes);

export interface DumpFiles {
  readonly files: readonly string[];
  /** For raw binaries. */
  readonly baseAddress?: number;
}
export const dumpFlags = { 'base-address': text } as const;

export const dumpFiles = (
  files: readonly string[],
  values: { readonly 'base-address'?: string | undefined },
): DumpFiles => ({
  files,
  ...optional('baseAddress', values['base-address'], address('--base-address', 0xffffffff)),
});

export const readDumpFiles = ({ files, baseAddress }: DumpFiles): Dump =>
  readDump(
    files.map((path) => ({
      name: path,
      bytes: readLimited(path),
      ...(baseAddress !== undefined && { baseAddress }),
    })),
  );

/** The moment of a run. */
export const clockNow = (): RunClock => clockAt(new Date());

/** From the platform's secure generator. */
export const randomBytes = (count: number): Uint8Array => randomFillSync(new Uint8Array(count));
