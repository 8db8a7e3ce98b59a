/** The files a person gives, made into one image: packed or not, HEX or raw, whole or in parts. */
import { Inflate } from 'pako';
import { concatenate } from '../bytes.ts';
import { decodeText, isSrec, isUf2, parseHex, parseSrec, parseUf2, type StartRecord } from '../hex/index.ts';
import { MemoryImage, splitMemories, UICR_START, type Memories, type Segment } from '../image/index.ts';
import { placeRaw, type ReadOptions } from '../kinds/index.ts';
import { LIMITS } from '../limits.ts';
import * as errors from './errors.ts';
import { recogniseForeign } from './foreign-files.ts';

export interface DumpFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Flash address of the first byte of a raw binary; HEX files say it themselves. */
  readonly baseAddress?: number;
}

export interface Dump {
  readonly names: readonly string[];
  /** Code flash and UICR: what clones are made of. */
  readonly image: MemoryImage;
  /** What the files hold besides; nothing of it goes into a clone unless a person says so. */
  readonly beside?: Memories;
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

/** Enough of a text to know it by: tools log some lines before the first record. */
const HEAD_BYTES = 0x4000;

/** What a file is, by its content: JSON opens with a bracket, HEX has a line with a colon; all else is taken for a raw binary. */
export function contentOf(unpacked: Uint8Array): 'database' | 'hex' | 'binary' | 'empty' {
  if (unpacked.length === 0) return 'empty';
  const head = decodeText(unpacked.subarray(0, HEAD_BYTES))
    .replace(/^(?:\u00EF\u00BB\u00BF|\uFEFF)/, '')
    .trimStart();
  if (/^[{[]/.test(head)) return 'database';
  if (head.startsWith(':') || /^[ \t]*:[\da-f]{10}/im.test(head)) return 'hex';
  return 'binary';
}

/**
 * Read one dump from one or more files, each holding a part of the flash.
 *
 * @throws `clone/too-many-files`, `clone/file-too-large`, `clone/damaged-gzip`, `clone/binary-without-base`,
 *   `clone/wrong-base`, `clone/other-format`, `clone/files-overlap`, and what `parseHex` and its like throw
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
  const whole =
    parts.length === 1 ? parts[0]!.image : MemoryImage.of(parts.flatMap((part) => part.image.runs));
  const beside = splitMemories(whole);
  return {
    names: parts.map((part) => part.name),
    image: beside.firmware,
    ...(beside.firmware.size < whole.size && { beside }),
    ...(start && { start }),
  };
}

/** What a kind of image is told of a dump beside its image. */
export const besideOf = ({ beside }: Dump): ReadOptions => (beside ? { beside } : {});

interface Part {
  readonly name: string;
  readonly image: MemoryImage;
  readonly start?: StartRecord;
}

function readPart(file: DumpFile, bytes: Uint8Array): Omit<Part, 'name'> {
  const foreign = recogniseForeign(bytes);
  if (foreign) throw errors.otherFormat(file.name, foreign);
  const content = contentOf(bytes);
  if (content === 'hex') return parseHex(decodeText(bytes));
  if (isUf2(bytes)) return { image: parseUf2(bytes) };
  const text = decodeText(bytes.subarray(0, HEAD_BYTES));
  if (isSrec(text)) return { image: parseSrec(decodeText(bytes)) };
  if (file.baseAddress !== undefined) return { image: placed(file, bytes, file.baseAddress) };
  if (content === 'binary' && bytes.some((byte) => byte === 0 || byte > 0x7f)) {
    throw errors.binaryNeedsBase(file.name, placeRaw(bytes)?.fits ?? []);
  }
  return parseHex(decodeText(bytes));
}

/** A raw binary where it is said to begin, its UICR at its own place where it follows the code flash. */
function placed({ name }: DumpFile, bytes: Uint8Array, base: number): MemoryImage {
  if (bytes.length > LIMITS.binaryBytes) throw errors.binaryTooLarge(name, bytes.length);
  const placing = base < UICR_START ? placeRaw(bytes, base) : undefined;
  if (placing && !placing.taken && placing.fits.length > 0) throw errors.wrongBase(name, base, placing.fits);
  const flashBytes = placing?.taken?.flashBytes ?? bytes.length;
  return MemoryImage.of([
    { address: base, bytes: bytes.subarray(0, flashBytes) },
    { address: placing?.taken?.chip.uicr.address ?? UICR_START, bytes: bytes.subarray(flashBytes) },
  ]);
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
