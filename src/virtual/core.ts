/**
 * The debug side of a Cortex-M4 that halts, resumes and resets but runs no code.
 * Source: ARMv7-M Architecture Reference Manual, C1.6 (DHCSR, DCRSR, DCRDR, DEMCR), B3.2.6 (AIRCR).
 */
export type ResetCause = 'power-on' | 'pin' | 'soft' | 'control-port';

const CPUID = 0xe000ed00;
const AIRCR = 0xe000ed0c;
const DHCSR = 0xe000edf0;
const DCRSR = 0xe000edf4;
const DCRDR = 0xe000edf8;
const DEMCR = 0xe000edfc;

const DEBUG_KEY = 0xa05f;
const C_DEBUGEN = 1 << 0;
const C_HALT = 1 << 1;
const C_WRITABLE = 0xf;
const S_REGRDY = 1 << 16;
const S_HALT = 1 << 17;
const S_LOCKUP = 1 << 19;
const S_RESET_ST = 1 << 25;
const REG_WRITE = 1 << 16;
const VC_CORERESET = 1 << 0;
const VECT_KEY = 0x05fa;
const SYSRESETREQ = 1 << 2;

const SP = 13;
const PC = 15;

export class VirtualCore {
  /** r0..r15, xPSR, MSP, PSP, and 20 for the special ones. */
  readonly registers = new Uint32Array(21);
  #dhcsr = 0;
  #demcr = 0;
  #dcrdr = 0;
  #lockedUp = false;
  #wasReset = true;

  constructor(
    readonly resetVector: () => { stackPointer: number; entry: number },
    readonly requestReset: () => void,
  ) {}

  get halted(): boolean {
    return (this.#dhcsr & (C_DEBUGEN | C_HALT)) === (C_DEBUGEN | C_HALT);
  }

  /** The debug registers live through every reset but that of the power. A locked port cannot halt the core. */
  reset(cause: ResetCause, locked: boolean): void {
    if (cause === 'power-on') this.#demcr = this.#dhcsr = 0;
    const caught = !locked && (this.#dhcsr & C_DEBUGEN) !== 0 && (this.#demcr & VC_CORERESET) !== 0;
    this.#dhcsr = locked ? 0 : caught ? this.#dhcsr | C_HALT : this.#dhcsr & ~C_HALT;
    const { stackPointer, entry } = this.resetVector();
    this.registers.fill(0);
    this.registers[SP] = stackPointer & ~3;
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
          (this.#lockedUp && !this.halted ? S_LOCKUP : 0) |
          (this.#wasReset ? S_RESET_ST : 0);
        this.#wasReset = false;
        return (this.#dhcsr | status) >>> 0;
      }
      case DCRDR:
        return this.#dcrdr;
      case DEMCR:
        return this.#demcr;
      default:
        return 0;
    }
  }

  writeRegister(address: number, value: number): void {
    switch (address) {
      case DHCSR:
        if (value >>> 16 === DEBUG_KEY) this.#dhcsr = value & C_DEBUGEN ? value & C_WRITABLE : 0;
        return;
      case DCRDR:
        this.#dcrdr = value;
        return;
      case DCRSR: {
        const register = value & 0x1f;
        if (!this.halted || register >= this.registers.length) return;
        if (value & REG_WRITE) this.registers[register] = this.#dcrdr;
        else this.#dcrdr = this.registers[register]!;
        return;
      }
      case DEMCR:
        this.#demcr = value;
        return;
      case AIRCR:
        if (value >>> 16 === VECT_KEY && value & SYSRESETREQ) this.requestReset();
    }
  }
}
