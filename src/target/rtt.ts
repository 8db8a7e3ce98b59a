/**
 * SEGGER RTT: a ring in the chip's RAM that the firmware writes its log into and that is read while it runs.
 *
 * Layout of the control block, little-endian: the id, 16 bytes of ASCII and zeros; numbers of up and of down channels; for each channel six
 * words: name, buffer, size, write offset, read offset, flags. We write the read offsets of up channels and nothing else.
 * Source: probe-rs, `rtt.rs` and `rtt/channel.rs` (facts); SEGGER, "RTT control block".
 */
import type { MemAp } from './mem-ap.ts';
import { writeWords } from './mem-ap.ts';

const ID = Uint8Array.from([...'SEGGER RTT'].map((letter) => letter.charCodeAt(0)).concat(0, 0, 0, 0, 0, 0));
const HEAD = 24;
const CHANNEL = 24;
const READ_OFFSET = 16;
const MOST_CHANNELS = 16;
/** Bytes read at once while looking for the block: half of them a second time where one begins near the end. */
const SCAN_STEP = 0x1000;

/** A channel from the firmware to us. */
export interface RttChannel {
  /** Of its six words. */
  readonly address: number;
  readonly buffer: number;
  readonly size: number;
  readonly writeOffset: number;
  readonly readOffset: number;
  /** With a full buffer the firmware leaves text out, cuts it, or stands still until somebody reads. */
  readonly whenFull: 'leaves out' | 'cuts' | 'waits';
}
export interface RttBlock {
  readonly address: number;
  /** Up channels that are set up, at least one. */
  readonly channels: readonly RttChannel[];
}

/** An id alone is no block: it may be torn, half written, or left behind by another image. */
export type RttSearch =
  | { readonly kind: 'found'; readonly block: RttBlock }
  | { readonly kind: 'torn'; readonly address: number }
  /** A block that is whole, but its ring does not lie in the RAM of this chip: it is of a build for another, or its RAM was moved. */
  | { readonly kind: 'misplaced'; readonly address: number; readonly buffer: number }
  | { readonly kind: 'absent' };

interface Ram {
  readonly start: number;
  readonly length: number;
}

/** The id in a piece of RAM, from a place in it. @returns its offset, or -1 */
export function findId(bytes: Uint8Array, from = 0): number {
  for (let at = from + ((4 - (from % 4)) % 4); at + ID.length <= bytes.length; at += 4)
    if (bytes[at] === ID[0] && ID.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}

/**
 * What stands behind an id.
 *
 * @param bytes  from the id on, as many as there are up to `rttBlockSize`
 * @returns      `undefined` where its numbers and pointers make no sense
 */
export function parseRttBlock(bytes: Uint8Array, address: number, ram: Ram): RttBlock | undefined {
  if (bytes.length < HEAD || findId(bytes) !== 0) return undefined;
  const word = wordsOf(bytes);
  const ups = word(16);
  const downs = word(20);
  if (ups < 1 || ups > MOST_CHANNELS || downs > MOST_CHANNELS) return undefined;
  if (bytes.length < HEAD + ups * CHANNEL) return undefined;
  const channels: RttChannel[] = [];
  for (let i = 0; i < ups; i++) {
    const at = HEAD + i * CHANNEL;
    const [buffer, size, writeOffset, readOffset] = [
      word(at + 4),
      word(at + 8),
      word(at + 12),
      word(at + 16),
    ];
    if (buffer === 0 && size === 0) continue; // not set up
    const isInside = size > 1 && buffer >= ram.start && buffer + size <= ram.start + ram.length;
    if (!isInside || writeOffset >= size || readOffset >= size) return undefined;
    const whenFull = (['leaves out', 'cuts', 'waits'] as const)[word(at + 20) & 3];
    if (!whenFull) return undefined;
    channels.push({ address: address + at, buffer, size, writeOffset, readOffset, whenFull });
  }
  return channels.length > 0 ? { address, channels } : undefined;
}

/** One byte of a ring stays free, so that full and empty are two things. */
export const isFull = ({ size, writeOffset, readOffset }: RttChannel): boolean =>
  (writeOffset + 1) % size === readOffset;

/** What is to be read of a ring: one stretch, or two where it wraps. */
export function unread({
  buffer,
  size,
  writeOffset,
  readOffset,
}: RttChannel): { address: number; length: number }[] {
  const pieces =
    writeOffset >= readOffset
      ? [{ address: buffer + readOffset, length: writeOffset - readOffset }]
      : [
          { address: buffer + readOffset, length: size - readOffset },
          { address: buffer, length: writeOffset },
        ];
  return pieces.filter(({ length }) => length > 0);
}

export interface RttScanOptions {
  readonly ramSize: number;
  /** Where it was on a chip with the same firmware: looked at first. */
  readonly likely?: number | undefined;
  /** Asked between two steps: whether to go on. */
  readonly goOn?: () => boolean;
  readonly signal?: AbortSignal | undefined;
}

const RAM_START = 0x20000000;
/** For a block that makes sense but for where its ring lies. */
const ANYWHERE: Ram = { start: 0, length: 0x100000000 };

/** Look for the block from the start of RAM on, where linkers put what lives as long as the program. The core runs on. */
export async function findRtt(memory: MemAp, options: RttScanOptions): Promise<RttSearch> {
  const { ramSize, likely, goOn = () => true, signal } = options;
  const ram = { start: RAM_START, length: ramSize };
  let other: Exclude<RttSearch, { readonly kind: 'found' | 'absent' }> | undefined;
  const bytesAt = (address: number) =>
    memory.readBytes(
      address,
      Math.min(HEAD + MOST_CHANNELS * CHANNEL, RAM_START + ramSize - address),
      signal,
    );
  if (likely !== undefined) {
    const block = parseRttBlock(await bytesAt(likely), likely, ram);
    if (block) return { kind: 'found', block };
  }
  for (let from = 0; from < ramSize && goOn(); from += SCAN_STEP) {
    const length = Math.min(SCAN_STEP + ID.length - 4, ramSize - from);
    const bytes = await memory.readBytes(RAM_START + from, length, signal);
    for (let at = findId(bytes); at !== -1; at = findId(bytes, at + 4)) {
      const address = RAM_START + from + at;
      const found = await bytesAt(address);
      const block = parseRttBlock(found, address, ram);
      if (block) return { kind: 'found', block };
      const elsewhere = parseRttBlock(found, address, ANYWHERE)?.channels[0];
      if (elsewhere) other = { kind: 'misplaced', address, buffer: elsewhere.buffer };
      else other ??= { kind: 'torn', address };
    }
  }
  return other ?? { kind: 'absent' };
}

export interface RttPiece {
  readonly bytes: Uint8Array;
  /** The ring was full: what the firmware said then is lost, or it stood still until now. */
  readonly wasFull: boolean;
  readonly whenFull: RttChannel['whenFull'];
}

/** What the first channel holds since it was read last, and the word to the firmware that it was read. `undefined` where the block is gone. */
export async function readRtt(
  memory: MemAp,
  { address, channels }: RttBlock,
  ramSize: number,
  signal?: AbortSignal,
): Promise<RttPiece | undefined> {
  const length = channels[0]!.address + CHANNEL - address;
  const whole = Math.max(length, HEAD + MOST_CHANNELS * CHANNEL);
  const room = Math.min(whole, RAM_START + ramSize - address);
  const block = parseRttBlock(await memory.readBytes(address, room, signal), address, {
    start: RAM_START,
    length: ramSize,
  });
  const channel = block?.channels[0];
  if (!channel) return undefined;
  const pieces = unread(channel);
  if (pieces.length === 0) return { bytes: new Uint8Array(0), wasFull: false, whenFull: channel.whenFull };
  const read = await memory.readStretches(pieces, signal);
  await memory.run([writeWords(channel.address + READ_OFFSET, [channel.writeOffset])]);
  const bytes = new Uint8Array(read.reduce((sum, one) => sum + one.bytes.length, 0));
  let at = 0;
  for (const one of read) {
    bytes.set(one.bytes, at);
    at += one.bytes.length;
  }
  return { bytes, wasFull: isFull(channel), whenFull: channel.whenFull };
}

const wordsOf = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return (at: number) => view.getUint32(at, true);
};
