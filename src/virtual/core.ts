/**
 * A Cortex-M4 as a debugger sees it: it halts, resumes, resets, and runs what the debugger put into RAM.
 *
 * Code in flash is not run: as long as PC stands there, time passes, and what the firmware does is told by firmware.ts.
 * Source: ARMv7-M Architecture Reference Manual, C1.6 (DHCSR, DCRSR, DCRDR, DEMCR), B3.2.6 (AIRCR).
 */
import { readIdentification } from './rom-table.ts';
import { Thumb, type ThumbBus } from './thumb.ts';

/** `debug`: a debugger asked a chip in System OFF for power, which wakes it. */
export type ResetCause = 'power-on' | 'pin' | 'watchdog' | 'soft' | 'control-port' | 'debug';

/** The chip around the core. */
export interface CoreSurroundings extends ThumbBus {
  /** In microseconds. */
  nowUs(): number;
  /** Running code moves time on. */
  passTo(timeUs: number): void;
  /** When whatever the core may wait for happens by itself, if anything does. */
  nextEventUs(): number | undefined;
  /** Counts changes of memory, so that a loop that changes nothing is known by it. */
  changes(): number;
  resetVector(): { readonly stackPointer: number; readonly entry: number };
  requestReset(): void;
  /** What the firmware in flash is about, while PC stands there. */
  firmware(): {
    readonly sleeps: boolean;
    readonly spot: number;
    readonly exception: number;
    readonly lockedUp: boolean;
  };
}

const CPUID = 0xe000ed00;
const AIRCR = 0xe000ed0c;
const DHCSR = 0xe000edf0;
const DCRSR = 0xe000edf4;
const DCRDR = 0xe000edf8;
const DEMCR = 0xe000edfc;
const ICSR = 0xe000ed04;
const DWT_PCSR = 0xe000101c;

const DEBUG_KEY = 0xa05f;
const C_DEBUGEN = 1 << 0;
const C_HALT = 1 << 1;
const C_WRITABLE = 0xf;
const S_REGRDY = 1 << 16;
const S_HALT = 1 << 17;
const S_SLEEP = 1 << 18;
const S_LOCKUP = 1 << 19;
const S_RESET_ST = 1 << 25;
const REG_WRITE = 1 << 16;
const VC_CORERESET = 1 << 0;
const TRCENA = 1 << 24;
const NO_SAMPLE = 0xffffffff;
const VECT_KEY = 0x05fa;
const SYSRESETREQ = 1 << 2;

const SP = 13;
const PC = 15;
const XPSR = 16;
const THUMB_STATE = 1 << 24;

const CYCLES_PER_US = 64;

export class VirtualCore {
  /** r0..r15, xPSR, MSP, PSP, and 20 for the special ones. */
  readonly registers = new Uint32Array(21);
  readonly #thumb: Thumb;
  #dhcsr = 0;
  #demcr = 0;
  #dcrdr = 0;
  #lockedUp = false;
  #wasReset = true;
  /** What the machine looked like when it last came by, by address. */
  readonly #passages = new Map<number, Passage>();
  /** What it looked like when it was found in a loop that only somebody else can end. */
  #waiting: Passage | undefined;

  constructor(readonly chip: CoreSurroundings) {
    this.#thumb = new Thumb(this.registers.subarray(0, 16), chip);
  }

  get halted(): boolean {
    return (this.#dhcsr & (C_DEBUGEN | C_HALT)) === (C_DEBUGEN | C_HALT);
  }

  /** Runs code from RAM, so it needs nothing from flash. */
  get runsFromRam(): boolean {
    return !this.halted && !this.#lockedUp && this.registers[PC]! >>> 28 === 2;
  }

  /** Of a core that runs from flash. */
  get #firmware() {
    return this.halted || this.#lockedUp || this.runsFromRam ? undefined : this.chip.firmware();
  }

  /** Let the core run until a moment, or until it stops. */
  run(untilUs: number): void {
    if (!this.runsFromRam) return;
    if ((this.registers[XPSR]! & THUMB_STATE) === 0) this.#lockedUp = true;
    const { chip } = this;
    const pass = () => chip.passTo(Math.max(chip.nowUs(), Math.min(untilUs, chip.nextEventUs() ?? untilUs)));
    if (this.#waiting?.changes === chip.changes() && this.#waiting.nextEventUs === chip.nextEventUs()) pass();
    const thumb = this.#thumb;
    for (let nowUs = chip.nowUs(); nowUs < untilUs && this.runsFromRam; nowUs = chip.nowUs()) {
      const before = thumb.cycles;
      const outcome = thumb.step();
      chip.passTo(nowUs + (thumb.cycles - before) / CYCLES_PER_US);
      if (outcome === 'fault') this.#lockedUp = true;
      else if (outcome === 'breakpoint') this.#dhcsr |= C_HALT;
      else if (outcome === 'branched back' && this.#waits()) pass();
    }
  }

  /** Whatever it was about ends; the reset at power-on finds it again. */
  powerOff(): void {
    this.#lockedUp = true;
  }

  /** The debug registers live through soft resets alone. A locked port cannot halt the core. */
  reset(cause: ResetCause, locked: boolean): void {
    if (cause !== 'soft' && cause !== 'control-port') this.#demcr = this.#dhcsr = 0;
    const caught = !locked && (this.#dhcsr & C_DEBUGEN) !== 0 && (this.#demcr & VC_CORERESET) !== 0;
    this.#dhcsr = locked ? 0 : caught ? this.#dhcsr | C_HALT : this.#dhcsr & ~C_HALT;
    const { stackPointer, entry } = this.chip.resetVector();
    this.registers.fill(0);
    this.registers[SP] = stackPointer & ~3;
    this.registers[XPSR] = entry & 1 ? THUMB_STATE : 0;
    this.#lockedUp = entry === 0xffffffff; // nothing but erased flash to run
    this.registers[PC] = this.#lockedUp ? 0xfffffffe : entry & ~1;
    this.#wasReset = true;
  }

  readRegister(address: number): number {
    switch (address) {
      case CPUID:
        return 0x410fc241;
      case DHCSR: {
        const status =
          S_REGRDY |
          (this.halted ? S_HALT : 0) |
          (this.#firmware?.sleeps ? S_SLEEP : 0) |
          ((this.#lockedUp || this.#firmware?.lockedUp) && !this.halted ? S_LOCKUP : 0) |
          (this.#wasReset ? S_RESET_ST : 0);
        this.#wasReset = false;
        return (this.#dhcsr | status) >>> 0;
      }
      case DCRDR:
        return this.#dcrdr;
      case DEMCR:
        return this.#demcr;
      case ICSR:
        return this.halted ? this.registers[XPSR]! & 0x1ff : (this.#firmware?.exception ?? 0);
      case DWT_PCSR:
        if ((this.#demcr & TRCENA) === 0) return 0;
        if (this.halted) return NO_SAMPLE;
        return this.#firmware?.spot ?? this.registers[PC]!;
      default:
        return readIdentification(address) ?? 0;
    }
  }

  writeRegister(address: number, value: number): void {
    switch (address) {
      case DHCSR:
        if (value >>> 16 === DEBUG_KEY) this.#dhcsr = value & C_DEBUGEN ? value & C_WRITABLE : 0;
        this.#passages.clear();
        this.#waiting = undefined;
        return;
      case DCRDR:
        this.#dcrdr = value;
        return;
      case DCRSR: {
        const register = value & 0x1f;
        if (!this.halted || register >= this.registers.length) return;
        if ((value & REG_WRITE) === 0) this.#dcrdr = this.registers[register]!;
        else this.registers[register] = register === PC ? this.#dcrdr & ~1 : this.#dcrdr;
        if (value & REG_WRITE && register === PC) this.#lockedUp = false;
        return;
      }
      case DEMCR:
        this.#demcr = value;
        return;
      case AIRCR:
        if (value >>> 16 === VECT_KEY && value & SYSRESETREQ) this.chip.requestReset();
    }
  }

  /** It came by here before and nothing has changed since: only somebody else can end this loop. */
  #waits(): boolean {
    this.#waiting = undefined;
    const { registers } = this.#thumb;
    const changes = this.chip.changes();
    const nextEventUs = this.chip.nextEventUs();
    const last = this.#passages.get(registers[PC]!);
    if (!last) {
      this.#passages.set(registers[PC]!, { registers: registers.slice(), changes, nextEventUs });
      return false;
    }
    if (
      last.changes === changes &&
      last.nextEventUs === nextEventUs &&
      equalWords(last.registers, registers)
    ) {
      this.#waiting = last;
      return true;
    }
    last.registers.set(registers);
    last.changes = changes;
    last.nextEventUs = nextEventUs;
    return false;
  }
}

interface Passage {
  readonly registers: Uint32Array;
  changes: number;
  nextEventUs: number | undefined;
}

/** Of the same length; a loop, as it runs at every turn of one in RAM. */
function equalWords(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
