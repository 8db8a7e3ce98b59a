/**
 * The serial line: frames out, events in, one command at a time.
 *
 * Below lies a `BytePort`; above lies `device.ts`, which knows what commands mean. A command response names the command it answers
 * and nothing else, so the line keeps one outstanding and lets events pass beside it. A response that did not come may still be
 * under way: before the next command the line asks for an echo and takes everything ahead of that for old.
 */
import type { Clock } from '../clock.ts';
import { concatenate, equalBytes, indexOfBytes } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import { COMMANDS, commandName } from './commands.ts';
import { deviceRestarted, lineClosed, mute, noResponse, portLost } from './errors.ts';
import { parseEvent, type EventOf, type SerialEvent } from './events.ts';
import { FrameReader, formatFrame, type Frame } from './frame.ts';
import { statusText } from './statuses.ts';
import { MAX_WRITE_BYTES, type BytePort, type ByteReader, type ByteWriter } from './port.ts';

/** For the response to a command, in ms. Responses normally come within milliseconds. */
export const RESPONSE_MS = 1000;
/** For DeviceStarted after RadioReset. */
export const RESTART_MS = 3000;
/** For an echo on a line whose state is not known. */
const ECHO_MS = 500;
/** Silence after which a half frame from the device is taken for cut off. */
const SILENCE_MS = 100;
/** A network that publishes all the time gives no silence. */
const SILENCE_WAIT_MS = 2000;
/** As many zero bytes complete any half command in the device's buffer. */
const LONGEST_HALF_COMMAND = 255;

export interface LineOptions {
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Told of every frame, for people who want to see the line. Parameters may be keys, so they are not told. */
  readonly onFrame?: (frame: TracedFrame) => void;
}

/** A frame as a person may see it. */
export interface TracedFrame {
  /** On the line's clock, in ms. */
  readonly at: number;
  readonly direction: 'out' | 'in';
  readonly name: string;
  /** With its length byte. */
  readonly bytes: number;
}

/** Events from the moment it was made, in order, until it is closed. */
export interface EventQueue {
  /** The next event; nothing when none comes in time. Rejects when the line ends or the signal says so. */
  next(timeoutMs: number, signal?: AbortSignal): Promise<SerialEvent | undefined>;
  close(): void;
}

interface Exchange {
  readonly answers: (event: SerialEvent) => boolean;
  readonly resolve: (event: SerialEvent) => void;
  readonly reject: (error: unknown) => void;
}

export class SerialLine {
  readonly #clock: Clock;
  readonly #randomBytes: LineOptions['randomBytes'];
  readonly #trace: (direction: TracedFrame['direction'], frame: Frame) => void;
  readonly #port: BytePort;
  readonly #reader: ByteReader;
  readonly #writer: ByteWriter;
  readonly #frames = new FrameReader();
  readonly #listeners = new Set<(event: SerialEvent) => void>();
  readonly #onEnd = new Set<(error: KnownError) => void>();
  readonly #reading: Promise<void>;
  #pending: Exchange | undefined;
  #lastExchange: Promise<unknown> = Promise.resolve();
  #end: KnownError | undefined;
  /** A response may still be under way. */
  #isUncertain = false;
  /** While attaching: the frame that the stream is accepted from, and what was read of it so far. */
  #hunt: { readonly frame: Uint8Array; read: Uint8Array; found: () => void } | undefined;
  #lastByteAt: number;

  constructor(port: BytePort, { clock, randomBytes, onFrame }: LineOptions) {
    this.#clock = clock;
    this.#randomBytes = randomBytes;
    this.#trace = (direction, frame) =>
      onFrame?.({ at: clock.now(), direction, name: frameName(frame), bytes: frame.parameters.length + 2 });
    this.#port = port;
    this.#lastByteAt = clock.now();
    this.#reader = port.readable.getReader();
    this.#writer = port.writable.getWriter();
    this.#reading = this.#read();
  }

  /** Why the line ended; nothing while it is open. */
  get end(): KnownError | undefined {
    return this.#end;
  }

  /** Be told once when the line ends. */
  onEnd(listener: (error: KnownError) => void): () => void {
    if (this.#end) listener(this.#end);
    else this.#onEnd.add(listener);
    return () => this.#onEnd.delete(listener);
  }

  /** Be told of every event, responses to commands excepted. Returns the way to stop it. */
  onEvent(listener: (event: SerialEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keep the events that `wanted` accepts until somebody asks for them. */
  listen(wanted: (event: SerialEvent) => boolean): EventQueue {
    const events: SerialEvent[] = [];
    let wake: () => void = () => {};
    const stop = this.onEvent((event) => {
      if (!wanted(event)) return;
      events.push(event);
      wake();
    });
    const forget = this.onEnd(() => wake());
    return {
      next: async (timeoutMs, signal) => {
        const event = events.shift();
        if (event) return event;
        signal?.throwIfAborted();
        if (this.#end) throw this.#end;
        await new Promise<void>((resolve) => {
          const cancel = this.#clock.after(timeoutMs, () => wake());
          wake = () => {
            cancel();
            signal?.removeEventListener('abort', wake);
            resolve();
          };
          signal?.addEventListener('abort', wake);
        });
        const late = events.shift();
        if (late) return late;
        signal?.throwIfAborted();
        if (this.#end) throw this.#end;
        return undefined;
      },
      close: () => {
        stop();
        forget();
        wake();
      },
    };
  }

  /**
   * Send a command and wait for its response.
   *
   * @throws `serial/no-response`, `serial/device-restarted`, `serial/port-lost`, `serial/line-closed`
   */
  async command(command: string, frame: Frame): Promise<EventOf<'CommandResponse'>> {
    const event = await this.#exchange(
      command,
      frame,
      (answer) => answer.name === 'CommandResponse' && answer.command === frame.opcode,
      RESPONSE_MS,
    );
    return event as EventOf<'CommandResponse'>;
  }

  /** @throws as `command` */
  async echo(content: Uint8Array): Promise<void> {
    const answers = (event: SerialEvent) => event.name === 'EchoResponse' && equalBytes(event.rest, content);
    await this.#exchange('Echo', COMMANDS.echo.encode({ rest: content }), answers, RESPONSE_MS);
  }

  /** Echo of content that may be longer than the device takes. @throws as `command` */
  async echoOrRefusal(content: Uint8Array): Promise<'echoed' | 'refused'> {
    const event = await this.#exchange(
      'Echo',
      COMMANDS.echo.encode({ rest: content }),
      ({ name }) => name === 'EchoResponse' || name === 'CommandResponse',
      RESPONSE_MS,
    );
    return event.name === 'EchoResponse' ? 'echoed' : 'refused';
  }

  /** Restart the device: everything it was given is gone. Its answer is DeviceStarted. @throws as `command` */
  async reset(): Promise<EventOf<'DeviceStarted'>> {
    const event = await this.#exchange(
      'RadioReset',
      COMMANDS.radioReset.encode({}),
      (answer) => answer.name === 'DeviceStarted',
      RESTART_MS,
    );
    return event as EventOf<'DeviceStarted'>;
  }

  /**
   * Find the place in the stream of a device that was running before: wait for silence, ask for an echo, and take what comes from
   * it on. A device that does not answer may hold half a command; zero bytes complete that, and something may be executed, so do
   * this before set-up only.
   *
   * @throws `serial/mute`
   */
  async attach(): Promise<void> {
    await this.#turn(async () => {
      await this.#silence();
      if (await this.#findEcho()) return;
      for (let sent = 0; sent < LONGEST_HALF_COMMAND; sent += MAX_WRITE_BYTES)
        await this.#write(new Uint8Array(Math.min(MAX_WRITE_BYTES, LONGEST_HALF_COMMAND - sent)));
      await this.#silence();
      if (!(await this.#findEcho())) throw mute();
    });
    this.#isUncertain = false;
  }

  /** Let go of the port and close it. */
  async close(): Promise<void> {
    this.#finish(lineClosed());
    await this.#reader.cancel().catch(() => {});
    await this.#reading;
    await this.#writer.close().catch(() => {});
    this.#writer.releaseLock();
    await this.#port.close().catch(() => {});
  }

  async #exchange(
    command: string,
    frame: Frame,
    answers: (event: SerialEvent) => boolean,
    timeoutMs: number,
  ): Promise<SerialEvent> {
    return this.#turn(async () => {
      if (this.#isUncertain && !(await this.#findEcho())) throw noResponse('Echo', ECHO_MS);
      this.#isUncertain = false;
      try {
        return await this.#ask(frame, answers, timeoutMs, () => noResponse(command, timeoutMs));
      } catch (error) {
        this.#isUncertain = error instanceof KnownError && error.code === 'serial/no-response';
        throw error;
      }
    });
  }

  /** One after another, in the order asked for. */
  #turn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastExchange.then(async () => {
      if (this.#end) throw this.#end;
      return work();
    });
    this.#lastExchange = result.catch(() => {});
    return result;
  }

  async #ask(
    frame: Frame,
    answers: (event: SerialEvent) => boolean,
    timeoutMs: number,
    late: () => KnownError,
  ): Promise<SerialEvent> {
    let cancel = () => {};
    const answered = new Promise<SerialEvent>((resolve, reject) => {
      this.#pending = { answers, resolve, reject };
      cancel = this.#clock.after(timeoutMs, () => reject(late()));
    });
    try {
      this.#trace('out', frame);
      await Promise.race([this.#write(formatFrame(frame)).then(() => answered), answered]);
      return await answered;
    } finally {
      cancel();
      this.#pending = undefined;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; at += MAX_WRITE_BYTES)
        await this.#writer.write(bytes.slice(at, at + MAX_WRITE_BYTES));
    } catch (cause) {
      this.#finish(portLost(cause));
      throw this.#end;
    }
  }

  /** Wait until nothing comes, and forget the half frame that came last. */
  async #silence(): Promise<void> {
    const until = this.#clock.now() + SILENCE_WAIT_MS;
    for (;;) {
      const quietFor = this.#clock.now() - this.#lastByteAt;
      if (quietFor >= SILENCE_MS || this.#clock.now() >= until) break;
      await this.#clock.sleep(SILENCE_MS - quietFor);
      if (this.#end) throw this.#end;
    }
    this.#frames.reset();
  }

  /** Ask for an echo and take the stream from it on. */
  async #findEcho(): Promise<boolean> {
    const content = this.#randomBytes(8);
    const frame = formatFrame({ opcode: 0x82, parameters: content });
    const isFound = await new Promise<boolean>((resolve) => {
      const forget = this.onEnd(() => resolve(false));
      const cancel = this.#clock.after(ECHO_MS, () => resolve(false));
      const found = () => {
        forget();
        cancel();
        resolve(true);
      };
      this.#hunt = { frame, read: new Uint8Array(), found };
      void this.#write(formatFrame(COMMANDS.echo.encode({ rest: content }))).catch(() => resolve(false));
    });
    this.#hunt = undefined;
    if (this.#end) throw this.#end;
    return isFound;
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) break;
        if (value && value.length > 0) this.#receive(value);
      }
      this.#finish(portLost());
    } catch (cause) {
      this.#finish(portLost(cause));
    } finally {
      this.#reader.releaseLock();
    }
  }

  #receive(chunk: Uint8Array): void {
    this.#lastByteAt = this.#clock.now();
    const bytes = this.#hunt ? this.#hunted(chunk) : chunk;
    for (const frame of this.#frames.push(bytes)) {
      this.#trace('in', frame);
      const event = parseEvent(frame);
      if (event) this.#dispatch(event);
    }
  }

  /** What of a chunk stands behind the echo that is hunted for. */
  #hunted(chunk: Uint8Array): Uint8Array {
    const hunt = this.#hunt!;
    hunt.read = concatenate([hunt.read, chunk]);
    const at = indexOfBytes(hunt.read, hunt.frame);
    if (at === -1) return new Uint8Array();
    this.#hunt = undefined;
    this.#frames.reset();
    hunt.found();
    return hunt.read.slice(at + hunt.frame.length);
  }

  #dispatch(event: SerialEvent): void {
    const pending = this.#pending;
    if (pending?.answers(event)) {
      this.#pending = undefined;
      pending.resolve(event);
      return;
    }
    if (event.name === 'DeviceStarted' && pending) {
      this.#pending = undefined;
      pending.reject(deviceRestarted());
    }
    if (event.name === 'CommandResponse') return; // of a command nobody waits for any more
    for (const listener of [...this.#listeners]) listener(event);
  }

  #finish(error: KnownError): void {
    if (this.#end) return;
    this.#end = error;
    this.#pending?.reject(error);
    for (const listener of [...this.#onEnd]) listener(error);
    this.#onEnd.clear();
  }
}

/** `SubnetAdd`, `CommandResponse to SubnetAdd`; an opcode where nothing is known. */
function frameName(frame: Frame): string {
  const event = parseEvent(frame);
  if (event?.name === 'CommandResponse')
    return `Response to ${commandName(event.command)}${event.status === 0 ? '' : `: ${statusText(event.status)}`}`;
  return event?.name ?? commandName(frame.opcode);
}
