/**
 * ARMv6-M, one instruction at a time: enough to run code that a debugger puts into RAM.
 *
 * No exceptions and one stack; whatever a Cortex-M would take a fault for stops the machine. Cycles are those of a Cortex-M0:
 * near enough to weigh a loop against the flash it waits for.
 * Long because it is one instruction set, in the order of its encodings.
 * Source: ARMv6-M Architecture Reference Manual (Arm DDI 0419), chapters A5 and A6.
 */
export interface ThumbBus {
  /** `undefined` is a bus fault. Bytes and half-words come right-aligned. */
  read(address: number, size: 1 | 2 | 4): number | undefined;
  write(address: number, size: 1 | 2 | 4, value: number): boolean;
}

export type StepOutcome = 'ran' | 'branched back' | 'breakpoint' | 'fault';

const SP = 13;
const LR = 14;
const PC = 15;

class Fault extends Error {}

export class Thumb {
  /** r0..r15; PC is the address of the next instruction to run. */
  readonly registers: Uint32Array;
  readonly bus: ThumbBus;
  negative = false;
  zero = false;
  carry = false;
  overflow = false;
  primask = 0;
  /** Since the machine was made. */
  cycles = 0;
  readonly #loaded = new Uint32Array(8);

  constructor(registers: Uint32Array, bus: ThumbBus) {
    this.registers = registers;
    this.bus = bus;
  }

  /** Run one instruction. After a fault or a breakpoint PC stands at it. */
  step(): StepOutcome {
    const r = this.registers;
    const at = r[PC]!;
    try {
      const code = this.#read(at, 2);
      r[PC] = at + 2;
      this.cycles++;
      if (code >> 8 === 0xbe) {
        r[PC] = at;
        return 'breakpoint';
      }
      this.#execute(code, at);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      r[PC] = at;
      return 'fault';
    }
    return r[PC]! <= at ? 'branched back' : 'ran';
  }

  #execute(code: number, at: number): void {
    switch (code >> 12) {
      case 0x0:
      case 0x1:
        return this.#shiftAddSubtract(code);
      case 0x2:
      case 0x3:
        return this.#immediate(code);
      case 0x4:
        if (code >> 11 === 0x9) {
          this.registers[(code >> 8) & 7] = this.#load(((at + 4) & ~3) + 4 * (code & 0xff), 4);
        } else if (code >> 10 === 0x10) this.#dataProcessing(code);
        else this.#special(code, at);
        return;
      case 0x5:
        return this.#registerOffset(code);
      case 0x6:
        return this.#immediateOffset(code, 4);
      case 0x7:
        return this.#immediateOffset(code, 1);
      case 0x8:
        return this.#immediateOffset(code, 2);
      case 0x9: {
        const address = this.registers[SP]! + 4 * (code & 0xff);
        return this.#transfer((code & 0x0800) !== 0, (code >> 8) & 7, address, 4);
      }
      case 0xa: {
        const base = code & 0x0800 ? this.registers[SP]! : (at + 4) & ~3;
        this.registers[(code >> 8) & 7] = base + 4 * (code & 0xff);
        return;
      }
      case 0xb:
        return this.#miscellaneous(code);
      case 0xc:
        return this.#multiple(code);
      case 0xd:
        if (((code >> 8) & 0xf) >= 0xe) throw new Fault(); // undefined, or a supervisor call that nobody takes
        if (this.#holds((code >> 8) & 0xf)) this.#branch(at + 4 + 2 * signed(code, 8));
        return;
      case 0xe:
        if (code & 0x0800) throw new Fault();
        return this.#branch(at + 4 + 2 * signed(code, 11));
      default:
        return this.#wide(code, at);
    }
  }

  #shiftAddSubtract(code: number): void {
    const r = this.registers;
    const d = code & 7;
    const source = r[(code >> 3) & 7]!;
    if (code >> 11 === 0x3) {
      const operand = code & 0x0400 ? (code >> 6) & 7 : r[(code >> 6) & 7]!;
      r[d] = code & 0x0200 ? this.#add(source, ~operand >>> 0, 1) : this.#add(source, operand, 0);
      return;
    }
    const amount = (code >> 6) & 0x1f;
    const kind = code >> 11;
    // A shift right by 0 means 32; a shift left by 0 leaves everything, the carry too.
    r[d] = this.#flags(this.#shift(kind, source, kind > 0 && amount === 0 ? 32 : amount));
  }

  #immediate(code: number): void {
    const r = this.registers;
    const d = (code >> 8) & 7;
    const value = code & 0xff;
    switch ((code >> 11) & 3) {
      case 0:
        r[d] = this.#flags(value);
        return;
      case 1:
        this.#add(r[d]!, ~value >>> 0, 1);
        return;
      case 2:
        r[d] = this.#add(r[d]!, value, 0);
        return;
      default:
        r[d] = this.#add(r[d]!, ~value >>> 0, 1);
    }
  }

  #dataProcessing(code: number): void {
    const r = this.registers;
    const d = code & 7;
    const a = r[d]!;
    const b = r[(code >> 3) & 7]!;
    switch ((code >> 6) & 0xf) {
      case 0x0:
        r[d] = this.#flags(a & b);
        return;
      case 0x1:
        r[d] = this.#flags(a ^ b);
        return;
      case 0x2:
        r[d] = this.#flags(this.#shift(0, a, b & 0xff));
        return;
      case 0x3:
        r[d] = this.#flags(this.#shift(1, a, b & 0xff));
        return;
      case 0x4:
        r[d] = this.#flags(this.#shift(2, a, b & 0xff));
        return;
      case 0x5:
        r[d] = this.#add(a, b, Number(this.carry));
        return;
      case 0x6:
        r[d] = this.#add(a, ~b >>> 0, Number(this.carry));
        return;
      case 0x7: {
        const amount = b & 0xff;
        const rotated = ((a >>> (amount & 31)) | (a << (32 - (amount & 31)))) >>> 0;
        const result = (amount & 31) === 0 ? a : rotated;
        if (amount !== 0) this.carry = result >>> 31 === 1;
        r[d] = this.#flags(result);
        return;
      }
      case 0x8:
        this.#flags(a & b);
        return;
      case 0x9:
        r[d] = this.#add(0, ~b >>> 0, 1);
        return;
      case 0xa:
        this.#add(a, ~b >>> 0, 1);
        return;
      case 0xb:
        this.#add(a, b, 0);
        return;
      case 0xc:
        r[d] = this.#flags(a | b);
        return;
      case 0xd:
        r[d] = this.#flags(Math.imul(a, b));
        return;
      case 0xe:
        r[d] = this.#flags(a & ~b);
        return;
      default:
        r[d] = this.#flags(~b);
    }
  }

  /** ADD, CMP and MOV with high registers, BX and BLX. */
  #special(code: number, at: number): void {
    const d = (code & 7) | ((code >> 4) & 8);
    const value = this.#highRegister((code >> 3) & 0xf, at);
    switch ((code >> 8) & 3) {
      case 0:
        return this.#setHighRegister(d, this.#highRegister(d, at) + value);
      case 1:
        this.#add(this.#highRegister(d, at), ~value >>> 0, 1);
        return;
      case 2:
        return this.#setHighRegister(d, value);
      default:
        if ((value & 1) === 0) throw new Fault(); // there is no Arm state to go to
        if (code & 0x80) this.registers[LR] = (at + 2) | 1;
        return this.#branch(value & ~1);
    }
  }

  #highRegister(index: number, at: number): number {
    return index === PC ? at + 4 : this.registers[index]!;
  }

  #setHighRegister(index: number, value: number): void {
    if (index === PC) this.#branch(value & ~1);
    else this.registers[index] = index === SP ? value & ~3 : value;
  }

  #registerOffset(code: number): void {
    const r = this.registers;
    const d = code & 7;
    const address = (r[(code >> 3) & 7]! + r[(code >> 6) & 7]!) >>> 0;
    switch ((code >> 9) & 7) {
      case 0:
        return this.#store(address, 4, r[d]!);
      case 1:
        return this.#store(address, 2, r[d]!);
      case 2:
        return this.#store(address, 1, r[d]!);
      case 3:
        r[d] = signed(this.#load(address, 1), 8);
        return;
      case 4:
        r[d] = this.#load(address, 4);
        return;
      case 5:
        r[d] = this.#load(address, 2);
        return;
      case 6:
        r[d] = this.#load(address, 1);
        return;
      default:
        r[d] = signed(this.#load(address, 2), 16);
    }
  }

  #immediateOffset(code: number, size: 1 | 2 | 4): void {
    const address = this.registers[(code >> 3) & 7]! + size * ((code >> 6) & 0x1f);
    this.#transfer((code & 0x0800) !== 0, code & 7, address, size);
  }

  #transfer(isLoad: boolean, register: number, address: number, size: 1 | 2 | 4): void {
    if (isLoad) this.registers[register] = this.#load(address >>> 0, size);
    else this.#store(address >>> 0, size, this.registers[register]!);
  }

  #miscellaneous(code: number): void {
    const r = this.registers;
    const source = r[(code >> 3) & 7]!;
    const offset = 4 * (code & 0x7f);
    switch ((code >> 8) & 0xf) {
      case 0x0:
        r[SP] = r[SP]! + (code & 0x80 ? -offset : offset);
        return;
      case 0x2:
        r[code & 7] = [signed(source, 16), signed(source, 8), source & 0xffff, source & 0xff][
          (code >> 6) & 3
        ]!;
        return;
      case 0x4:
      case 0x5: {
        const list = registersOf(code, code & 0x100 ? LR : undefined);
        r[SP] = r[SP]! - 4 * list.length;
        list.forEach((register, i) => this.#store(r[SP]! + 4 * i, 4, r[register]!));
        return;
      }
      case 0x6:
        this.primask = (code >> 4) & 1; // CPS
        return;
      case 0xa: {
        const swapped = ((source & 0x00ff00ff) << 8) | ((source >>> 8) & 0x00ff00ff);
        if ((code & 0xc0) === 0x00) r[code & 7] = (swapped << 16) | (swapped >>> 16);
        else if ((code & 0xc0) === 0x40) r[code & 7] = swapped;
        else r[code & 7] = signed(swapped & 0xffff, 16);
        return;
      }
      case 0xc:
      case 0xd: {
        const list = registersOf(code, code & 0x100 ? PC : undefined);
        const words = list.map((_, i) => this.#load(r[SP]! + 4 * i, 4));
        r[SP] = r[SP]! + 4 * list.length;
        list.forEach((register, i) => {
          if (register !== PC) r[register] = words[i]!;
          else if (words[i]! & 1) this.#branch(words[i]! & ~1);
          else throw new Fault();
        });
        return;
      }
      case 0xf:
        return; // NOP, YIELD, WFE, WFI, SEV: nobody to wait for
      default:
        throw new Fault();
    }
  }

  #multiple(code: number): void {
    const r = this.registers;
    const base = (code >> 8) & 7;
    const list = LOW_REGISTERS[code & 0xff]!;
    let address = r[base]!;
    const end = address + 4 * list.length;
    if (code & 0x0800) {
      // a base that is in the list holds what was loaded, not where it ended: all is loaded by the old one
      for (const register of list) {
        this.#loaded[register] = this.#load(address, 4);
        address += 4;
      }
      r[base] = end;
      for (const register of list) r[register] = this.#loaded[register]!;
      return;
    }
    for (const register of list) {
      this.#store(address, 4, r[register]!);
      address += 4;
    }
    r[base] = end;
  }

  /** BL, barriers, MRS and MSR. */
  #wide(first: number, at: number): void {
    const second = this.#read(at + 2, 2);
    this.registers[PC] = at + 4;
    if (first >> 11 === 0x1e && (second & 0xd000) === 0xd000) {
      const sign = (first >> 10) & 1;
      const high = ((second >> 13) & 1) ^ sign ^ 1;
      const low = ((second >> 11) & 1) ^ sign ^ 1;
      const offset =
        (sign << 24) | (high << 23) | (low << 22) | ((first & 0x3ff) << 12) | ((second & 0x7ff) << 1);
      this.registers[LR] = (at + 4) | 1;
      return this.#branch(at + 4 + signed(offset, 25));
    }
    if (first === 0xf3bf && second >> 8 === 0x8f) return; // DSB, DMB, ISB
    if (first === 0xf3ef) {
      const special = second & 0xff;
      this.registers[(second >> 8) & 0xf] =
        special === 16 ? this.primask : special === 8 ? this.registers[SP]! : 0;
      return;
    }
    if (first >> 4 === 0xf38) {
      const value = this.registers[first & 0xf]!;
      if ((second & 0xff) === 16) this.primask = value & 1;
      else if ((second & 0xff) === 8) this.registers[SP] = value & ~3;
      return;
    }
    throw new Fault();
  }

  #branch(address: number): void {
    this.registers[PC] = address;
    this.cycles += 2;
  }

  #holds(condition: number): boolean {
    const holds = this.#holdsPlainly(condition >> 1);
    return (condition & 1) === 0 ? holds : !holds;
  }

  #holdsPlainly(condition: number): boolean {
    switch (condition) {
      case 0:
        return this.zero;
      case 1:
        return this.carry;
      case 2:
        return this.negative;
      case 3:
        return this.overflow;
      case 4:
        return this.carry && !this.zero;
      case 5:
        return this.negative === this.overflow;
      default:
        return this.negative === this.overflow && !this.zero;
    }
  }

  #add(a: number, b: number, carryIn: number): number {
    const sum = a + b + carryIn;
    const result = sum >>> 0;
    this.carry = sum > 0xffffffff;
    this.overflow = ((a ^ result) & (b ^ result)) >>> 31 === 1;
    return this.#flags(result);
  }

  #flags(value: number): number {
    const result = value >>> 0;
    this.negative = result >>> 31 === 1;
    this.zero = result === 0;
    return result;
  }

  /** @param kind  0 left, 1 right, 2 right with sign */
  #shift(kind: number, value: number, amount: number): number {
    if (amount === 0) return value;
    if (kind === 0) {
      this.carry = amount <= 32 && ((value >>> (32 - amount)) & 1) === 1;
      return amount < 32 ? value << amount : 0;
    }
    const sign = kind === 2 && value >>> 31 === 1;
    this.carry = amount <= 32 ? ((value >>> (amount - 1)) & 1) === 1 : sign;
    if (amount < 32) return kind === 2 ? value >> amount : value >>> amount;
    return sign ? -1 : 0;
  }

  #load(address: number, size: 1 | 2 | 4): number {
    this.cycles++;
    return this.#read(address >>> 0, size);
  }

  #read(address: number, size: 1 | 2 | 4): number {
    const value = address % size === 0 ? this.bus.read(address, size) : undefined;
    if (value === undefined) throw new Fault();
    return value;
  }

  #store(address: number, size: 1 | 2 | 4, value: number): void {
    this.cycles++;
    address >>>= 0;
    if (address % size !== 0 || !this.bus.write(address, size, value)) throw new Fault();
  }
}

const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

/** The low registers of every list: the program in RAM moves its data by them, so no list is made twice. */
const LOW_REGISTERS: readonly (readonly number[])[] = Array.from({ length: 0x100 }, (_, list) =>
  [0, 1, 2, 3, 4, 5, 6, 7].filter((register) => list & (1 << register)),
);
/** The low registers of a list, then one more. */
const registersOf = (code: number, last?: number): readonly number[] => {
  const low = LOW_REGISTERS[code & 0xff]!;
  return last === undefined ? low : [...low, last];
};
