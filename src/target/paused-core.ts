/**
 * A core that is stopped for a while and runs on as if nothing had been: its registers, the RAM that our program takes, and what of
 * memory protection and flash controller is set for it.
 *
 * What moves bytes without the core is left alone, as the firmware would not know of its end: what arrives in the borrowed RAM meanwhile
 * is lost. Nor does time stand still: a radio stack may find its moments gone by and restart itself.
 * Source: ARMv7-M Architecture Reference Manual, C1.6.3 (DCRSR).
 */
import type { Segment, Stretch } from '../image/index.ts';
import { getRegister, haltCore, letGoOfCore, setRegister } from './core.ts';
import { readWords, writeWords, type MemAp } from './mem-ap.ts';
import { HASHES, LOADER_START, REFUSED, SLOTS } from './loader-code.ts';
import {
  MPU_CTRL,
  NVMC_CONFIG,
  REGISTER_MSP,
  REGISTER_PC,
  REGISTER_PSP,
  REGISTER_SPECIAL,
  REGISTER_XPSR,
  XPSR_EXCEPTION,
} from './registers.ts';
import { wordsOf } from './flash-writer.ts';
import { feedWatchdog } from './watchdog.ts';

/** Those that say which stack is meant before those that depend on it; then r0 to r12 and LR, and where it goes on last. */
const REGISTERS = [
  REGISTER_SPECIAL,
  REGISTER_MSP,
  REGISTER_PSP,
  ...Array.from({ length: 15 }, (_, i) => i),
  REGISTER_XPSR,
  REGISTER_PC,
];
const CONTROLS = [MPU_CTRL, NVMC_CONFIG];
/** For program, stack and slots, and for two words a page of 256 pages at most; in pieces short enough for a hungry watchdog. */
const PIECE = 0x400;
const BORROWED: readonly Stretch[] = [
  { address: LOADER_START, length: SLOTS[0] - LOADER_START },
  { address: SLOTS[0], length: REFUSED + 4 - SLOTS[0] },
  { address: HASHES, length: 8 * 256 },
].flatMap(({ address, length }) =>
  Array.from({ length: Math.ceil(length / PIECE) }, (_, i) => ({
    address: address + i * PIECE,
    length: Math.min(PIECE, length - i * PIECE),
  })),
);

export class PausedCore {
  private constructor(
    readonly memory: MemAp,
    readonly registers: Uint32Array,
    readonly controls: Uint32Array,
    readonly ram: readonly Segment[],
  ) {}

  /** Halt where it stands, and learn all that is needed to go on. @throws `target/not-halted` */
  static async pause(memory: MemAp): Promise<PausedCore> {
    await haltCore(memory);
    const registers = await memory.run(REGISTERS.flatMap(getRegister));
    const controls = await memory.run(CONTROLS.map((address) => readWords(address, 1)));
    const ram: Segment[] = [];
    for (const piece of BORROWED) {
      await memory.run(feedWatchdog());
      ram.push(...(await memory.readStretches([piece])));
    }
    await memory.run([...feedWatchdog(), writeWords(MPU_CTRL, [0])]); // it may forbid to run from RAM
    return new PausedCore(memory, registers, controls, ram);
  }

  /** See `callCore`. */
  get exception(): number {
    return this.registers[REGISTERS.indexOf(REGISTER_XPSR)]! & XPSR_EXCEPTION;
  }

  async resume(): Promise<void> {
    const { memory } = this;
    await haltCore(memory);
    await memory.run([
      ...this.ram.flatMap((piece) => [...feedWatchdog(), writeWords(piece.address, wordsOf(piece).words)]),
      ...CONTROLS.map((address, i) => writeWords(address, [this.controls[i]!])),
      ...REGISTERS.flatMap((register, i) => setRegister(register, this.registers[i]!)),
    ]);
    await letGoOfCore(memory);
  }
}
