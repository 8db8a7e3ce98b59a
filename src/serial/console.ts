/**
 * A serial port that somebody listens to: what a firmware logs, line by line, with the time it came.
 *
 * Below lies the port; above lies a page that shows, filters and saves. It asks nothing of the firmware and is mute unless told
 * to send a line.
 */
import type { Clock } from '../clock.ts';
import type { KnownError } from '../errors.ts';
import { LogLines, type LogLine } from '../log-lines.ts';
import { portLost } from './errors.ts';
import { openPort } from './open.ts';
import type { ByteReader, OpenablePort } from './port.ts';
import { takePort } from './port-users.ts';

/** Bits a second, of those that the nRF52's UARTE has; the examples of both SDKs log with 115,200. */
export const CONSOLE_SPEEDS = [
  9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_000_000,
] as const;

/** What came is a line after this silence, such as the prompt of a shell. */
const SILENCE_MS = 250;

export interface ConsoleOptions {
  /** Bits a second. */
  readonly baudRate: number;
  readonly clock: Clock;
  /** What a line has as its time: milliseconds of the caller's choice. */
  readonly now: () => number;
  readonly onLines: (lines: readonly LogLine[]) => void;
  /** Bytes were lost or garbled on the line, and it went on: with the browser's word for it. */
  readonly onFault?: (what: string) => void;
  /** It is over, and nobody closed it; the port is free again by then. */
  readonly onEnd: (error: KnownError) => void;
}

export class SerialConsole {
  readonly #port: OpenablePort;
  readonly #release: () => void;
  readonly #options: ConsoleOptions;
  readonly #lines = new LogLines();
  readonly #listening: Promise<void>;
  #reader: ByteReader | null = null;
  #sent: Promise<void> = Promise.resolve();
  #cancelSilence: () => void = () => {};
  #closed = false;

  private constructor(port: OpenablePort, release: () => void, options: ConsoleOptions) {
    this.#port = port;
    this.#release = release;
    this.#options = options;
    this.#listening = this.#listen();
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

  /** Send a line, with the end that shells take. One after another; where the port is lost `onEnd` tells. */
  send(text: string): Promise<void> {
    return (this.#sent = this.#sent.then(async () => {
      const writer = this.#closed ? undefined : this.#port.writable?.getWriter();
      try {
        await writer?.write(new TextEncoder().encode(`${text}\r\n`));
      } catch {
        // the reader hears of it too, and it tells
      } finally {
        writer?.releaseLock();
      }
    }));
  }

  /** Let go of the port. What came without an end is a line now. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#reader?.cancel().catch(() => {}); // a port that is gone cannot be cancelled, and need not be
    await this.#listening;
  }

  async #listen(): Promise<void> {
    const cause = await this.#read();
    this.#cancelSilence();
    this.#tell(this.#lines.flush(this.#options.now()));
    await this.#sent; // a port whose streams are held does not close
    await this.#port.close().catch(() => {}); // it may be gone
    this.#release();
    if (!this.#closed) this.#options.onEnd(portLost(cause));
    this.#closed = true;
  }

  /** Until it is closed or lost. @returns what the browser said then */
  async #read(): Promise<unknown> {
    for (;;) {
      const { readable } = this.#port;
      if (!readable || this.#closed) return undefined;
      const reader = (this.#reader = readable.getReader());
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return undefined;
          if (value) this.#take(value);
        }
      } catch (error) {
        // A fault of the line ends the stream, and the port has another one. Source: Web Serial, "readable attribute".
        if (!isFault(error)) return error;
        this.#options.onFault?.(error.name);
      } finally {
        reader.releaseLock();
      }
    }
  }

  #take(bytes: Uint8Array): void {
    const { clock, now } = this.#options;
    this.#tell(this.#lines.add(bytes, now()));
    this.#cancelSilence();
    this.#cancelSilence = clock.after(SILENCE_MS, () => this.#tell(this.#lines.flush(now())));
  }

  #tell(lines: readonly LogLine[]): void {
    if (lines.length > 0) this.#options.onLines(lines);
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
