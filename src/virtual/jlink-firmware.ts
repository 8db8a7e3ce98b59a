/**
 * The firmware of a virtual J-Link OB: one request in, one reply out, or none.
 *
 * Below lies the debug port, whole for the commands that know registers and bit by bit for those that do not; above lies USB, which
 * it does not know. Source: docs/probe-protocols.md §4.
 */
import { concatenate } from '../bytes.ts';
import { ACK_OK, ACK_WAIT, AP, READ, type SwdAnswer, type VirtualDebugPort } from './debug-port.ts';
import { SwdLine } from './swd-line.ts';
import type { ProbeFirmware } from './usb-device.ts';

export interface JlinkFirmwareSetup {
  /** What it calls itself, with the day it was compiled. */
  readonly version: string;
  /** What it can do, one bit each: 4 bytes as GET_CAPS gives them, or 32 as GET_CAPS_EX does. */
  readonly capabilities: readonly number[];
  readonly baseHz: number;
  readonly minDivider: number;
  /** Bytes of the longest request that clocks bits. */
  readonly maxMemBlock: number;
  /** Others that are registered with it, before whom it lists us. */
  readonly otherConnections: number;
  /** The length of a version in a transfer of its own. */
  readonly splitsVersion: boolean;
}

/** What goes wrong in the probe. */
export interface JlinkFaults {
  /** Its memory is used up once this many requests to clock bits have passed. */
  noMemoryAfter?: number;
  /** Bytes of the longest request to clock bits that it has memory for, less than it says. */
  memoryBytes?: number;
}

type Reply = Uint8Array<ArrayBuffer>;

const SWD = 1;
/** JTAG and SWD. */
const INTERFACES = 0x3;
/** A freshly selected interface is slow. */
const SELECTED_HZ = 100_000;
/** Bytes of requests and replies together; of a job the request alone, as it is carried out while it comes in. */
const MOST_IN_FLIGHT = 1024;
const JOB = 0x1a;
const NO_MEMORY = 6;
/** Whatever is not 0; what it says beyond that is known to nobody outside. */
const FAILED = 0xffffff01;
const LONGEST_WAIT_US = 100_000;
const TARGET_MILLIVOLTS = 3_000;
const HANDLE = 0x0203;
const RDBUFF = READ | 0xc;

export class JlinkFirmware implements ProbeFirmware {
  readonly faults: JlinkFaults = {};
  readonly line: SwdLine;
  #interface = 0;
  #registered = false;
  #configured = false;
  /** What requests take of its memory, by replies that nobody has fetched. */
  readonly #unfetched: number[] = [];

  constructor(
    readonly port: VirtualDebugPort,
    readonly setup: JlinkFirmwareSetup,
  ) {
    this.line = new SwdLine(port);
  }

  execute(request: Uint8Array): Reply | readonly Reply[] | undefined {
    const reply = this.#carryOut(request, viewOf(request));
    if (reply === undefined) return undefined;
    const whole = reply instanceof Uint8Array ? reply : concatenate(reply);
    this.#unfetched.push(request.length + (request[0] === JOB ? 0 : whole.length));
    const inFlight = this.#unfetched.reduce((sum, one) => sum + one, 0);
    return inFlight > MOST_IN_FLIGHT ? undefined : reply; // takes no more, and never ends
  }

  fetched(): void {
    this.#unfetched.shift();
  }

  #carryOut(request: Uint8Array, view: DataView): Reply | readonly Reply[] | undefined {
    const { capabilities, baseHz, minDivider, maxMemBlock } = this.setup;
    switch (request[0]) {
      case 0x01:
        return this.#version();
      case 0x05: {
        const kHz = view.getUint16(1, true);
        this.port.clockHz = Math.min(kHz === 0xffff ? Infinity : kHz * 1000, baseHz / minDivider);
        return undefined;
      }
      case 0x07: {
        const millivolts = this.#millivolts;
        return Uint8Array.of(millivolts & 0xff, millivolts >> 8, 0, 0, 0, 1, 1, 0);
      }
      case 0x09:
        return this.#register(request);
      case 0x0e:
        return this.#has(46) ? u32(0) : undefined;
      case JOB:
        return this.#has(62) ? this.#coresight(view) : undefined;
      case 0xc0:
        return Uint8Array.of(...u32(baseHz), minDivider & 0xff, minDivider >> 8);
      case 0xc7:
        return this.#select(request[1]!);
      case 0xcf:
        return this.#clockBits(request, view.getUint16(2, true));
      case 0xd4:
        return u32(maxMemBlock);
      case 0xdc:
      case 0xdd:
        this.port.chip.pullResetPin(request[0] === 0xdc);
        return undefined;
      case 0xe8:
        return Uint8Array.from(capabilities.slice(0, 4));
      case 0xed:
        return this.#has(31) ? Uint8Array.from({ length: 32 }, (_, i) => capabilities[i] ?? 0) : undefined;
      default:
        return undefined;
    }
  }

  #has(bit: number): boolean {
    return (((this.setup.capabilities[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1;
  }

  get #millivolts(): number {
    return this.port.chip.powered ? TARGET_MILLIVOLTS : 0;
  }

  #version(): readonly Reply[] {
    const text = new TextEncoder().encode(`${this.setup.version}\0Copyright by nobody\0`);
    const length = Uint8Array.of(text.length & 0xff, text.length >> 8);
    return this.setup.splitsVersion ? [length, text] : [concatenate([length, text])];
  }

  #register(request: Uint8Array): Reply {
    this.#registered = request[1] === 0x64;
    const { otherConnections } = this.setup;
    const entries = Array.from({ length: otherConnections + 1 }, (_, i) => {
      const entry = new Uint8Array(16);
      if (i < otherConnections) entry[10] = i + 1;
      else entry.set([...request.subarray(2, 12), HANDLE & 0xff, HANDLE >> 8]);
      return entry;
    });
    const extra = new Uint8Array(52);
    new DataView(extra.buffer).setUint32(48, this.#millivolts, true);
    const head = Uint8Array.of(HANDLE & 0xff, HANDLE >> 8, entries.length, 0, 16, 0, extra.length, 0);
    return concatenate([head, ...entries, extra]);
  }

  #select(which: number): Reply {
    if (which === 0xff) return u32(INTERFACES);
    const before = this.#interface;
    if (which !== 0xfe) {
      this.#interface = which;
      this.port.clockHz = SELECTED_HZ;
    }
    return u32(before);
  }

  /* Bit by bit */

  /** What it samples is the line after each clock, which is a bit early: the acknowledge begins with the turnaround. */
  #clockBits(request: Uint8Array, count: number): Reply {
    const bytes = Math.ceil(count / 8);
    const reply = new Uint8Array(bytes + 1);
    const { noMemoryAfter, memoryBytes = Infinity } = this.faults;
    if (noMemoryAfter !== undefined) this.faults.noMemoryAfter = noMemoryAfter - 1;
    if (noMemoryAfter === 0 || request.length > Math.min(memoryBytes, this.setup.maxMemBlock)) {
      delete this.faults.noMemoryAfter;
      reply[bytes] = NO_MEMORY;
      return reply;
    }
    const bit = (from: number, i: number) => ((request[from + (i >> 3)]! >> (i & 7)) & 1) as 0 | 1;
    for (let i = 0; i < count && this.#interface === SWD; i++) {
      this.line.clock(bit(4, i) ? bit(4 + bytes, i) : null);
      reply[i >> 3]! |= this.line.level << (i & 7);
    }
    this.port.settle();
    return reply;
  }

  /* By registers */

  #coresight(view: DataView): Reply | undefined {
    if (!this.#registered || view.getUint8(1) !== this.setup.otherConnections) return u32(FAILED);
    if (view.getUint8(2) === 0) {
      this.#configured = true;
      return u32(0);
    }
    const count = view.getUint32(4, true);
    const reply = new DataView(new ArrayBuffer(8 * count));
    let status = this.#configured && this.#interface === SWD ? 0 : FAILED;
    for (let i = 0; i < count; i++) {
      const word = status === 0 ? this.#access(view, 8 + 20 * i) : 0;
      if (word === undefined) status = FAILED;
      reply.setUint32(8 * i, status, true);
      reply.setUint32(8 * i + 4, word ?? 0, true);
    }
    return new Uint8Array(reply.buffer);
  }

  /** @returns the word read, 0 for a write; `undefined` when it failed */
  #access(view: DataView, at: number): number | undefined {
    const [data, mask, compare, timeoutMs] = [0, 4, 8, 12].map((offset) => view.getUint32(at + offset, true));
    const isAp = view.getUint8(at + 17) === 1;
    const isRead = view.getUint8(at + 18) === 1;
    const header = (isAp ? AP : 0) | (isRead ? READ : 0) | (view.getUint8(at + 16) << 2);
    const untilUs = this.port.chip.timeUs + 1000 * timeoutMs!;
    for (;;) {
      let answer = this.#patiently(header, data);
      if (isAp && isRead && answer.ack === ACK_OK) answer = this.#patiently(RDBUFF);
      if (answer.ack !== ACK_OK) return undefined;
      if (((answer.data ^ compare!) & mask!) === 0) return answer.data;
      if (this.port.chip.timeUs >= untilUs) return undefined;
    }
  }

  #patiently(header: number, data = 0): SwdAnswer {
    const untilUs = this.port.chip.timeUs + LONGEST_WAIT_US;
    let answer = this.port.transfer(header, data);
    while (answer.ack === ACK_WAIT && this.port.chip.timeUs < untilUs)
      answer = this.port.transfer(header, data);
    return answer;
  }
}

const u32 = (value: number): Reply => Uint8Array.from([0, 8, 16, 24], (shift) => value >>> shift);
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
