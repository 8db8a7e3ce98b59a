/**
 * USB in virtual time: what a transfer costs in browser, bus and probe, with several transfers and boards under way at once.
 *
 * The virtual boards know how long SWD, flash and the code in the chip take. This adds the rest: a clock whose sleepers wait side
 * by side, the browser's one USB thread, a bus that hands out its frames, and a probe that carries out one request after another.
 */
import { setImmediate as soon } from 'node:timers/promises';
import type { Clock } from '../../src/clock.ts';
import {
  PROBE_PROFILES,
  VirtualDebugPort,
  VirtualNrf52,
  VirtualUsbDevice,
  type ChipSetup,
  type ProbeName,
  type ProbeProfile,
} from '../../src/virtual/index.ts';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
  cancelled: boolean;
}

/** Time that goes on to the next alarm once nobody has anything left to do in this moment. */
export class EventClock implements Clock {
  #now = 0;
  /** A binary heap, the earliest first. */
  readonly #alarms: Alarm[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  after(ms: number, callback: () => void): () => void {
    const alarm: Alarm = { at: this.#now + Math.max(0, ms), ring: callback, cancelled: false };
    this.#push(alarm);
    return () => void (alarm.cancelled = true);
  }

  /** Let time pass until the work is done. @returns what it came to */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const mark = () => void (done = true);
    work.then(mark, mark);
    for (;;) {
      await soon(); // every promise that can go on has gone on
      if (done) return work;
      this.#now = this.#alarms[0]?.at ?? this.#now;
      while (this.#alarms[0]?.at === this.#now) {
        const { cancelled, ring } = this.#pop();
        if (!cancelled) ring();
      }
    }
  }

  #push(alarm: Alarm): void {
    const heap = this.#alarms;
    let at = heap.push(alarm) - 1;
    for (let up = (at - 1) >> 1; at > 0 && heap[up]!.at > alarm.at; at = up, up = (at - 1) >> 1)
      heap[at] = heap[up]!;
    heap[at] = alarm;
  }

  /** Of at least one. */
  #pop(): Alarm {
    const heap = this.#alarms;
    const first = heap[0]!;
    const last = heap.pop()!;
    let at = 0;
    for (let down = 1; down < heap.length; down = 2 * at + 1) {
      if (down + 1 < heap.length && heap[down + 1]!.at < heap[down]!.at) down++;
      if (heap[down]!.at >= last.at) break;
      heap[at] = heap[down]!;
      at = down;
    }
    if (heap.length > 0) heap[at] = last;
    return first;
  }
}

/** Something that serves one after another, in the order they came. */
class Server {
  #freeAtMs = 0;
  busyMs = 0;

  constructor(readonly clock: Clock) {}

  /** @param notBeforeMs  of the clock */
  serve(durationMs: number, notBeforeMs = this.clock.now()): Promise<void> {
    this.#freeAtMs = Math.max(notBeforeMs, this.#freeAtMs) + durationMs;
    this.busyMs += durationMs;
    return this.clock.sleep(this.#freeAtMs - this.clock.now());
  }
}

export interface UsbSpeed {
  /** The controller takes up new work, and asks for replies, once in so long. */
  readonly frameUs: number;
  readonly bytesPerFrame: number;
  /** What token, handshake, check sums and gaps cost beside the bytes of each packet. */
  readonly overheadBytes: number;
}
/** USB 2.0, tables 5-9 and 5-10: bytes in a frame or microframe, and what a bulk transaction spends beside its data. */
export const FULL_SPEED: UsbSpeed = { frameUs: 1000, bytesPerFrame: 1500, overheadBytes: 13 };
export const HIGH_SPEED: UsbSpeed = { frameUs: 125, bytesPerFrame: 7500, overheadBytes: 55 };

/** From the page to the controller, or back: a promise, two processes, the operating system. Half of 0.1 to 0.3 ms. */
const SOFTWARE_MS = 0.1;
/** The part of it in which one thread serves all boards. */
const THREAD_MS = 0.02;
/** A probe reads a request and makes a reply. */
const FIRMWARE_MS = 0.03;

/** One computer and one hub with a single transaction translator: all boards share all of it. */
export class UsbHost {
  readonly thread: Server;
  readonly bus: Server;

  constructor(
    readonly clock: EventClock,
    readonly speed: UsbSpeed,
  ) {
    this.thread = new Server(clock);
    this.bus = new Server(clock);
  }

  async software(): Promise<void> {
    await this.thread.serve(THREAD_MS);
    await this.clock.sleep(SOFTWARE_MS - THREAD_MS);
  }

  /** Begins with the next frame, or behind what is in the queue. */
  carry(length: number, packetSize: number): Promise<void> {
    const { frameUs, bytesPerFrame, overheadBytes } = this.speed;
    const bytes = length + overheadBytes * Math.max(1, Math.ceil(length / packetSize));
    const frameMs = frameUs / 1000;
    const nextFrameMs = Math.ceil(this.clock.now() / frameMs) * frameMs;
    return this.bus.serve((bytes / bytesPerFrame) * frameMs, nextFrameMs);
  }
}

/** A board at a host: chip and probe are those of the test suite, the time of its transfers is the host's. */
export class TimedBoard extends VirtualUsbDevice {
  /** Ends when the probe has carried out all it was sent. */
  #probe: Promise<unknown> = Promise.resolve();
  readonly #replies: Uint8Array<ArrayBuffer>[] = [];
  readonly #asking: ((reply: Uint8Array<ArrayBuffer>) => void)[] = [];
  readonly #startMs: number;

  constructor(
    readonly host: UsbHost,
    probe: ProbeName,
    setup: ChipSetup,
    serial = 'bench',
  ) {
    const chip = new VirtualNrf52(setup);
    const { usb, firmware }: ProbeProfile = PROBE_PROFILES[probe];
    const device = { ...usb, serialNumber: serial, latencyUs: 0 };
    super(device, firmware(new VirtualDebugPort(chip), serial), chip, host.clock);
    this.#startMs = host.clock.now() - chip.timeUs / 1000;
  }

  override async transferOut(endpoint: number, data: BufferSource): Promise<USBOutTransferResult> {
    await this.host.software();
    await this.host.carry(data.byteLength, this.setup.packetSize);
    void this.#execute(() => super.transferOut(endpoint, data));
    await this.host.software();
    return { status: 'ok', bytesWritten: data.byteLength };
  }

  override async transferIn(_endpoint: number, length: number): Promise<USBInTransferResult> {
    await this.host.software();
    const reply = await new Promise<Uint8Array<ArrayBuffer>>((resolve) => {
      this.#asking.push(resolve);
      this.#answer();
    });
    await this.host.carry(reply.length, this.setup.packetSize);
    this.firmware.fetched?.();
    await this.host.software();
    const status = reply.length > length ? 'babble' : 'ok';
    return { status, data: new DataView(reply.slice(0, length).buffer) };
  }

  /** SET_REPORT: the request is carried out before its last stage. */
  override async controlTransferOut(
    setup: USBControlTransferParameters,
    data: BufferSource = new Uint8Array(),
  ): Promise<USBOutTransferResult> {
    await this.host.software();
    await this.#stage(8);
    await this.#stage(data.byteLength);
    const result = await this.#execute(() => super.controlTransferOut(setup, data));
    await this.#stage(0);
    await this.host.software();
    return result;
  }

  override async controlTransferIn(
    setup: USBControlTransferParameters,
    length: number,
  ): Promise<USBInTransferResult> {
    await this.host.software();
    await this.#stage(8);
    this.replies.push(...this.#replies.splice(0, 1));
    const result = await super.controlTransferIn(setup, length);
    await this.#stage(length);
    await this.#stage(0);
    await this.host.software();
    return result;
  }

  #stage(length: number): Promise<void> {
    return this.host.carry(length, this.setup.packetSize);
  }

  /** Once it is done with what came before, and for as long as SWD and chip take. */
  #execute<T>(request: () => Promise<T>): Promise<T> {
    const result = this.#probe.then(async () => {
      await this.host.clock.sleep(FIRMWARE_MS);
      const answer = await request();
      await this.host.clock.sleep(this.#startMs + this.chip.timeUs / 1000 - this.host.clock.now());
      this.#replies.push(...this.replies.splice(0));
      this.#answer();
      return answer;
    });
    this.#probe = result;
    return result;
  }

  #answer(): void {
    while (this.#asking.length > 0 && this.#replies.length > 0) this.#asking.shift()!(this.#replies.shift()!);
  }
}
