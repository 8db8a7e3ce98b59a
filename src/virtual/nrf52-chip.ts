/**
 * A virtual nRF52: memories, flash controller, halting core, protection and resets, as seen from the debug bus.
 *
 * Below lies nothing; above lie the access ports (debug-port.ts) and the probes in front of them. It runs what a debugger put
 * into RAM but no firmware, so what that does after a reset is told by the set-up (firmware.ts). Time is in microseconds
 * and passes only when somebody on the bus lets it.
 */
import { FICR_START, UICR_START, type MemoryImage } from '../image/index.ts';
import { VirtualBusMasters, type BusMasterSetup } from './bus-masters.ts';
import { CHIP_PROFILES, type ChipName, type ChipProfile } from './chip-profiles.ts';
import { VirtualCore, type CoreSurroundings, type ResetCause } from './core.ts';
import { ficrOf, type FactorySetup } from './ficr.ts';
import { VirtualFirmware, type FirmwareSetup } from './firmware.ts';
import { Memory } from './memory.ts';
import { NVMC_BASE, VirtualNvmc, type FlashEvent } from './nvmc.ts';
import { VirtualWatchdog, WATCHDOG_BASE, WATCHDOG_RUNSTATUS, type WatchdogSetup } from './watchdog.ts';

export interface ChipSetup extends FactorySetup {
  readonly silicon?: ChipName | ChipProfile;
  /** Flash and UICR as they stand before the board is first powered; erased where nothing is defined. */
  readonly contents?: MemoryImage;
  /** On silicon that locks at every reset: the firmware in flash, if any, opens the port again as newer start-up code does. */
  readonly firmwareUnlocks?: boolean;
  /** Old silicon opens the port when an erase of everything ends; with this, only at the reset after it. */
  readonly opensAtReset?: boolean;
  /**
   * A store that comes while the flash is busy is lost instead of held up. Nordic's way of writing waits for READY and does not
   * say what happens to those who do not; a driver should live with either.
   */
  readonly losesStores?: boolean;
  /** What the firmware in flash, if any, does once it was started; it runs and says nothing when left out. */
  readonly firmware?: FirmwareSetup;
  /** What the firmware in flash, if any, starts after each reset and feeds while it runs. */
  readonly watchdog?: WatchdogSetup;
  /** What the firmware in flash, if any, starts after each reset. */
  readonly busMasters?: readonly BusMasterSetup[];
  /** Flash address of a word that is worn out: it stays as it is, whatever is stored. */
  readonly wornAt?: number;
}

/** The power goes while the flash controller is at work. */
export interface PowerCut {
  /** The first of these erases and words written, counted from 1 from now on, is cut short. */
  operation: number;
  /** How far it has come by then, 0 to 1. */
  readonly share: number;
}

export type ChipEvent = FlashEvent | { readonly kind: 'reset'; readonly cause: ResetCause };

const RAM_START = 0x20000000;
const UICR_APPROTECT = 0x208;
const UICR_PSELRESET = 0x200;
const PPB_START = 0xe0000000;
const PPB_END = 0xe0100000;
const APB_START = 0x40000000;
const APB_END = 0x40040000;
const GPIO_START = 0x50000000;
const GPIO_END = 0x50001000;
const CRYPTOCELL_START = 0x5002a000;
const CRYPTOCELL_END = 0x5002b000;
const RESETREAS = 0x40000400;
/** Its bit for each reset; power-on clears them all. */
const RESET_REASONS: Readonly<Record<ResetCause, number>> = {
  'power-on': 0,
  pin: 1 << 0,
  watchdog: 1 << 1,
  soft: 1 << 2,
  'control-port': 1 << 2,
  debug: 1 << 18,
};
/** Until start-up code of the newer kind has opened the port. */
const OPENS_AFTER_US = 100;

export class VirtualNrf52 {
  readonly profile: ChipProfile;
  readonly flash: Uint8Array;
  readonly uicr = new Uint8Array(0x1000).fill(0xff);
  readonly ram: Uint8Array;
  readonly core: VirtualCore;
  readonly nvmc: VirtualNvmc;
  readonly #watchdog: VirtualWatchdog;
  readonly #busMasters: VirtualBusMasters;
  readonly #firmware: VirtualFirmware;
  /** What was erased and when it was reset, in order. */
  readonly events: ChipEvent[] = [];
  /** Whether the firmware opens a port that locks at every reset; a person may flash another one. */
  firmwareUnlocks: boolean;
  powered = false;
  /** So often it got power: who holds a state of it forgets that state with each. */
  powerUps = 0;
  powerCut: PowerCut | undefined;
  #powerGoesAtUs = Infinity;
  timeUs = 0;
  /** Until then the core stands still, as the flash keeps a store of its waiting. */
  #coreHeldUntilUs = 0;
  #changes = 0;
  readonly #flashMemory: Memory;
  readonly #uicrMemory = new Memory(UICR_START, this.uicr);
  readonly #ramMemory: Memory;
  readonly #ficrMemory: Memory;
  readonly #opensAtReset: boolean;
  readonly #peripherals = new Map<number, number>();
  #locked = false;
  /** When the firmware opens the port again, if it will. */
  #opensAtUs: number | undefined;
  #resetHeld = false;
  /** In debug interface mode: System OFF is emulated. */
  #hasDebugger = false;
  /** In System OFF: nothing runs until a reset. */
  #isOff = false;
  #resetReasons = 0;

  constructor(setup: ChipSetup = {}) {
    const { silicon = 'nRF52832' } = setup;
    this.profile = typeof silicon === 'string' ? CHIP_PROFILES[silicon] : silicon;
    const { flashSize, ramSize } = this.profile.chip;
    this.flash = new Uint8Array(flashSize).fill(0xff);
    this.ram = new Uint8Array(ramSize);
    this.#flashMemory = new Memory(0, this.flash);
    this.#ramMemory = new Memory(RAM_START, this.ram);
    this.#ficrMemory = new Memory(FICR_START, ficrOf(this.profile, setup));
    this.firmwareUnlocks = setup.firmwareUnlocks ?? false;
    this.#opensAtReset = setup.opensAtReset ?? false;
    this.#watchdog = new VirtualWatchdog(setup.watchdog);
    this.#busMasters = new VirtualBusMasters(setup.busMasters ?? []);
    this.#firmware = new VirtualFirmware(setup.firmware ?? {}, {
      flash: this.flash,
      ram: this.ram,
      ramStart: RAM_START,
      reset: () => this.#reset('soft'),
      systemOff: () => (this.#isOff = !this.#hasDebugger),
      forceProtect: () => (this.#locked ||= this.profile.protection === 'software'),
    });
    this.core = new VirtualCore(this.#aroundTheCore());
    this.nvmc = new VirtualNvmc(
      this.profile,
      this.#flashMemory,
      this.#uicrMemory,
      () => !this.core.halted && !this.core.runsFromRam,
      setup.losesStores ?? false,
      setup.wornAt,
      (event) => this.events.push(event),
      (startUs, endUs) => {
        if (!this.powerCut || --this.powerCut.operation > 0) return;
        this.#powerGoesAtUs = startUs + this.powerCut.share * (endUs - startUs);
        this.powerCut = undefined;
      },
    );
    for (const { address, bytes } of setup.contents?.runs ?? []) {
      if (address < flashSize) this.flash.set(bytes.subarray(0, flashSize - address), address);
      else this.uicr.set(bytes, address - UICR_START);
    }
    this.powerOn();
  }

  /** Closed to the debugger: the AHB access port answers nothing. */
  get locked(): boolean {
    return this.#locked;
  }
  /** What a datasheet forbids and silicon does not report, in words. Empty after a job done right. */
  get violations(): readonly string[] {
    return [...this.nvmc.violations, ...this.#busMasters.violations];
  }
  get erasures(): readonly ChipEvent[] {
    return this.events.filter((one) => one.kind.startsWith('erase'));
  }

  /** Let time pass, in which the core may run. */
  advance(durationUs: number): void {
    const untilUs = this.timeUs + durationUs;
    if (this.#coreHeldUntilUs < untilUs) {
      this.#passTo(Math.max(this.timeUs, this.#coreHeldUntilUs));
      if (this.powered && !this.#isOff) this.core.run(untilUs);
    }
    this.#passTo(untilUs);
    if (this.powered && !this.#isOff) this.#goOn(durationUs);
  }

  /** What the rest of the chip does meanwhile. */
  #goOn(durationUs: number): void {
    const { core, timeUs } = this;
    if (this.#opensAtUs !== undefined && timeUs >= this.#opensAtUs) {
      this.#locked = false;
      this.#opensAtUs = undefined;
    }
    if (this.#busMasters.areRunning) this.#busMasters.pass(this.ram, RAM_START, timeUs);
    const mode = core.halted ? 'halted' : core.runsFromRam || !this.#hasFirmware ? 'alone' : 'fed';
    if (mode === 'fed') this.#firmware.pass(timeUs);
    if (this.#watchdog.pass(timeUs, durationUs, mode)) this.#reset('watchdog');
  }

  get #hasFirmware(): boolean {
    return this.flash[0] !== 0xff;
  }

  /* Power and reset */

  powerOn(): void {
    if (this.powered) return;
    this.powered = true;
    this.powerUps++;
    this.nvmc.powerOn();
    this.#reset('power-on');
  }

  powerOff(): void {
    if (!this.powered) return;
    this.nvmc.interrupt(Math.min(this.timeUs, this.#powerGoesAtUs));
    this.#powerGoesAtUs = Infinity;
    this.#coreHeldUntilUs = 0;
    this.powered = this.#hasDebugger = false;
    this.core.powerOff();
  }

  #passTo(timeUs: number): void {
    this.timeUs = timeUs;
    if (timeUs >= this.#powerGoesAtUs) this.powerOff();
  }

  get isOff(): boolean {
    return this.#isOff;
  }

  /** A debugger asks for power, or does no longer. A chip in System OFF wakes with a reset (PS, "Debug interface mode"; RESETREAS.DIF). */
  requestDebugPower(wanted: boolean): void {
    this.#hasDebugger = wanted;
    if (wanted && this.#isOff) this.#reset('debug');
  }

  /** The reset pin, which does something only once both PSELRESET words name the same pin. */
  pullResetPin(asserted: boolean): void {
    const view = new DataView(this.uicr.buffer);
    const pin = view.getUint32(UICR_PSELRESET, true);
    if (pin === 0xffffffff || pin !== view.getUint32(UICR_PSELRESET + 4, true)) return;
    this.holdReset(asserted, 'pin');
  }

  holdReset(held: boolean, cause: ResetCause): void {
    if (this.#resetHeld && !held) this.#reset(cause);
    this.#resetHeld = held;
  }

  #reset(cause: ResetCause): void {
    this.nvmc.interrupt(this.timeUs);
    this.#peripherals.clear();
    this.#isOff = false;
    this.#resetReasons = cause === 'power-on' ? 0 : this.#resetReasons | RESET_REASONS[cause];
    if (cause === 'power-on')
      for (let i = 0; i < this.ram.length; i++) this.ram[i] = Math.imul(i, 0x45d9f3b) >>> 24;
    const approtect = this.uicr[UICR_APPROTECT]!;
    this.#locked = this.profile.protection === 'software' || approtect === 0x00;
    const opens = this.profile.protection === 'software' && approtect === 0x5a && this.firmwareUnlocks;
    this.#opensAtUs = opens && this.#hasFirmware ? this.timeUs + OPENS_AFTER_US : undefined;
    this.events.push({ kind: 'reset', cause });
    this.core.reset(cause, this.#locked);
    this.#busMasters.stop();
    if (cause !== 'soft' && cause !== 'control-port') this.#watchdog.stop();
    this.#firmware.stop();
    if (this.core.halted || !this.#hasFirmware) return;
    this.#firmware.start(this.timeUs);
    this.#busMasters.start();
    this.#watchdog.start(this.timeUs);
  }

  /** CTRL-AP ERASEALL: flash, UICR and RAM, whatever the protection and the firmware say. */
  eraseEverything(): void {
    this.nvmc.eraseAll(this.timeUs);
    this.ram.fill(0);
    if (this.profile.protection === 'software' || !this.#opensAtReset) this.#locked = false;
  }

  /* The bus; `undefined` and `false` are bus faults */

  /** When an access that begins now will have been carried out. */
  takenAt(address: number, isWrite: boolean): number {
    if (!this.#nonVolatile(address)) return this.timeUs;
    return isWrite ? this.nvmc.storeTakenAt(this.timeUs) : this.nvmc.readTakenAt(this.timeUs);
  }

  /** One to four bytes, aligned; the value stands in its byte lanes as on the bus. */
  read(address: number, size: 1 | 2 | 4): number | undefined {
    const memory = this.#memory(address);
    if (memory) return (memory.read(address, size) << (8 * (address % 4))) >>> 0;
    const at = address - (address % 4);
    if (address >= NVMC_BASE && address < NVMC_BASE + 0x1000)
      return this.nvmc.readRegister(at - NVMC_BASE, this.timeUs);
    if (address >= PPB_START && address < PPB_END) return this.core.readRegister(at);
    if (at === RESETREAS) return this.#resetReasons;
    if (at === WATCHDOG_RUNSTATUS) return this.#watchdog.isRunning ? 1 : 0;
    return isPeripheral(address) ? (this.#peripherals.get(at) ?? 0) : undefined;
  }

  write(address: number, size: 1 | 2 | 4, value: number): boolean {
    if (this.#ramMemory.holds(address)) {
      if (this.#ramMemory.write(address, size, value >>> (8 * (address & 3)))) this.#changes++;
      return true;
    }
    const nonVolatile = this.#nonVolatile(address);
    if (nonVolatile) {
      if (size !== 4) return false;
      this.#changes++;
      this.nvmc.store(nonVolatile, address, value >>> 0, this.timeUs);
      return true;
    }
    if (address >= NVMC_BASE && address < NVMC_BASE + 0x1000) {
      this.#changes++;
      this.nvmc.writeRegister(address - NVMC_BASE, value >>> 0, this.timeUs);
      return true;
    }
    if (address >= PPB_START && address < PPB_END) {
      this.core.writeRegister(address, value >>> 0);
      return true;
    }
    if (!isPeripheral(address)) return false;
    if (address === RESETREAS) this.#resetReasons &= ~value;
    if (address >= WATCHDOG_BASE && address < WATCHDOG_BASE + 0x1000)
      this.#watchdog.write(address - WATCHDOG_BASE, value >>> 0, this.timeUs);
    this.#busMasters.write(address, value >>> 0);
    this.#peripherals.set(address - (address % 4), value >>> 0);
    return true;
  }

  #nonVolatile(address: number): Memory | undefined {
    if (this.#flashMemory.holds(address)) return this.#flashMemory;
    return this.#uicrMemory.holds(address) ? this.#uicrMemory : undefined;
  }

  #memory(address: number): Memory | undefined {
    if (this.#ramMemory.holds(address)) return this.#ramMemory;
    if (this.#ficrMemory.holds(address)) return this.#ficrMemory;
    return this.#nonVolatile(address);
  }

  /** The core's own way to the bus: values right-aligned, and the flash holds it up while it is busy. */
  #aroundTheCore(): CoreSurroundings {
    const ram = this.#ramMemory;
    const shift = (address: number) => 8 * (address % 4);
    const hold = (address: number, isWrite: boolean) => {
      this.#coreHeldUntilUs = this.takenAt(address, isWrite);
      this.#passTo(this.#coreHeldUntilUs);
    };
    return {
      nowUs: () => this.timeUs,
      passTo: (timeUs) => this.#passTo(timeUs),
      nextEventUs: () => {
        const busyEndsUs = this.nvmc.busyEndsUs(this.timeUs);
        const wakesAtUs = this.#watchdog.wakesAtUs(this.timeUs);
        return busyEndsUs === undefined ? wakesAtUs : Math.min(busyEndsUs, wakesAtUs ?? Infinity);
      },
      changes: () => this.#changes,
      read: (address, size) => {
        if (ram.holds(address)) return ram.read(address, size);
        hold(address, false);
        if (!this.powered) return 0;
        const value = this.read(address, size);
        return value === undefined ? undefined : value >>> shift(address);
      },
      write: (address, size, value) => {
        if (ram.holds(address)) {
          if (ram.write(address, size, value)) this.#changes++;
          return true;
        }
        hold(address, true);
        if (!this.powered) return true;
        return this.write(address, size, value << shift(address));
      },
      resetVector: () => {
        const view = new DataView(this.flash.buffer);
        return { stackPointer: view.getUint32(0, true), entry: view.getUint32(4, true) };
      },
      requestReset: () => this.#reset('soft'),
      firmware: () => ({
        sleeps: this.#firmware.sleeps(this.timeUs),
        spot: this.#firmware.spot(this.timeUs, new DataView(this.flash.buffer).getUint32(4, true) & ~1),
        exception: this.#firmware.exception,
        lockedUp: this.#firmware.conduct === 'locks up',
      }),
    };
  }
}

const isPeripheral = (address: number) =>
  (address >= APB_START && address < APB_END) ||
  (address >= GPIO_START && address < GPIO_END) ||
  (address >= CRYPTOCELL_START && address < CRYPTOCELL_END);
