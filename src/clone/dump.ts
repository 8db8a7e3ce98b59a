/** The files a person gives, made into one image: packed or not, HEX or raw, whole or in parts. */
import { Inflate } from 'pako';
import { concatenate } from '../bytes.ts';
import { parseHex, type StartRecord } from '../hex/index.ts';
import { MemoryImage, type Segment } from '../image/index.ts';
import { LIMITS } from '../limits.ts';
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
 * The bytes of a file, unpacked if it is gzip. Nothing beyond the limit is ever unpacked, whatever a small file blows up to.
 *
 * @param limit  bytes of the unpacked file
 * @throws `clone/file-too-large`, `clone/damaged-gzip`
 */
export function unpack({ name, bytes }: DumpFile, limit: number = LIMITS.unpackedBytes): Uint8Array {
  if (bytes.length > LIMITS.fileBytes) throw errors.fileTooLarge(name, bytes.length);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const chunks: Uint8Array[] = [];
  let unpacked = 0;
  const inflate = new Inflate();
  inflate.onData = (chunk) => {
    unpacked += chunk.length;
    if (unpacked > limit) throw errors.unpacksTooLarge(name, limit);
    chunks.push(chunk);
  };
  if (!inflate.push(bytes, true)) throw errors.damagedGzip(name, new Error(inflate.msg));
  return concatenate(chunks);
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
 * @throws `clone/too-many-files`, `clone/file-too-large`, `clone/damaged-gzip`, `clone/binary-without-base`,
 *   `clone/files-overlap`, and what `parseHex` throws
 */
export function readDump(files: readonly DumpFile[]): Dump {
  if (files.length > LIMITS.files) throw errors.tooManyFiles(files.length);
  const parts: Part[] = [];
  let total = 0;
  for (const file of files) {
    const bytes = unpack(file);
    total += bytes.length;
    if (total > LIMITS.dumpBytes) throw errors.dumpTooLarge(total);
    parts.push({ name: file.name, ...readPart(file, bytes) });
  }
  refuseOverlap(parts);
  const start = parts.find((part) => part.start)?.start;
  return {
    names: parts.map((part) => part.name),
    image: parts.length === 1 ? parts[0]!.image : MemoryImage.of(parts.flatMap((part) => part.image.runs)),
    ...(start && { start }),
  };
}

interface Part {
  readonly name: string;
  readonly image: MemoryImage;
  readonly start?: StartRecord;
}

function readPart(file: DumpFile, bytes: Uint8Array): Omit<Part, 'name'> {
  if (file.baseAddress !== undefined && contentOf(bytes) !== 'hex') {
    if (bytes.length > LIMITS.binaryBytes) throw errors.binaryTooLarge(file.name, bytes.length);
    return { image: MemoryImage.of([{ address: file.baseAddress, bytes }]) };
  }
  if (contentOf(bytes) === 'binary' && bytes.some((byte) => byte === 0 || byte > 0x7f)) {
    throw errors.binaryNeedsBase(file.name);
  }
  return parseHex(new TextDecoder('latin1').decode(bytes));
}

/** Two parts that define one address: the lowest such, whichever parts they are. */
function refuseOverlap(parts: readonly Part[]): void {
  const claims = parts
    .flatMap(({ image }, part) => image.runs.map((run): Segment & { part: number } => ({ ...run, part })))
    .sort((a, b) => a.address - b.address);
  let last: (typeof claims)[number] | undefined;
  for (const claim of claims) {
    if (last && claim.address < last.address + last.bytes.length) {
      const [earlier, later] = [last.part, claim.part].sort((a, b) => a - b) as [number, number];
      throw errors.filesOverlap(parts[later]!.name, parts[earlier]!.name, claim.address);
    }
    last = claim;
  }
}
