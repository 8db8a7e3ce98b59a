/** A virtual board with somebody attached to it, and images to press on it. */
import { expect } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import { MemoryImage, UICR_START, type Segment } from '../../src/image/index.ts';
import { openProbe, type SwdLink } from '../../src/probe/index.ts';
import { Nrf52, type AttachOptions } from '../../src/target/index.ts';
import {
  PROBE_PROFILES,
  VirtualBoard,
  VirtualClock,
  type BoardSetup,
  type ProbeName,
  type VirtualNrf52,
} from '../../src/virtual/index.ts';

/** Every suite that says "for each probe" runs over these; another kind is added in `PROBE_PROFILES`. */
export const PROBES = Object.keys(PROBE_PROFILES) as ProbeName[];

export interface Bench {
  readonly board: VirtualBoard;
  readonly clock: VirtualClock;
  open(): Promise<SwdLink>;
  attach(options?: Partial<AttachOptions>): Promise<Nrf52>;
}

export function benchWith(setup: Omit<BoardSetup, 'clock'> = {}): Bench {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ ...setup, clock });
  const open = () => openProbe(board.device, { clock, platform: 'linux' });
  return {
    board,
    clock,
    open,
    attach: async (options) => Nrf52.attach(await open(), { clock, ...options }),
  };
}

/** Bytes that differ from their neighbours and from page to page. */
export const pattern = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((i + seed) * 0x9e3779b1 + (i >> 8) * 31 * seed) >>> 24);

/** A vector table that starts somewhere, code, and pages at the end of flash as a mesh stack keeps them. */
export function meshLikeImage(flashSize: number, seed = 1): MemoryImage {
  const code = pattern(0x1803, seed);
  code.set([0x00, 0x00, 0x01, 0x20, 0xd5, 0x06, 0x00, 0x00]);
  const segments: Segment[] = [
    { address: 0, bytes: code },
    { address: flashSize - 0x1000, bytes: pattern(0x155, seed + 1) },
    { address: UICR_START + 0x14, bytes: Uint8Array.of(0x00, 0xe0, 0x07, 0x00) },
    { address: UICR_START + 0x200, bytes: Uint8Array.of(0x15, 0, 0, 0, 0x15, 0, 0, 0) },
  ];
  return MemoryImage.of(segments);
}

/** Flash and UICR are what the image says, and erased where it says nothing. (`toEqual` takes a second for half a megabyte.) */
export function expectHolds({ flash, uicr }: VirtualNrf52, image: MemoryImage): void {
  expect(equalBytes(flash, image.read(0, flash.length)), 'flash').toBe(true);
  expect(equalBytes(uicr, image.read(UICR_START, uicr.length)), 'uicr').toBe(true);
}
