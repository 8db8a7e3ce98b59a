/**
 * A serial port that somebody listens to: what a firmware logs, line by line, with the time it came.
 *
 * Below lies the port; above lies a page that shows, filters and saves. It asks nothing of the firmware and is mute unless told
 * to send a line.
 */
import type { KnownError } from '../errors.ts';
import { LogLines, type LogLine } from '../log-lines.ts';
import { portLost } from './errors.ts';
import { openPort } from './open.ts';
import type { ByteReader, OpenablePort } from './port.ts';
import { takePort } from './port-users.ts';

/** What the examples of both SDKs log with, and what else is in use; bits a second. */
export const CONSOLE_SPEEDS = [9600, 38_400, 57_600, 115_200, 230_400, 460_800, 1_000_000] as const;

export interface ConsoleOptions {
  /** Bits a second. */
  readonly baudRate: number;
  /** In milliseconds, of the caller's choice. */
  readonly now: () => number;
  readonly onLines: (lines: readonly LogLine[]) => void;
  /** Bytes were lost or garbled on the line, and it went on: with the browser's word for it. */
  readonly onFault?: (what: string) => void;
  /** It is over, and nobody closed it. */
  readonly onEnd: (error: KnownError) => void;
}

export class SerialConsole {
  readonly #port: OpenablePort;
  readonly #release: () => void;
  readonly #options: ConsoleOptions;
  readonly #lines = new LogLines();
  #reader: ByteReader | null = null;
  #closed = false;

  private constructor(port: OpenablePort, release: () => void, options: ConsoleOptions) {
    this.#port = port;
    this.#release = release;
    this.#options = options;
    void this.#listen();
  }

  /** @throws `serial/port-in-use` within this program, `serial/port-busy` where another one holds it */
  static async open(port: OpenablePort, options: ConsoleOptions): Promise<SerialConsole> {
    const release = takePort(port, 'console');
    try {
      // no flow control: a kit whose firmware does without it would never be let speak
      await openPort(port, { baudRate: options.baudRate, flowControl: 'none', bufferSize: 4096 });
      return new SerialConsole(port, release, options);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Send a line, with the end that shells of both SDKs take. */
  async send(text: string): Promise<void> {
    const writer = this.#port.writable?.getWriter();
    if (!writer || this.#closed) return;
    try {
      await writer.write(new TextEncoder().encode(`${text}\r\n`));
    } catch (cause) {
      this.#end(portLost(cause));
    } finally {
      writer.releaseLock();
    }
  }

  /** Let go of the port. What came without an end is a line now. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#reader?.cancel().catch(() => {}); // a port that is gone cannot be cancelled, and need not be
    await this.#letGo();
  }

  async #listen(): Promise<void> {
    const { now, onLines, onFault = () => {} } = this.#options;
    for (;;) {
      const { readable } = this.#port;
      if (!readable || this.#closed) return;
      const reader = (this.#reader = readable.getReader());
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          const lines = value ? this.#lines.add(value, now()) : [];
          if (lines.length > 0) onLines(lines);
        }
      } catch (error) {
        // A fault of the line ends the stream, and the port has another one. Source: Web Serial, "readable attribute".
        if (!isFault(error)) {
          this.#end(portLost(error));
          return;
        }
        onFault(error.name);
      } finally {
        reader.releaseLock();
      }
    }
  }

  #end(error: KnownError): void {
    if (this.#closed) return;
    this.#closed = true;
    void this.#letGo();
    this.#options.onEnd(error);
  }

  async #letGo(): Promise<void> {
    const rest = this.#lines.flush(this.#options.now());
    if (rest.length > 0) this.#options.onLines(rest);
    await this.#port.close().catch(() => {}); // it may be gone
    this.#release();
  }
}

const FAULTS: ReadonlySet<string> = new Set([
  'BufferOverrunError',
  'BreakError',
  'FramingError',
  'ParityError',
]);
const isFault = (error: unknown): error is { readonly name: string } =>
  typeof error === 'object' && error !== null && 'name' in error && FAULTS.has(String(error.name));
