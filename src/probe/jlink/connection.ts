/**
 * A session with a J-Link: from its first command to its last, and the commands that are no SWD transfers.
 *
 * Source: docs/probe-protocols.md §4.2 (order of the start), §4.3 (commands, bits of the capabilities), §4.4 and §4.5 (CF and 1A).
 */
import { bytes, concatenate, struct, toHex, u16, u32, u8, type Decoded } from '../../bytes.ts';
import { badReply, noMemoryInProbe, noSwd } from '../errors.ts';
import type { ProbeAnswer } from '../swd-link.ts';
import { allDriven, type ClockedBits } from './swd-bits.ts';
import type { JlinkTransport } from './transport.ts';

const GET_VERSION = 0x01;
const SET_SPEED = 0x05;
const GET_STATE = 0x07;
const STATE_LENGTH = 8;
const REGISTER = 0x09;
const SET_EMU_OPTION = 0x0e;
const CORESIGHT = 0x1a;
const GET_SPEEDS = 0xc0;
const SELECT_IF = 0xc7;
const CLOCK_BITS = 0xcf;
const GET_MAX_MEM_BLOCK = 0xd4;
const RESET_LOW = 0xdc;
const RESET_HIGH = 0xdd;
const GET_CAPS = 0xe8;
const GET_CAPS_EX = 0xed;

/** What the probe can do beyond the least, by bit of its capabilities. */
const CAN_TELL_SPEEDS = 9;
const CAN_TELL_MAX_BLOCK = 11;
const CAN_SELECT_INTERFACE = 17;
const CAN_REGISTER = 27;
const HAS_MORE_CAPS = 31;
const CAN_SET_OPTIONS = 46;
const CAN_CORESIGHT = 62;

const ALL_INTERFACES = 0xff;
const SWD = 1;

const OPTION_MAX_TRANSFER = 5;
const emuOption = struct({ option: u32, value: u32, handle: u16, reserved: bytes(6) });

const REGISTER_ON = 0x64;
const REGISTER_OFF = 0x65;
/** Whoever uses a probe tells it a process, a host and two numbers that mean nothing to it; it gives back a handle. */
const registration = struct({ processId: u32, hostId: u32, iid: u8, cid: u8, handle: u16 });
const MESHPRESS: Decoded<typeof registration> = {
  processId: 0x4d505253,
  hostId: 0,
  iid: 0,
  cid: 0,
  handle: 0,
};
const registered = struct({ handle: u16, entries: u16, entrySize: u16, extra: u16 });
const SHORTEST_REGISTRATION = 0x4c;

const speeds = struct({ baseHz: u32, minDivider: u16 });

/** Of CF: 0 is success. */
const NO_MEMORY = 6;

/** Bits and what is sampled meanwhile, in bytes, of all requests under way: the probe may take no more before a reply is fetched. */
export const MOST_IN_FLIGHT = 1024;
/** Bits are counted in 16 bits. */
const MOST_BITS = 0xffff;
/** As many as fill several packets, at full speed too: a millisecond at 1 MHz. */
const TRIAL_BITS = 1024;
/** Bytes of bits that fit into a request by what the probe says of its memory, and those that fit anyhow. See docs/probe-protocols.md §4.4. */
const bytesOfBits = (memory: number) => Math.max(LEAST_BIT_BYTES, Math.floor((memory - 16) / 2));
const LEAST_BIT_BYTES = 18;

export class JlinkSession {
  #handle: number | undefined;
  /** Place of our registration, which command 1A wants to know; unknown where the probe keeps none. */
  #connection: number | undefined;
  #capabilities: Uint8Array = new Uint8Array(32);
  /** Bytes of bits that one request may hold, as far as the probe's memory goes. */
  #mostBitBytes = Infinity;
  #maxHz = Infinity;
  /** Requests to clock bits, or jobs, that it takes before the first is answered; see `learnToWorkAhead`. */
  requestsAtOnce: 1 | 2 = 1;
  /** What the probe's firmware calls itself. */
  firmware = '';
  /** What it answered to our registration, whole. */
  #registrationReply: Uint8Array = new Uint8Array();
  #saidMemory: number | undefined;
  #saidSpeeds: Decoded<typeof speeds> | undefined;

  constructor(readonly transport: JlinkTransport) {}

  /** The start that SEGGER's own programs make, up to the choice of SWD; the clock is still to be set. */
  async start(): Promise<void> {
    const { transport } = this;
    await transport.ask(Uint8Array.of(GET_VERSION), lengthOfVersion);
    const caps = await transport.ask(Uint8Array.of(GET_CAPS), () => 4);
    this.#capabilities.set(caps);
    if (this.#can(HAS_MORE_CAPS))
      this.#capabilities = await transport.exchange(Uint8Array.of(GET_CAPS_EX), 32);
    if (this.#can(CAN_SET_OPTIONS)) await this.#limitTransfers();
    // Again, as the first may have been answered by a boot loader.
    const version = await transport.exchange(Uint8Array.of(GET_VERSION), lengthOfVersion);
    this.firmware = String.fromCharCode(...version.subarray(2)).split('\0', 1)[0]!;
    if (this.#can(CAN_REGISTER)) await this.#register();
    await this.#selectSwd();
    if (this.#can(CAN_TELL_MAX_BLOCK))
      this.#mostBitBytes = bytesOfBits(
        (this.#saidMemory = await this.#exchange32(Uint8Array.of(GET_MAX_MEM_BLOCK))),
      );
    if (this.#can(CAN_TELL_SPEEDS)) {
      const told = speeds.decode(await transport.exchange(Uint8Array.of(GET_SPEEDS), speeds.size));
      this.#saidSpeeds = told;
      this.#maxHz = told.baseHz / Math.max(1, told.minDivider);
    }
  }

  /** The nearest rate that is not above and that the probe has. Selecting an interface forgets it. */
  setClock(hz: number): Promise<void> {
    const kHz = Math.floor(Math.min(hz, this.#maxHz, 0xfffe_000) / 1000);
    return this.transport.send(Uint8Array.of(SET_SPEED, ...u16Bytes(Math.max(1, kHz))));
  }

  /** Voltage of the target in millivolts, as the probe measures it. */
  async targetMillivolts(): Promise<number> {
    const state = await this.transport.exchange(Uint8Array.of(GET_STATE), STATE_LENGTH);
    return state[0]! | (state[1]! << 8);
  }

  setReset(asserted: boolean): Promise<void> {
    return this.transport.send(Uint8Array.of(asserted ? RESET_LOW : RESET_HIGH));
  }

  /**
   * Find out whether the probe takes a request while it works on the one before, which nobody promises: with two of them that leave
   * SWDIO low, and a question behind. Where the second is lost, the question is answered in its place.
   *
   * A probe may have less memory than it says. It tells so by a status of its own, and shorter requests are tried from there on.
   *
   * @throws `probe/no-memory` when it has none for the shortest
   */
  async learnToWorkAhead(): Promise<void> {
    for (;;) {
      const bits = Math.min(TRIAL_BITS, this.mostBits(2));
      if (await this.#tryTwo(bits)) return;
      if (bits <= 8 * LEAST_BIT_BYTES) throw noMemoryInProbe(this.transport.probe.title, 4 + bits / 4);
      this.#mostBitBytes = Math.max(LEAST_BIT_BYTES, Math.floor(bits / 16));
    }
  }

  /** @returns false when there was no memory for a request of so many bits */
  async #tryTwo(bits: number): Promise<boolean> {
    const { transport } = this;
    const output = new Uint8Array(bits / 8);
    const idle = requestOf(allDriven(output, 8 * output.length));
    const length = output.length + 1;
    const first = transport.exchange(idle, length);
    const second = transport.exchange(idle, (reply) =>
      reply.length === STATE_LENGTH ? STATE_LENGTH : length,
    );
    second.catch(() => {}); // looked at when its turn comes
    const status = (await first).at(-1);
    if (status !== NO_MEMORY) this.#assertClocked(await first, idle.length);
    const question = transport.exchange(Uint8Array.of(GET_STATE), STATE_LENGTH);
    question.catch(() => {});
    const reply = await second;
    this.requestsAtOnce = reply.length === length && reply.at(-1) === 0 ? 2 : 1;
    if (reply.length !== length) await transport.send(Uint8Array.of(GET_STATE)); // the first answer is used up
    await question;
    return status !== NO_MEMORY;
  }

  /** Bits that one `clock` takes where so many are under way. */
  mostBits(requests: number): number {
    const byFlight = Math.floor((MOST_IN_FLIGHT / requests - 5) / 3);
    return Math.min(8 * Math.min(byFlight, this.#mostBitBytes), MOST_BITS);
  }

  /** @returns what was sampled, one bit for each clocked */
  async clock(bits: ClockedBits): Promise<Uint8Array> {
    const request = requestOf(bits);
    const length = bits.direction.length;
    const reply = await this.transport.exchange(request, length + 1);
    this.#assertClocked(reply, request.length);
    return reply.subarray(0, length);
  }

  #assertClocked(reply: Uint8Array, requestLength: number): void {
    const status = reply.at(-1)!;
    const { title } = this.transport.probe;
    if (status === NO_MEMORY) throw noMemoryInProbe(title, requestLength);
    if (status !== 0) throw badReply(title, `status ${status} to ${requestLength} bytes`);
  }

  /** The probe knows registers itself, so that SWD need not be clocked bit by bit. */
  get knowsRegisters(): boolean {
    return this.#connection !== undefined && this.#can(CAN_CORESIGHT);
  }

  /** To be called once before the first job. No options are set: an empty text. */
  async configureRegisters(): Promise<void> {
    const request = Uint8Array.of(CORESIGHT, this.#connection!, 0, 0, ...u32Bytes(1), 0);
    const status = await this.#exchange32(request);
    if (status !== 0) throw badReply(this.transport.probe.title, `status ${status} to a configuration`);
  }

  /** @param descriptors  20 bytes each @returns 8 bytes for each */
  runRegisterJob(descriptors: Uint8Array, count: number): Promise<Uint8Array> {
    const header = Uint8Array.of(CORESIGHT, this.#connection!, 1, 0, ...u32Bytes(count));
    return this.transport.exchange(concatenate([header, descriptors]), 8 * count);
  }

  /** What it said of itself at the start, for a report. */
  get answers(): readonly ProbeAnswer[] {
    const { baseHz, minDivider } = this.#saidSpeeds ?? {};
    return [
      { question: 'J-Link capabilities', answer: toHex(this.#capabilities) },
      {
        question: 'two requests at once',
        answer: this.requestsAtOnce === 2 ? 'taken' : 'the second is lost',
      },
      { question: 'command 1A', answer: this.#can(CAN_CORESIGHT) ? 'known' : 'not known' },
      {
        question: 'registrations',
        answer: `ours at ${this.#connection ?? 'no'} place of ${toHex(this.#registrationReply)}`,
      },
      { question: 'memory for requests (D4)', answer: `${this.#saidMemory ?? 'not told'}` },
      { question: 'speeds (C0)', answer: baseHz ? `${baseHz} Hz by ${minDivider} or more` : 'not told' },
    ];
  }

  /** Give up our registration. */
  async end(): Promise<void> {
    if (this.#handle !== undefined) await this.#registration(REGISTER_OFF, this.#handle);
  }

  #can(bit: number): boolean {
    return ((this.#capabilities[bit >> 3]! >> (bit & 7)) & 1) === 1;
  }

  /** Its status is of no consequence: nothing we ask for is as long. */
  async #limitTransfers(): Promise<void> {
    const body = emuOption.encode({
      option: OPTION_MAX_TRANSFER,
      value: 2048,
      handle: 0,
      reserved: new Uint8Array(6),
    });
    await this.#exchange32(concatenate([Uint8Array.of(SET_EMU_OPTION), body]));
  }

  /** An entry repeats what was registered, with the handle that the head of the reply gives us. */
  async #register(): Promise<void> {
    const reply = await this.#registration(REGISTER_ON, 0);
    this.#registrationReply = reply;
    const { handle, entries, entrySize } = registered.decode(reply);
    this.#handle = handle;
    for (let i = 0; i < entries && entrySize >= registration.size; i++) {
      const entry = registration.decode(reply, registered.size + i * entrySize);
      if (entry.handle === handle) this.#connection = i;
    }
  }

  #registration(command: number, handle: number): Promise<Uint8Array> {
    const body = registration.encode({ ...MESHPRESS, handle });
    return this.transport.exchange(
      concatenate([Uint8Array.of(REGISTER, command), body]),
      lengthOfRegistration,
    );
  }

  async #selectSwd(): Promise<void> {
    if (!this.#can(CAN_SELECT_INTERFACE)) throw noSwd(this.transport.probe.title);
    const interfaces = await this.#exchange32(Uint8Array.of(SELECT_IF, ALL_INTERFACES));
    if ((interfaces & (1 << SWD)) === 0) throw noSwd(this.transport.probe.title);
    await this.#exchange32(Uint8Array.of(SELECT_IF, SWD)); // says which was selected before
  }

  async #exchange32(request: Uint8Array<ArrayBuffer>): Promise<number> {
    const reply = await this.transport.exchange(request, 4);
    return new DataView(reply.buffer, reply.byteOffset).getUint32(0, true);
  }
}

const requestOf = ({ count, direction, output }: ClockedBits): Uint8Array<ArrayBuffer> =>
  concatenate([Uint8Array.of(CLOCK_BITS, 0, ...u16Bytes(count)), direction, output]);

const u16Bytes = (value: number) => [value & 0xff, (value >> 8) & 0xff];
const u32Bytes = (value: number) => [...u16Bytes(value), ...u16Bytes(value >>> 16)];

const lengthOfVersion = (reply: Uint8Array) => (reply.length < 2 ? 2 : 2 + reply[0]! + (reply[1]! << 8));

function lengthOfRegistration(reply: Uint8Array): number {
  if (reply.length < registered.size) return SHORTEST_REGISTRATION;
  const { entries, entrySize, extra } = registered.decode(reply);
  return Math.max(SHORTEST_REGISTRATION, registered.size + entries * entrySize + extra);
}
