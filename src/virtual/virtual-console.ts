/**
 * The serial port of a kit whose firmware logs, as Web Serial shows it: the lines of the SDK's light switch, at one speed. At any
 * other speed the bytes that arrive are garbage, as they are from a real one.
 *
 * Source of the form of the lines: nRF5 SDK for Mesh, `log.c`, in our words; the texts are made up but for those that the examples print.
 */
import type { Clock } from '../clock.ts';

interface ReadResult {
  readonly done: boolean;
  readonly value?: Uint8Array;
}

/** Bits a second of its firmware. */
const SPEED = 115_200;
/** Between two lines of a running node, in ms. */
const EVERY_MS = 1500;

export class VirtualConsole {
  readonly #clock: Clock;
  readonly #unicast: number;
  readonly #chunks: Uint8Array[] = [];
  #waiting: { resolve: (result: ReadResult) => void; reject: (error: unknown) => void } | undefined;
  #speed = 0;
  #isGone = false;
  #said = 0;
  #ticks = 0;
  /** Another program has it open. */
  isHeldElsewhere = false;
  /** What was sent to it. */
  readonly heard: string[] = [];

  constructor(clock: Clock, { unicast = 0x53 }: { readonly unicast?: number } = {}) {
    this.#clock = clock;
    this.#unicast = unicast;
  }

  get isOpen(): boolean {
    return this.#speed > 0;
  }

  async open({ baudRate }: { readonly baudRate: number }): Promise<void> {
    if (this.isHeldElsewhere || this.#isGone) throw named('NetworkError', 'Failed to open serial port.');
    if (this.isOpen) throw named('InvalidStateError', 'The port is already open.');
    this.#speed = baudRate;
    this.restart();
    void this.#run();
  }

  async close(): Promise<void> {
    this.#speed = 0;
    this.#chunks.length = 0;
    this.#settle({ done: true });
  }

  /** Its reset button: it says again who it is. */
  restart(): void {
    const address = this.#unicast.toString(16).toUpperCase().padStart(4, '0');
    this.#said = 0;
    this.#log('main.c', 312, '----- BLE Mesh Light Switch Client Demo -----');
    this.#log('mesh_app_utils.c', 66, 'Device UUID (raw): 1F4FF3C5624B7D8B6F5E4D3C2B1AFFFF');
    this.#log('main.c', 248, `Node Address: 0x${address}`);
  }

  unplug(): void {
    this.#isGone = true;
    this.#speed = 0;
    this.#waiting?.reject(named('NetworkError', 'The device has been lost.'));
    this.#waiting = undefined;
  }
  plugIn(): void {
    this.#isGone = false;
  }

  /** A fault of the line: the stream ends, and the port has another one. */
  fault(name: 'FramingError' | 'BufferOverrunError'): void {
    this.#waiting?.reject(named(name, 'A fault on the line.'));
    this.#waiting = undefined;
  }

  readonly readable = {
    getReader: () => ({
      read: (): Promise<ReadResult> => {
        const value = this.#chunks.shift();
        if (value) return Promise.resolve({ done: false, value });
        if (this.#isGone) return Promise.reject(named('NetworkError', 'The device has been lost.'));
        if (!this.isOpen) return Promise.resolve({ done: true });
        return new Promise((resolve, reject) => {
          this.#waiting = { resolve, reject };
        });
      },
      cancel: async (): Promise<void> => this.#settle({ done: true }),
      releaseLock: (): void => {},
    }),
  };

  readonly writable = {
    getWriter: () => ({
      write: async (bytes: Uint8Array): Promise<void> => {
        if (!this.isOpen) throw named('NetworkError', 'The device has been lost.');
        const text = new TextDecoder().decode(bytes).trim();
        this.heard.push(text);
        if (/^\d$/.test(text)) this.#log('main.c', 201, `Button ${text} pressed`);
      },
      close: async (): Promise<void> => {},
      releaseLock: (): void => {},
    }),
  };

  /** As long as somebody listens. */
  async #run(): Promise<void> {
    const speed = this.#speed;
    while (this.#speed === speed) {
      await this.#clock.sleep(EVERY_MS);
      if (this.#speed !== speed) return;
      const on = this.#said++ % 2 === 0;
      this.#log('main.c', 164, `Sending msg: ONOFF SET ${on ? 1 : 0}`);
      this.#log('main.c', 131, `OnOff server: 0x0100, Present OnOff: ${on ? 1 : 0}`);
    }
  }

  #log(file: string, line: number, text: string): void {
    this.#ticks += 20_011;
    const ticks = String(this.#ticks).padStart(10, ' ');
    this.#say(`<t: ${ticks}>, ${file}, ${String(line).padStart(4, ' ')}, ${text}\r\n`);
  }

  #say(text: string): void {
    if (!this.isOpen) return;
    const bytes = new TextEncoder().encode(text);
    // at another speed its bits are read at the wrong moments
    const read = this.#speed === SPEED ? bytes : bytes.map((byte, i) => (byte * 73 + i * 41) | 0x80);
    if (this.#waiting) this.#settle({ done: false, value: read });
    else this.#chunks.push(read);
  }

  #settle(result: ReadResult): void {
    this.#waiting?.resolve(result);
    this.#waiting = undefined;
  }
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
