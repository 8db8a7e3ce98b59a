/** The program in the chip's RAM (loader-listing.ts) as words, where things lie around it, and its hash of a page. */
import { LISTING } from './loader-listing.ts';

/** Where things lie in RAM. 24 KB, what the smallest chip has, are enough. */
export const LOADER_START = 0x20000000;
/** The stack grows down from here, the slots up. */
export const LOADER_STACK = 0x20000800;
export const SLOTS = [0x20000800, 0x20000840] as const;
/** 8 bytes, of any number of bytes hashed together: in the end of a slot, which needs none so long. */
export const HASH_OF_MANY = 0x20000878;
/** How many packed pages were not what their hash says, which the host sets to 0; then their addresses. */
export const REFUSED = 0x20000880;
export const BUFFERS = [0x20001000, 0x20002000] as const;
/** 8 bytes a page, 256 pages at most. */
export const HASHES = 0x20003000;
/** Behind them the program unpacks: from LENGTHS in its listing to this. */
export const LOADER_END = 0x20005d00;

/** Words of a slot, from its start. STATE is written last. */
export const SLOT_STATE = 0x00;
export const SLOT_COMMAND = 0x04; // then ADDRESS, WORDS, BUFFER, READY or LENGTH, HISTORY, HASH_A, HASH_B
export const STATE_FILLED = 1;
export const STATE_DONE = 2;
/** In this order; a page that is refused goes no further. */
export const COMMAND_UNPACK = 1;
export const COMMAND_ERASE = 2;
export const COMMAND_PROGRAM = 4;
export const COMMAND_HASH = 8;
/** With `COMMAND_UNPACK`: branches of the page are absolute. */
export const COMMAND_BRANCHES = 16;

const program = wordsOfListing(LISTING);
const unpackerAt = Number.parseInt(/^([0-9a-f]{4}) .*unpack:/m.exec(LISTING)![1]!, 16);

/** What erases, programs and hashes: needed always. */
export const loaderWords: Uint32Array = program.subarray(0, unpackerAt / 4);
/** What unpacks: needed before the first packed page. */
export const unpackerWords: Uint32Array = program.subarray(unpackerAt / 4);
export const UNPACKER_START = LOADER_START + unpackerAt;

function wordsOfListing(listing: string): Uint32Array {
  const halfWords = [...listing.matchAll(/^[0-9a-f]{4} ((?:[0-9a-f]{4} ?)+)/gm)]
    .flatMap(([, digits]) => digits!.match(/[0-9a-f]{4}/g)!)
    .map((digits) => Number.parseInt(digits, 16));
  return new Uint32Array(Uint16Array.from(halfWords).buffer);
}

export interface Hash {
  readonly a: number;
  readonly b: number;
}

/** What the program's `hash` makes of a page, or of another number of whole words: one changed bit anywhere changes both halves. */
export function hashPage(page: Uint8Array): Hash {
  let a = 0xffffffff;
  let b = 0;
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  for (let at = 0; at < page.length; at += 4) {
    const word = view.getUint32(at, true);
    b = rotate(Math.imul(b ^ word, 0x9e3779b1));
    a = Math.imul(rotate(a ^ Math.imul(word, 0x85ebca6b)), 5);
  }
  return { a: a >>> 0, b: b >>> 0 };
}

/** To the right, by 17. */
const rotate = (word: number): number => (word >>> 17) | (word << 15);
