/**
 * The SW-DP of a virtual nRF52 and the two access ports behind it, as SWD shows them.
 *
 * Below lies the chip; above lie the probes, which hand over one SWD transfer at a time.
 * Source: ADIv5 (Arm IHI 0031), sections on the SW-DP, sticky flags, posted reads and the MEM-AP; docs/probe-protocols.md
 * §6.6 and §7 for CTRL-AP and for what the nRF52 does where the architecture leaves a choice.
 */
import type { VirtualNrf52 } from './nrf52-chip.ts';

/** As on the wire, low bit first. */
export const ACK_OK = 1;
export const ACK_WAIT = 2;
export const ACK_FAULT = 4;
/** Not on the wire: what a probe makes of wrong parity. */
export const ACK_DAMAGED = 8;
/** Nobody drove the line. */
export const ACK_NONE = 7;

/** What goes wrong on the wire whatever the chip does; counts are of SWD transfers from now on. */
export interface SwdFaults {
  /** Answer WAIT this many times in a row, once `after` transfers have passed. */
  wait?: { after: number; count: number };
  /** Raise the sticky error once `after` transfers have passed. */
  fault?: { after: number };
  /** Stay silent this many times in a row. */
  silence?: { after: number; count: number };
  /** What it answers arrives with wrong parity. */
  damage?: { after: number };
  /** The target loses its power, the probe keeps its own. */
  powerLoss?: { after: number };
}

/** A probe that lies: what it says is well-formed and false. */
export interface SwdLies {
  /**
   * In place of carrying a transfer out.
   *
   * @param honestly  carries it out; the word read, or 0 for a write
   * @returns         what the host is told
   */
  transfer?: (request: number, data: number, honestly: () => number) => number;
  /** What it makes of a word of memory that was read. */
  memory?: (address: number, word: number) => number;
}

export interface SwdAnswer {
  readonly ack: number;
  readonly data: number;
}

/** Bits of an SWD request between start and parity. */
export const AP = 1;
export const READ = 2;

const DPIDR = 0x0;
const ABORT = 0x0;
const CTRL_STAT = 0x4;
const SELECT = 0x8;
const RESEND = 0x8;
const RDBUFF = 0xc;

const NRF52_DPIDR = 0x2ba01477;
const AHB_IDR = 0x24770011;
const AHB_BASE = 0xe00ff003;
const CTRL_IDR = { hardware: 0x02880000, software: 0x12880000 };

const DAPABORT = 1 << 0;
const STKERRCLR = 1 << 2;
const ORUNERRCLR = 1 << 4;
const ORUNDETECT = 1 << 0;
const STICKYORUN = 1 << 1;
const STICKYERR = 1 << 5;
const READOK = 1 << 6;
const POWER_REQUESTS = 0x50000000;
/** CDBGPWRUPREQ. */
const DEBUG_POWER = 0x10000000;

const RESET_CSW = 0x23000040;
const CSW_SIZE = 0x7;
const CSW_INCREMENT = 0x30;
const CSW_INCREMENT_SINGLE = 0x10;
const CSW_DEVICE_ENABLED = 1 << 6;
const CSW_READ_ONLY = 0xc8;

/** Request, turnarounds, acknowledge, word and parity. */
const CLOCKS_WITH_DATA = 46;
const CLOCKS_WITHOUT_DATA = 13;

export class VirtualDebugPort {
  readonly faults: SwdFaults = {};
  readonly lies: SwdLies = {};
  /** SWD transfers so far, those answered by WAIT included. */
  transfers = 0;
  clockHz = 1_000_000;

  #onesInARow = 0;
  /** Single bits whose time has not passed yet. */
  #clocks = 0;
  #state: 'lost' | 'reset' | 'ready' = 'lost';
  #powerUps = 0;
  #select = 0;
  #controlStatus = 0;
  #stickyError = false;
  #stickyOverrun = false;
  #posted = 0;
  #csw = RESET_CSW;
  #tar = 0;
  #busyUntilUs = 0;
  #controlReset = 0;
  #controlErase = 0;

  /** @param tarWrap  bytes within which TAR increments: 4096 on a Cortex-M4's AHB-AP, 1024 is all the architecture promises */
  constructor(
    readonly chip: VirtualNrf52,
    readonly tarWrap: 1024 | 4096 = 4096,
  ) {}

  /** Bits on SWDIO that are no transfer. */
  shift(bits: Uint8Array, count: number): void {
    for (let i = 0; i < count; i++) this.clock((bits[i >> 3]! >> (i & 7)) & 1);
    this.settle();
  }

  /** One bit on SWDIO. 50 ones or more reset the line, which then takes only a read of DPIDR: true from there on. */
  clock(bit: number): boolean {
    this.#noticePower();
    this.#onesInARow = bit ? this.#onesInARow + 1 : 0;
    const isReset = this.#onesInARow >= 50;
    if (isReset) this.#state = 'reset';
    this.#clocks++;
    return isReset;
  }

  /** Let the time of single bits pass: before each acknowledge, and when there is nothing left to clock. */
  settle(): void {
    this.spend(this.#clocks);
    this.#clocks = 0;
  }

  /** The chip lost its power: it has to be found again, and both access ports have forgotten everything. */
  lose(): void {
    this.#powerUps = this.chip.powerUps;
    this.#state = 'lost';
    this.#select = this.#controlStatus = this.#posted = 0;
    this.#stickyError = this.#stickyOverrun = false;
    this.#csw = RESET_CSW;
    this.#tar = 0;
    this.#busyUntilUs = 0;
    this.#controlReset = this.#controlErase = 0;
  }

  /** Power that went and came since was not there for it either. */
  #noticePower(): void {
    if (this.chip.powerUps !== this.#powerUps) this.lose();
  }

  /** @param request  `AP`, `READ` and address bits 2 and 3 as they stand */
  transfer(request: number, data = 0): SwdAnswer {
    const ack = this.acknowledge(request);
    const answer = { ack, data: ack === ACK_OK ? this.carryOut(request, data) : 0 };
    this.spend(ack === ACK_OK ? CLOCKS_WITH_DATA : CLOCKS_WITHOUT_DATA);
    return answer;
  }

  /** The first half of a transfer, up to the acknowledge. */
  acknowledge(request: number): number {
    this.settle();
    this.transfers++;
    const bent = this.#bent();
    if (bent === ACK_WAIT && this.detectsOverrun) this.#stickyOverrun = true;
    if (bent !== undefined) return bent;
    if (!this.chip.powered) return ACK_NONE;
    this.#noticePower();
    if (this.#state === 'lost') return ACK_NONE;
    if (request === READ) return ACK_OK; // DPIDR
    if (this.#state === 'reset') return ACK_NONE;

    const alwaysTaken = request === ABORT || request === (CTRL_STAT | READ);
    if (alwaysTaken) return ACK_OK;
    if (this.#stickyError || this.#stickyOverrun) return ACK_FAULT;
    const isAp = (request & AP) !== 0;
    if (isAp && (this.#controlStatus & POWER_REQUESTS) !== POWER_REQUESTS) return ACK_FAULT;
    const needsBus = isAp || request === (RESEND | READ) || request === (RDBUFF | READ);
    if (!needsBus || this.#busyUntilUs <= this.chip.timeUs) return ACK_OK;
    this.#stickyOverrun = this.detectsOverrun;
    return ACK_WAIT;
  }

  /** The second half of a transfer that was acknowledged: the word read, or 0 for a write. */
  carryOut(request: number, data: number): number {
    const honestly = () => this.#carryOut(request, data);
    return this.lies.transfer ? this.lies.transfer(request, data, honestly) >>> 0 : honestly();
  }

  #carryOut(request: number, data: number): number {
    const register = request & 0xc;
    const isRead = (request & READ) !== 0;
    if ((request & AP) !== 0) {
      const address = (this.#select & 0xf0) | register;
      const before = this.#posted;
      if (isRead) this.#posted = this.#readAp(address) >>> 0;
      else this.#writeAp(address, data >>> 0);
      return isRead ? before : 0;
    }
    if (isRead) {
      if (register === DPIDR) this.#state = 'ready';
      return register === DPIDR
        ? NRF52_DPIDR
        : register === CTRL_STAT
          ? this.#readControlStatus()
          : this.#posted;
    }
    if (register === ABORT) this.#abort(data);
    else if (register === CTRL_STAT) this.#request(data);
    else if (register === SELECT) this.#select = data >>> 0;
    return 0;
  }

  /** Overrun detection is on: every transfer has a data phase, whatever its acknowledge. */
  get detectsOverrun(): boolean {
    return (this.#controlStatus & ORUNDETECT) !== 0;
  }

  /** Let the time of some clocks pass. */
  spend(clocks: number): void {
    this.chip.advance((clocks * 1_000_000) / this.clockHz);
  }

  #readControlStatus(): number {
    const acknowledged = (this.#controlStatus & POWER_REQUESTS) << 1;
    const flags = (this.#stickyError ? STICKYERR : READOK) | (this.#stickyOverrun ? STICKYORUN : 0);
    return (this.#controlStatus | acknowledged | flags) >>> 0;
  }

  #request(data: number): void {
    this.#controlStatus = data & (POWER_REQUESTS | ORUNDETECT);
    this.chip.requestDebugPower((data & DEBUG_POWER) !== 0);
  }

  #abort(data: number): void {
    if (data & DAPABORT) this.#busyUntilUs = 0;
    if (data & STKERRCLR) this.#stickyError = false;
    if (data & ORUNERRCLR) this.#stickyOverrun = false;
  }

  #readAp(address: number): number {
    const ap = this.#select >>> 24;
    if (ap === 0) return this.#readAhbAp(address);
    return ap === 1 ? this.#readControlAp(address) : 0;
  }

  #writeAp(address: number, data: number): void {
    const ap = this.#select >>> 24;
    if (ap === 0) this.#writeAhbAp(address, data);
    else if (ap === 1) this.#writeControlAp(address, data);
  }

  /* AP 0: memory */

  #readAhbAp(address: number): number {
    switch (address) {
      case 0x00:
        return (this.#csw & ~CSW_DEVICE_ENABLED) | (this.chip.locked ? 0 : CSW_DEVICE_ENABLED);
      case 0x04:
        return this.#tar;
      case 0x0c:
        return this.#access(this.#tar, true) ?? 0;
      case 0x10:
      case 0x14:
      case 0x18:
      case 0x1c:
        return this.#read((this.#tar & ~0xf) + (address & 0xc)) ?? 0;
      case 0xf8:
        return AHB_BASE;
      case 0xfc:
        return AHB_IDR;
      default:
        return 0;
    }
  }

  #writeAhbAp(address: number, data: number): void {
    if (address === 0x00) this.#csw = (this.#csw & CSW_READ_ONLY) | (data & ~CSW_READ_ONLY);
    else if (address === 0x04) this.#tar = data;
    else if (address === 0x0c) this.#access(this.#tar, false, data);
    else if (address >= 0x10 && address <= 0x1c) this.#write((this.#tar & ~0xf) + (address & 0xc), data);
  }

  /** Through DRW: TAR moves on after an access that worked, round in its block. */
  #access(address: number, isRead: boolean, data = 0): number | undefined {
    const value = isRead ? this.#read(address) : this.#write(address, data);
    if (value !== undefined && (this.#csw & CSW_INCREMENT) === CSW_INCREMENT_SINGLE) {
      const block = address - (address % this.tarWrap);
      this.#tar = block + ((address - block + this.#size) % this.tarWrap);
    }
    return value;
  }

  get #size(): 1 | 2 | 4 {
    const code = this.#csw & CSW_SIZE;
    return code === 0 ? 1 : code === 1 ? 2 : 4;
  }

  #read(address: number): number | undefined {
    return this.#onBus(address, false, () => {
      const word = this.chip.read(address, this.#size);
      return word === undefined || !this.lies.memory ? word : this.lies.memory(address, word) >>> 0;
    });
  }

  #write(address: number, data: number): number | undefined {
    return this.#onBus(address, true, () => (this.chip.write(address, this.#size, data) ? 0 : undefined));
  }

  /** An access the bus refuses shows up at the next transfer; one it holds up keeps the port busy. */
  #onBus(address: number, isWrite: boolean, access: () => number | undefined): number | undefined {
    const refused = this.chip.locked || address % this.#size !== 0;
    const takenAt = refused ? 0 : this.chip.takenAt(address, isWrite);
    const value = refused ? undefined : access();
    if (value === undefined) this.#stickyError = true;
    else this.#busyUntilUs = Math.max(this.#busyUntilUs, takenAt);
    return value;
  }

  /* AP 1: control */

  #readControlAp(address: number): number {
    switch (address) {
      case 0x00:
        return this.#controlReset;
      case 0x04:
        return this.#controlErase;
      case 0x08:
        return this.#controlErase === 1 && this.chip.nvmc.isBusy(this.chip.timeUs) ? 1 : 0;
      case 0x0c:
        return this.chip.locked ? 0 : 1;
      case 0xfc:
        return CTRL_IDR[this.chip.profile.protection];
      default:
        return 0;
    }
  }

  #writeControlAp(address: number, data: number): void {
    if (address === 0x00) {
      this.#controlReset = data & 1;
      this.chip.holdReset(this.#controlReset === 1, 'control-port');
    } else if (address === 0x04) {
      if (this.#controlErase === 0 && (data & 1) === 1) this.chip.eraseEverything();
      this.#controlErase = data & 1;
    }
  }

  /** What the fault plan makes of this transfer, if anything. */
  #bent(): number | undefined {
    const { wait, fault, silence, damage, powerLoss } = this.faults;
    if (powerLoss && powerLoss.after-- <= 0) {
      delete this.faults.powerLoss;
      this.chip.powerOff();
      this.lose();
    }
    if (fault && fault.after-- <= 0) {
      delete this.faults.fault;
      this.#stickyError = true;
    }
    if (wait && wait.after-- <= 0 && wait.count-- > 0) return ACK_WAIT;
    if (silence && silence.after-- <= 0 && silence.count-- > 0) return ACK_NONE;
    if (damage && damage.after-- <= 0) {
      delete this.faults.damage;
      return ACK_DAMAGED;
    }
    return undefined;
  }
}
