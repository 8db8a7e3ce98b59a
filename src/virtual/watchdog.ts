/**
 * The watchdog of a virtual chip. Once started it cannot be stopped, set otherwise, or reset by anything but itself, the reset pin and the
 * power: a soft reset leaves it counting (docs/probe-protocols.md §6.8).
 */
export interface WatchdogSetup {
  readonly timeoutUs: number;
  /** Reload registers that must all be written in time, bit by bit; the first alone when left out. */
  readonly reloadRegisters?: number;
  /** Goes on while a debugger has the core halted. */
  readonly runsWhileHalted?: boolean;
}

export const WATCHDOG_BASE = 0x40010000;
export const WATCHDOG_RUNSTATUS = WATCHDOG_BASE + 0x400;
const RELOAD = 0x600;
const RELOAD_REQUEST = 0x6e524635;
/** Parts of its timeout at which a core that waits is woken to feed it. */
const WAKES = 4;

export class VirtualWatchdog {
  #isRunning = false;
  #dueUs = 0;
  #unfed = 0;

  /** @param setup  what the firmware starts; none never does */
  constructor(readonly setup: WatchdogSetup | undefined) {}

  /** The firmware starts it, where it has one. */
  start(nowUs: number): void {
    if (!this.setup || this.#isRunning) return;
    this.#isRunning = true;
    this.#reload(nowUs);
  }

  stop(): void {
    this.#isRunning = false;
  }

  /**
   * Time has passed, in which the firmware fed it, or it stood still, or it counted.
   *
   * @returns true when it resets the chip
   */
  pass(nowUs: number, durationUs: number, mode: 'fed' | 'halted' | 'alone'): boolean {
    if (!this.#isRunning) return false;
    if (mode === 'fed') this.#reload(nowUs);
    else if (mode === 'halted' && !this.setup!.runsWhileHalted) this.#dueUs += durationUs;
    return nowUs > this.#dueUs;
  }

  /** When a core that waits should look at it again. */
  wakesAtUs(nowUs: number): number | undefined {
    if (!this.#isRunning) return undefined;
    const step = this.setup!.timeoutUs / WAKES;
    return (Math.floor(nowUs / step) + 1) * step;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  write(offset: number, word: number, nowUs: number): void {
    if (offset < RELOAD || word !== RELOAD_REQUEST || !this.#isRunning) return;
    this.#unfed &= ~(1 << ((offset - RELOAD) / 4));
    if (this.#unfed === 0) this.#reload(nowUs);
  }

  #reload(nowUs: number): void {
    this.#dueUs = nowUs + this.setup!.timeoutUs;
    this.#unfed = this.setup!.reloadRegisters ?? 1;
  }
}
