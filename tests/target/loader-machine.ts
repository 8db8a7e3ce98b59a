/** The program in RAM on the instruction-set emulator and nothing else: RAM, flash to read, and an account of what it writes. */
import type { PackedPage } from '../../src/image/index.ts';
import {
  BUFFERS,
  COMMAND_BRANCHES,
  COMMAND_UNPACK,
  hashPage,
  LOADER_STACK,
  LOADER_START,
  loaderWords,
  REFUSED,
  SLOT_STATE,
  SLOTS,
  STATE_DONE,
  STATE_FILLED,
  UNPACKER_START,
  unpackerWords,
} from '../../src/target/loader-code.ts';
import { Thumb } from '../../src/virtual/thumb.ts';

const RAM_START = 0x20000000;
/** What the smallest chip has. */
const RAM_SIZE = 24 * 1024;
const PAGE_SIZE = 0x1000;
const [PC, SP] = [15, 13];
const PERIPHERALS = 0x40000000;
/** As in the listing: where it unpacks, and what it needs for that. */
const PAGE = 0x20004000;
const SCRATCH = [
  [UNPACKER_START + 4 * unpackerWords.length, LOADER_STACK],
  [SLOTS[0], REFUSED + 4 * 257],
  [0x20003800, 0x20003800 + 320],
  [PAGE, PAGE + PAGE_SIZE],
  [0x20005000, 0x20005d00],
] as const;

export interface Unpacked {
  readonly accepted: boolean;
  readonly page: Uint8Array;
  readonly cycles: number;
  /** Addresses outside of what it may write. */
  readonly strayWrites: readonly number[];
  /** Addresses in the buffers of the host, behind the packed bytes. */
  readonly readsBehind: number;
}

type StreamInChip = Pick<PackedPage, 'packed' | 'history'> &
  Partial<Pick<PackedPage, 'address' | 'absoluteBranches'>>;

/** Unpack one page as the host would have it done. @throws when the program faults or does not come to an end */
export function unpackInChip(
  flash: Uint8Array,
  { packed, history, address = 0, absoluteBranches = false }: StreamInChip,
  expected: Uint8Array,
): Unpacked {
  const ram = new DataView(new ArrayBuffer(RAM_SIZE));
  const bytes = new Uint8Array(ram.buffer);
  bytes.fill(0xa5);
  [...loaderWords, ...unpackerWords].forEach((word, i) => ram.setUint32(4 * i, word, true));
  const buffer = BUFFERS[0];
  const lengthWords = Math.ceil(packed.length / 4);
  bytes.set(new Uint8Array(4 * lengthWords), buffer - RAM_START);
  bytes.set(packed, buffer - RAM_START);
  const { a, b } = hashPage(expected);
  const command = COMMAND_UNPACK | (absoluteBranches ? COMMAND_BRANCHES : 0);
  const slot = [STATE_FILLED, command, address, lengthWords, buffer, 0, history, a, b];
  slot.forEach((word, i) => ram.setUint32(SLOTS[0] - RAM_START + 4 * i, word, true));
  ram.setUint32(SLOTS[1] - RAM_START, STATE_DONE, true);
  ram.setUint32(REFUSED - RAM_START, 0, true);

  const inFlash = new DataView(flash.buffer, flash.byteOffset, flash.byteLength);
  const strayWrites: number[] = [];
  let readsBehind = 0;
  const end = buffer + 4 * lengthWords;
  const thumb = new Thumb(new Uint32Array(16), {
    read(address, size) {
      if (address >= end && address < 0x20003800) readsBehind++;
      const at = address - RAM_START;
      if (at >= 0 && at + size <= RAM_SIZE) return read(ram, at, size);
      if (address + size <= flash.length) return read(inFlash, address, size);
      return undefined;
    },
    write(address, size, value) {
      if (address >= PERIPHERALS) return true; // the watchdog is fed
      if (!SCRATCH.some(([from, to]) => address >= from && address + size <= to)) strayWrites.push(address);
      const at = address - RAM_START;
      if (at < 0 || at + size > RAM_SIZE) return false;
      if (size === 4) ram.setUint32(at, value, true);
      else if (size === 2) ram.setUint16(at, value, true);
      else ram.setUint8(at, value);
      return true;
    },
  });
  thumb.registers[PC] = LOADER_START;
  thumb.registers[SP] = LOADER_STACK;
  const state = SLOTS[0] - RAM_START + SLOT_STATE;
  while (ram.getUint32(state, true) === STATE_FILLED) {
    if (thumb.step() === 'fault') throw new Error(`fault at ${thumb.registers[PC]!.toString(16)}`);
    if (thumb.cycles > 5_000_000) throw new Error('it does not end');
  }
  return {
    accepted: ram.getUint32(REFUSED - RAM_START, true) === 0,
    page: bytes.slice(PAGE - RAM_START, PAGE - RAM_START + PAGE_SIZE),
    cycles: thumb.cycles,
    strayWrites,
    readsBehind,
  };
}

const read = (ram: DataView, at: number, size: 1 | 2 | 4) =>
  size === 4 ? ram.getUint32(at, true) : size === 2 ? ram.getUint16(at, true) : ram.getUint8(at);
