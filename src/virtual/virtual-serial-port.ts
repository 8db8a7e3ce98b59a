/** A virtual kit's serial port as Web Serial shows it. */
import type { VirtualSerialKit } from './serial-kit.ts';

interface ReadResult {
  readonly done: boolean;
  readonly value?: Uint8Array;
}

export class VirtualSerialPort {
  readonly #kit: VirtualSerialKit;
  #chunks: Uint8Array[] = [];
  #waiting: { resolve: (result: ReadResult) => void; reject: (error: unknown) => void } | undefined;
  #isOpen = false;
  #isGone = false;
  /** Another tab or program has it open. */
  isHeldElsewhere = false;
  /** Longest piece written at once. */
  longestWrite = 0;
  /** Settings it was opened with, in order. */
  readonly openings: { readonly baudRate: number; readonly flowControl?: string }[] = [];

  constructor(kit: VirtualSerialKit) {
    this.#kit = kit;
  }

  async open(settings: { readonly baudRate: number; readonly flowControl?: string }): Promise<void> {
    if (this.isHeldElsewhere || this.#isGone) throw named('NetworkError', 'Failed to open serial port.');
    if (this.#isOpen) throw named('InvalidStateError', 'The port is already open.');
    this.#isOpen = true;
    this.openings.push(settings);
    this.#kit.connect(
      (bytes) => this.#deliver(bytes),
      () => this.unplug(),
    );
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#kit.disconnect();
    this.#chunks = [];
    this.#settle({ done: true });
  }

  /** Pull the cable. The kit loses its power, and with it all it knows. */
  unplug(): void {
    this.#isGone = true;
    this.#isOpen = false;
    this.#kit.disconnect();
    this.#waiting?.reject(named('NetworkError', 'The device has been lost.'));
    this.#waiting = undefined;
    this.#kit.restart();
  }
  /** Push it in again. */
  plugIn(): void {
    this.#isGone = false;
  }

  readonly readable = {
    getReader: () => ({
      read: (): Promise<ReadResult> => {
        const value = this.#chunks.shift();
        if (value) return Promise.resolve({ done: false, value });
        if (this.#isGone) return Promise.reject(named('NetworkError', 'The device has been lost.'));
        if (!this.#isOpen) return Promise.resolve({ done: true });
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
        if (!this.#isOpen) throw named('NetworkError', 'The device has been lost.');
        this.longestWrite = Math.max(this.longestWrite, bytes.length);
        this.#kit.receive(bytes);
      },
      close: async (): Promise<void> => {},
      releaseLock: (): void => {},
    }),
  };

  #deliver(bytes: Uint8Array): void {
    if (this.#waiting) this.#settle({ done: false, value: bytes });
    else this.#chunks.push(bytes);
  }

  #settle(result: ReadResult): void {
    this.#waiting?.resolve(result);
    this.#waiting = undefined;
  }
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
