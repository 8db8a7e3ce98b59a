/** What a person's files are read into, and what else comes from the machine. */
import { randomFillSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { concatenate } from '../bytes.ts';
import { clockAt, readDump, unpack, type Dump, type RunClock } from '../clone/index.ts';
import { parseDatabase, type MeshDatabase } from '../meshdb/index.ts';
import { readFile, type FileOperations } from './files/index.ts';
import { address, optional, text } from './words.ts';

/** A file as it lies on disk, and its bytes unpacked. */
export interface GivenFile {
  readonly path: string;
  readonly onDisk: Uint8Array;
  readonly bytes: Uint8Array;
}

export function readGiven(files: FileOperations, path: string): GivenFile {
  const onDisk = readFile(files, path);
  return { path, onDisk, bytes: unpack({ name: path, bytes: onDisk }) };
}

/** New content of a file, packed if the old one was. */
export const packedLike = (given: GivenFile, content: Iterable<Uint8Array>): Iterable<Uint8Array> =>
  given.bytes === given.onDisk ? content : [gzipSync(concatenate([...content]))];

export const readDatabase = (files: FileOperations, path: string): MeshDatabase =>
  parseDatabase(readGiven(files, path).bytes);

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

export const readDumpFiles = (disk: FileOperations, { files, baseAddress }: DumpFiles): Dump =>
  readDump(
    files.map((path) => ({
      name: path,
      bytes: readFile(disk, path),
      ...(baseAddress !== undefined && { baseAddress }),
    })),
  );

/** The moment of a run. */
export const clockNow = (): RunClock => clockAt(new Date());

/** From the platform's secure generator. */
export const randomBytes = (count: number): Uint8Array => randomFillSync(new Uint8Array(count));
