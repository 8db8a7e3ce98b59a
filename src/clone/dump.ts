/** The files a person gives, made into one image: packed or not, HEX or raw, whole or in parts. */
import { ungzip } from 'pako';
import { parseHex, type StartRecord } from '../hex/index.ts';
import { MemoryImage, findOverlap } from '../image/index.ts';
import * as errors from './errors.ts';

export interface DumpFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Flash address of the first byte of a raw binary; HEX files say it themselves. */
  readonly baseAddress?: number;
}

export interface Dump {
  readonly names: readonly string[];
  readonly image: MemoryImage;
  readonly start?: StartRecord;
}

/**
 * The bytes of a file, unpacked if it is gzip.
 *
 * @throws `clone/damaged-gzip`
 */
export function unpack({ name, bytes }: DumpFile): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return ungzip(bytes);
  } catch (cause) {
    throw errors.damagedGzip(name, cause);
  }
}

/** The name of a file once it is unpacked: what was given packed goes into a zip, or back to a person, as it is. */
export const unpackedName = (name: string): string => name.replace(/\.gz$/i, '');

/** What a file is, by its content: JSON opens with a bracket, HEX with a colon; all else is taken for a raw binary. */
export function contentOf(unpacked: Uint8Array): 'database' | 'hex' | 'binary' | 'empty' {
  const head = new TextDecoder().decode(unpacked.subarray(0, 256)).trimStart();
  if (unpacked.length === 0) return 'empty';
  if (/^[{[]/.test(head)) return 'database';
  if (head.startsWith(':')) return 'hex';
  return 'binary';
}

/**
 * Read one dump from one or more files, each holding a part of the flash.
 *
 * @throws `clone/damaged-gzip`, `clone/binary-without-base`, `clone/files-overlap`, and what `parseHex` throws
 */
export function readDump(files: readonly DumpFile[]): Dump {
  const parts = files.map((file) => ({ name: file.name, ...readPart(file) }));
  for (const [index, part] of parts.entries()) {
    for (const earlier of parts.slice(0, index)) {
      const overlap = findOverlap([...earlier.image.runs, ...part.image.runs]);
      if (overlap) throw errors.filesOverlap(part.name, earlier.name, overlap.address);
    }
  }
  const start = parts.find((part) => part.start)?.start;
  return {
    names: parts.map((part) => part.name),
    image: parts.length === 1 ? parts[0]!.image : MemoryImage.of(parts.flatMap((part) => part.image.runs)),
    ...(start && { start }),
  };
}

function readPart(file: DumpFile): { image: MemoryImage; start?: StartRecord } {
  const bytes = unpack(file);
  if (file.baseAddress !== undefined && contentOf(bytes) !== 'hex') {
    return { image: MemoryImage.of([{ address: file.baseAddress, bytes }]) };
  }
  if (contentOf(bytes) === 'binary' && bytes.some((byte) => byte === 0 || byte > 0x7f)) {
    throw errors.binaryNeedsBase(file.name);
  }
  return parseHex(new TextDecoder('latin1').decode(bytes));
}
