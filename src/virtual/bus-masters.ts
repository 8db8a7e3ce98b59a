/**
 * Peripherals of a virtual chip that write into its RAM without the core, as the firmware has started them: with the core halted they go
 * on (docs/probe-protocols.md §6.9).
 */
export interface BusMasterSetup {
  readonly name: string;
  /** Address of its stop task. */
  readonly stop: number;
  /** Address of its ENABLE register, where it has one. */
  readonly enable?: number;
  /** Channel of PPI that starts it again as soon as it stops. */
  readonly ppiChannel?: number;
  /** RAM that it writes to, again and again. */
  readonly target: number;
}

const PPI_CHENCLR = 0x4001f508;
const BYTES_A_TIME = 16;

export class VirtualBusMasters {
  /** What a datasheet forbids, in words. */
  readonly violations: string[] = [];
  #running = new Set<BusMasterSetup>();
  #channels = 0;

  constructor(readonly setup: readonly BusMasterSetup[]) {}

  /** The firmware starts all of them. */
  start(): void {
    this.#running = new Set(this.setup);
    this.#channels = this.setup.reduce((bits, { ppiChannel }) => bits | (1 << (ppiChannel ?? 31)), 0);
  }

  /** A reset stops them. */
  stop(): void {
    this.#running.clear();
    this.#channels = 0;
  }

  get areRunning(): boolean {
    return this.#running.size > 0;
  }

  /** Let them write. @param ram  as it stands from its first address on */
  pass(ram: Uint8Array, ramStart: number, nowUs: number): void {
    for (const { target } of this.#running)
      ram.subarray(target - ramStart, target - ramStart + BYTES_A_TIME).fill(Math.floor(nowUs) & 0xff);
  }

  write(address: number, word: number): void {
    if (!this.areRunning) return; // as at every word that the program in RAM writes
    if (address === PPI_CHENCLR) this.#channels &= ~word;
    for (const one of [...this.#running]) {
      const isStartedAgain = one.ppiChannel !== undefined && (this.#channels >>> one.ppiChannel) & 1;
      if (address === one.stop && word === 1 && !isStartedAgain) this.#running.delete(one);
      if (address === one.enable && word === 0) {
        this.violations.push(`${one.name} disabled while it moves bytes`);
        this.#running.delete(one);
      }
    }
  }
}
