/** A serial port as Web Serial shows it, with a virtual kit behind it. */

/** What is behind a port. */
export interface SerialPeer {
  /**
   * @param send      where its output goes
   * @param unplug    what to do when it pulls its own cable
   * @param baudRate  bits a second that the host reads and writes at
   */
  connect(send: (bytes: Uint8Array) => void, unplug: () => void, baudRate: number): void;
  disconnect(): void;
  /** Bytes from the host, in whatever pieces. */
  receive(bytes: Uint8Array): void;
  /** It loses its power and gets it back, or its reset button is pressed. */
  restart(): void;
}

/** What ends the stream while the port goes on. Source: Web Serial, "readable attribute". */
export type LineFault = 'BufferOverrunError' | 'BreakError' | 'FramingError' | 'ParityError';

interface ReadResult {
  readonly done: boolean;
  readonly value?: Uint8Array;
}

export class VirtualSerialPort {
  readonly #peer: SerialPeer;
  #chunks: Uint8Array[] = [];
  #waiting: { resolve: (result: ReadResult) => void; reject: (error: unknown) => void } | undefined;
  #isOpen = false;
  #isGone = false;
  #isRead = false;
  #isWritten = false;
  /** Another tab or program has it open. */
  isHeldElsewhere = false;
  /** Longest piece written at once. */
  longestWrite = 0;
  /** Settings it was opened with, in order. */
  readonly openings: { readonly baudRate: number; readonly flowControl?: string }[] = [];

  constructor(peer: SerialPeer) {
    this.#peer = peer;
  }

  async open(settings: { readonly baudRate: number; readonly flowControl?: string }): Promise<void> {
    if (this.isHeldElsewhere || this.#isGone) throw named('NetworkError', 'Failed to open serial port.');
    if (this.#isOpen) throw named('InvalidStateError', 'The port is already open.');
    this.#isOpen = true;
    this.openings.push(settings);
    this.#peer.connect(
      (bytes) => this.#deliver(bytes),
      () => this.unplug(),
      settings.baudRate,
    );
  }

  /** Streams that somebody still holds cannot be closed. Source: Web Serial, "close() method". */
  async close(): Promise<void> {
    if (this.#isRead || this.#isWritten) throw new TypeError('Cannot cancel a locked stream');
    if (this.#isOpen) this.#peer.disconnect();
    this.#isOpen = false;
    this.#chunks = [];
    this.#settle({ done: true });
  }

  /** Pull the cable. The kit loses its power, and with it all it knows. */
  unplug(): void {
    this.#isGone = true;
    this.#isOpen = false;
    this.#peer.disconnect();
    this.#fail('NetworkError', 'The device has been lost.');
    this.#peer.restart();
  }
  /** Push it in again. */
  plugIn(): void {
    this.#isGone = false;
  }

  /** Something on the line was no byte. */
  fault(name: LineFault): void {
    this.#fail(name, 'A fault on the line.');
  }

  readonly readable = {
    getReader: () => {
      if (this.#isRead) throw new TypeError('The stream is locked.');
      this.#isRead = true;
      return {
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
        releaseLock: (): void => void (this.#isRead = false),
      };
    },
  };

  readonly writable = {
    getWriter: () => {
      if (this.#isWritten) throw new TypeError('The stream is locked.');
      this.#isWritten = true;
      return {
        write: async (bytes: Uint8Array): Promise<void> => {
          if (!this.#isOpen) throw named('NetworkError', 'The device has been lost.');
          this.longestWrite = Math.max(this.longestWrite, bytes.length);
          this.#peer.receive(bytes);
        },
        close: async (): Promise<void> => {},
        releaseLock: (): void => void (this.#isWritten = false),
      };
    },
  };

  #deliver(bytes: Uint8Array): void {
    if (this.#waiting) this.#settle({ done: false, value: bytes });
    else this.#chunks.push(bytes);
  }

  #settle(result: ReadResult): void {
    this.#waiting?.resolve(result);
    this.#waiting = undefined;
  }

  #fail(name: string, message: string): void {
    this.#waiting?.reject(named(name, message));
    this.#waiting = undefined;
  }
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
