/** What a person's files are read into, and what else comes from the machine. */
import { gzipSync } from 'node:zlib';
import { concatenate } from '../bytes.ts';
import { clockAt, readDump, unpack, type Dump, type RunClock } from '../clone/index.ts';
import { factoryIdsIn, type FactoryIds } from '../image/index.ts';
import type { ImageReading } from '../kinds/index.ts';
import { parseDatabase, type MeshDatabase } from '../meshdb/index.ts';
import { readFile, type FileOperations } from './files/index.ts';
import { UsageError, address, optional, text } from './words.ts';

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
  flag = '--base-address',
): DumpFiles => ({
  files,
  ...optional('baseAddress', values['base-address'], address(flag, 0xffffffff)),
});

export const readDumpFiles = (disk: FileOperations, { files, baseAddress }: DumpFiles): Dump =>
  readDump(
    files.map((path) => ({
      name: path,
      bytes: readFile(disk, path),
      ...(baseAddress !== undefined && { baseAddress }),
    })),
  );

/** Words of the factory information that `nrfjprog --memrd` prints: DEVICEID[0..1], DEVICEADDR[0..1]. */
export const factoryWords =
  (name: string) =>
  (given: string): FactoryIds => {
    const words = given.split(',').map((one) => address(name, 0xffffffff)(one.trim()));
    const [id0, id1, address0, address1] = words;
    if (words.length !== 4)
      throw new UsageError(`${name} takes four words: DEVICEID[0],DEVICEID[1],DEVICEADDR[0],DEVICEADDR[1]`);
    return { deviceId: [id0!, id1!], deviceAddress: [address0!, address1!] };
  };

/** Of the chip a dump is of, where the dump holds its factory information. */
export const idsOf = ({ beside }: Dump, { chip }: ImageReading): FactoryIds | undefined =>
  beside && factoryIdsIn(beside.factory, chip.chip);

/** The moment of a run. */
export const clockNow = (): RunClock => clockAt(new Date());
