/**
 * UF2 to bytes by flash address: what boards with a bootloader that shows itself as a drive give as CURRENT.UF2.
 *
 * Source: Microsoft, "USB Flashing Format (UF2)", README of microsoft/uf2 (layout of a block, flags).
 */
import { bytes, struct, u32 } from '../bytes.ts';
import { MemoryImage, findOverlap, type Segment } from '../image/index.ts';
import { LIMITS } from '../limits.ts';
import * as errors from './errors.ts';

const BLOCK_SIZE = 512;
const MAGIC = 0x0a324655;
const MAGIC_2 = 0x9e5d5157;
const MAGIC_END = 0x0ab16f30;
const blockStruct = struct({
  magic: u32,
  magic2: u32,
  flags: u32,
  address: u32,
  payloadBytes: u32,
  blockNumber: u32,
  blocks: u32,
  family: u32,
  data: bytes(476),
  magicEnd: u32,
});
const NOT_MAIN_FLASH = 0x0001;
const FILE_CONTAINER = 0x1000;

export const isUf2 = (file: Uint8Array): boolean =>
  file.length >= BLOCK_SIZE && blockStruct.decode(file.subarray(0, BLOCK_SIZE)).magic === MAGIC;

/**
 * Parse UF2; blocks that are not for the main flash are left out.
 *
 * @throws `hex/bad-uf2`, `hex/too-scattered`
 */
export function parseUf2(file: Uint8Array): MemoryImage {
  const segments: Segment[] = [];
  for (let at = 0, number = 1; at < file.length; at += BLOCK_SIZE, number++) {
    if (at + BLOCK_SIZE > file.length) throw errors.badUf2(number, 'is cut off');
    const block = blockStruct.decode(file.subarray(at, at + BLOCK_SIZE));
    if (block.magic !== MAGIC || block.magic2 !== MAGIC_2 || block.magicEnd !== MAGIC_END)
      throw errors.badUf2(number, 'does not begin and end with the numbers of such a block');
    if (block.payloadBytes > block.data.length)
      throw errors.badUf2(number, `announces ${block.payloadBytes} bytes, more than fit`);
    if ((block.flags & FILE_CONTAINER) !== 0) throw errors.badUf2(number, 'holds a file, not flash');
    if ((block.flags & NOT_MAIN_FLASH) !== 0) continue;
    segments.push({ address: block.address, bytes: block.data.slice(0, block.payloadBytes) });
    if (segments.length > LIMITS.hexStretches) throw errors.tooScattered();
  }
  const overlap = findOverlap(segments);
  if (overlap) {
    const block = segments.findLastIndex(({ address }) => address <= overlap.address) + 1;
    throw errors.badUf2(block, 'holds data for an address that another block holds data for');
  }
  return MemoryImage.of(segments);
}
