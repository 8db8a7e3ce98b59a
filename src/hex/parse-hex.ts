/**
 * Intel HEX text to bytes by flash address.
 *
 * Reading is `nrf-intel-hex`'s work. What it lacks is said here: which line is damaged and how, in words that never hold
 * the line itself (it may be a key), and the start address record, which it drops.
 */
import MemoryMap from 'nrf-intel-hex';
import { fromHex } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import { MemoryImage } from '../image/index.ts';
import * as errors from './errors.ts';

/** What an Intel HEX file says. */
export interface HexFile {
  readonly image: MemoryImage;
  /** Record of type 03 or 05, where a debugger would start the program. Nothing on the nRF5 needs it; it is kept. */
  readonly start?: StartRecord;
}
export interface StartRecord {
  readonly type: 3 | 5;
  /** 4 bytes as they stand in the record. */
  readonly bytes: Uint8Array;
}

/**
 * Parse Intel HEX with record types 00 to 05, CRLF or LF, blank lines and a byte order mark allowed.
 *
 * @throws `hex/empty-file`, `hex/not-hex`, `hex/bad-length`, `hex/bad-checksum`, `hex/bad-record`, `hex/overlap`,
 *   `hex/truncated`, `hex/data-after-end`; those that concern a line name it, counting from 1
 */
export function parseHex(source: string): HexFile {
  const text = source.replace(/^\uFEFF/, '').trimEnd();
  if (text === '') throw errors.emptyFile();
  if (!text.startsWith(':')) throw errors.notHex(1);
  if (OVERLONG_RECORD.test(text)) throw findDamage(text);
  try {
    const blocks = MemoryMap.fromHex(
      /[ \t]$|\n\s*\n/m.test(text) ? text.replace(/[ \t]*(\r?\n)\s*/g, '$1') : text,
    );
    const start = findStartRecord(text);
    return {
      image: MemoryImage.of(Array.from(blocks, ([address, bytes]) => ({ address, bytes }))),
      ...(start && { start }),
    };
  } catch (cause) {
    // The library's own message quotes the record, so it must not be shown or kept as a cause.
    throw findDamage(text) ?? unexplained(cause);
  }
}

/** Address, start and end records of another length than theirs, which the library lets pass. */
const OVERLONG_RECORD = /^:(?:(?!02).{6}0[24]|(?!04).{6}0[35]|(?!00).{6}01)/m;

function findStartRecord(text: string): StartRecord | undefined {
  const match = /^:0400000([35])([0-9a-f]{8})/im.exec(text);
  if (!match) return undefined;
  return { type: match[1] === '3' ? 3 : 5, bytes: fromHex(match[2]!)! };
}

/** Number of payload bytes that a record of this type must have; data records and unknown types are not listed. */
const PAYLOAD_LENGTH: Readonly<Record<number, number>> = { 1: 0, 2: 2, 3: 4, 4: 2, 5: 4 };

/** The first thing wrong in a file that could not be read, by line. */
function findDamage(text: string): KnownError | undefined {
  const claims: { address: number; end: number; line: number }[] = [];
  let base = 0;
  let ended = false;
  const lines = text.split(/\r\n|\n|\r/);
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const record = raw.trim();
    if (record === '') continue;
    if (ended) return errors.dataAfterEnd(line);
    const isLast = index === lines.length - 1;
    const bytes = record.startsWith(':') ? fromHex(record.slice(1)) : undefined;
    if (!bytes || bytes.length < 5)
      return isLast && /^:[0-9a-f]*$/i.test(record) ? errors.truncated(line) : errors.notHex(line);
    const [announced, high, low, type] = bytes as unknown as [number, number, number, number];
    const payload = bytes.subarray(4, -1);
    if (payload.length !== announced) {
      return isLast && payload.length < announced
        ? errors.truncated(line)
        : errors.badLength(line, announced, payload.length);
    }
    const computed = -bytes.subarray(0, -1).reduce((sum, byte) => sum + byte, 0) & 0xff;
    if (bytes.at(-1) !== computed) return errors.badChecksum(line, bytes.at(-1)!, computed);
    if (type > 5) return errors.badRecord(line, type, 'is unknown');
    const needed = PAYLOAD_LENGTH[type];
    if (needed !== undefined && needed !== announced) {
      return errors.badRecord(line, type, `must hold ${needed} bytes and holds ${announced}`);
    }
    const offset = (high << 8) | low;
    if (type === 0) {
      if (offset + announced > 0x10000)
        return errors.badRecord(line, type, 'runs past the end of its 64 KB block');
      claims.push({ address: base + offset, end: base + offset + announced, line });
    } else if (offset !== 0) {
      return errors.badRecord(line, type, 'has an offset, which only data may have');
    } else if (type === 1) ended = true;
    else if (type === 2) base = ((payload[0]! << 8) | payload[1]!) * 0x10;
    else if (type === 4) {
      base = ((payload[0]! << 8) | payload[1]!) * 0x10000;
      if (base > 0x7fffffff) return errors.badRecord(line, type, 'points beyond every memory of the chip');
    }
  }
  if (!ended) return errors.truncated(lines.length);
  return findDoubleClaim(claims);
}

function findDoubleClaim(claims: { address: number; end: number; line: number }[]): KnownError | undefined {
  claims.sort((a, b) => a.address - b.address || a.line - b.line);
  for (const [index, claim] of claims.entries()) {
    const next = claims[index + 1];
    if (next && next.address < claim.end) {
      const [earlier, later] = [claim.line, next.line].sort((a, b) => a - b) as [number, number];
      return errors.overlap(later, earlier, next.address);
    }
  }
  return undefined;
}

function unexplained(cause: unknown): KnownError {
  return new KnownError(
    'hex/unreadable',
    'The HEX file cannot be read.',
    'Read the node out again, or fetch the file from where it was first saved.',
    { library: cause instanceof Error ? cause.name : 'unknown' },
  );
}
