/**
 * What the firmware in a virtual chip's flash does, as far as somebody outside can tell: whether its core sleeps, where it is, what it
 * says through RTT, and what it does to its own flash. None of its code is run.
 *
 * Source: ARMv7-M Architecture Reference Manual, C1.8.7 (DWT_PCSR), B3.2.4 (ICSR); the layout of RTT is that of target/rtt.ts, written anew
 * here so that each is a check of the other.
 */

/** How it goes on once it was started. */
export type Conduct =
  /** It sleeps, and wakes now and then. */
  | 'runs'
  /** Awake, and always on the same spot. */
  | 'hangs'
  /** In the handler of a hard fault. */
  | 'faults'
  /** Two faults in each other. */
  | 'locks up'
  /** It resets itself again and again. */
  | 'resets';

export interface RttSetup {
  /** Of the control block in RAM. */
  readonly address: number;
  /** Bytes of the ring, which lies behind the block. */
  readonly size?: number;
  /** Where in the ring the firmware begins to write, so that it wraps soon. */
  readonly begins?: number;
  /** 0 leaves out what does not fit, 1 cuts it, 2 waits. */
  readonly mode?: 0 | 1 | 2;
  /** The block is never finished: an id with nonsense behind it. */
  readonly torn?: boolean;
  /** The block names a ring where the chip has no RAM. */
  readonly misplaced?: boolean;
}

export interface FirmwareSetup {
  readonly conduct?: Conduct;
  readonly rtt?: RttSetup;
  /** What it says, and when after its start. */
  readonly log?: readonly { readonly atUs: number; readonly text: string }[];
  /** What it does to its flash, and when after its start. */
  readonly change?: { readonly atUs: number; readonly make: (flash: Uint8Array) => void };
  /** When after its start it switches the chip off (System OFF). With a debugger there that is only emulated: it turns on the spot then. */
  readonly offAtUs?: number;
  /** When after its start it closes the debug port until the next reset, which newer silicon lets it (FORCEPROTECT). */
  readonly closesPortAtUs?: number;
  /** Told at each start, for a firmware that is played from outside. */
  readonly started?: (flash: Uint8Array, say: (text: string) => void) => void;
}

/** What of the chip it can reach. */
export interface FirmwareSurroundings {
  readonly flash: Uint8Array;
  readonly ram: Uint8Array;
  readonly ramStart: number;
  reset(): void;
  systemOff(): void;
  forceProtect(): void;
}

const RESETS_EVERY_US = 40_000;
const HARD_FAULT = 3;
/** So long it sleeps, and so long it is awake then. */
const SLEEPS_US = 700;
const AWAKE_US = 130;
const RTT_AT_US = 500;
const HEAD = 24;
const CHANNEL = 24;

export class VirtualFirmware {
  #startedUs: number | undefined;
  #said = 0;
  #isChanged = false;
  #hasBlock = false;
  #isOff = false;
  /** What it waits to say until somebody reads. */
  #unsaid = '';
  /** Told from outside, to be said once it runs. */
  #pending: string[] = [];

  constructor(
    readonly setup: FirmwareSetup,
    readonly chip: FirmwareSurroundings,
  ) {}

  get conduct(): Conduct {
    return this.setup.conduct ?? 'runs';
  }
  /** Number of the exception that it is in. */
  get exception(): number {
    return this.conduct === 'faults' || this.conduct === 'locks up' ? HARD_FAULT : 0;
  }

  start(nowUs: number): void {
    this.#startedUs = nowUs;
    this.#said = 0;
    this.#unsaid = '';
    this.#isChanged = this.#hasBlock = this.#isOff = false;
    const pending: string[] = (this.#pending = []);
    this.setup.started?.(this.chip.flash, (text) => void pending.push(text)); // what a start before this one says is lost
  }

  stop(): void {
    this.#startedUs = undefined;
  }

  sleeps(nowUs: number): boolean {
    return this.conduct === 'runs' && !this.#isOff && nowUs % (SLEEPS_US + AWAKE_US) < SLEEPS_US;
  }

  /** @param entry  of the image: code lies there */
  spot(nowUs: number, entry: number): number {
    if (this.conduct !== 'runs' || this.#isOff) return entry + 0x40;
    return entry + 2 * (Math.floor(nowUs / 7) % 0x200);
  }

  /** Time in which it was not halted has passed. */
  pass(nowUs: number): void {
    if (this.#startedUs === undefined) return;
    const sinceUs = nowUs - this.#startedUs;
    const { log = [], change, rtt, offAtUs = Infinity, closesPortAtUs = Infinity } = this.setup;
    if (this.#isOff) return;
    if (this.conduct === 'locks up' || this.conduct === 'faults') return;
    if (rtt && !this.#hasBlock && sinceUs >= RTT_AT_US) this.#setUp(rtt);
    if (this.#hasBlock) for (const text of this.#pending.splice(0)) this.#say(text);
    this.#unsaid = this.#say(this.#unsaid);
    while (this.#hasBlock && !this.#unsaid && this.#said < log.length && log[this.#said]!.atUs <= sinceUs)
      this.#unsaid = this.#say(log[this.#said++]!.text);
    if (change && !this.#isChanged && sinceUs >= change.atUs) {
      this.#isChanged = true;
      change.make(this.chip.flash);
    }
    if (sinceUs >= closesPortAtUs) this.chip.forceProtect();
    if (sinceUs >= offAtUs) {
      this.#isOff = true;
      this.chip.systemOff();
    }
    if (this.conduct === 'resets' && sinceUs >= RESETS_EVERY_US) this.chip.reset();
  }

  #setUp({ address, size = 0x400, begins = 0, mode = 0, torn = false, misplaced = false }: RttSetup): void {
    this.#hasBlock = true;
    const view = this.#view();
    const at = address - this.chip.ramStart;
    this.chip.ram.fill(0, at, at + HEAD + CHANNEL);
    [...'SEGGER RTT'].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
    view.setUint32(at + 16, torn ? 0xa5a5a5a5 : 1, true);
    const ring = misplaced ? 0x2fff0000 : address + HEAD + CHANNEL;
    const words = [0, ring, size, begins, begins, mode];
    words.forEach((word, i) => view.setUint32(at + HEAD + 4 * i, word, true));
  }

  /** Into the ring, as far as it has room. @returns what it waits with */
  #say(text: string): string {
    const { rtt } = this.setup;
    if (!text || !rtt || rtt.torn || rtt.misplaced) return '';
    const view = this.#view();
    const channel = rtt.address - this.chip.ramStart + HEAD;
    const [size, readOffset] = [view.getUint32(channel + 8, true), view.getUint32(channel + 16, true)];
    let writeOffset = view.getUint32(channel + 12, true);
    const bytes = new TextEncoder().encode(text);
    const room = (readOffset - writeOffset - 1 + size) % size;
    if (bytes.length > room && (rtt.mode ?? 0) === 0) return '';
    for (const byte of bytes.subarray(0, room)) {
      view.setUint8(channel + CHANNEL + writeOffset, byte);
      writeOffset = (writeOffset + 1) % size;
    }
    view.setUint32(channel + 12, writeOffset, true);
    return rtt.mode === 2 ? new TextDecoder().decode(bytes.subarray(room)) : '';
  }

  #view(): DataView {
    const { ram } = this.chip;
    return new DataView(ram.buffer, ram.byteOffset, ram.length);
  }
}
