/**
 * Packets to and from a CMSIS-DAP probe: DAPjs's WebUSB transport, put right.
 *
 * DAPjs claims the first vendor-specific interface it finds, looks at no transfer's status, sends the whole buffer under a
 * view, and takes every probe for one of 64-byte packets. Here it is given a device with one interface, whose transfers are checked.
 */
import { WebUSB, type Transport } from 'dapjs';
import { KnownError } from '../../errors.ts';
import { checkedDevice, type UsbContext } from '../checked-device.ts';
import { badReply } from '../errors.ts';
import type { RecognisedProbe } from '../recognise.ts';

const DAP_INFO = 0x00;
const INFO_PACKET_COUNT = 0xfe;
const INFO_PACKET_SIZE = 0xff;

/** Replies that an interrupted session may have left behind: no probe has buffers for more. */
const MOST_STALE_REPLIES = 64;
/** Buffers of a probe that is spoken to over the control pipe: those of an ATSAM3U with DAPLink. */
const REPORT_BUFFERS = 4;
/** Pairs of requests that are tried. */
const TRIALS = 50;
/** For an interface that may be none of a probe. */
const ANSWER_LIMIT_MS = 1_000;

export class DapTransport implements Transport {
  /** Bytes of the longest request and reply; 64 until the probe has said otherwise. */
  packetSize = 64;
  packetCount = 1;
  readonly #usb: WebUSB;
  /** What ended a transfer: nobody knows what the next reply would belong to. */
  #broken: unknown;

  constructor(
    readonly device: USBDevice,
    readonly probe: RecognisedProbe,
    readonly context: UsbContext,
  ) {
    this.#usb = new WebUSB(
      checkedDevice(device, probe, context),
      undefined,
      device.configurations[0]?.configurationValue,
    );
  }

  async open(): Promise<void> {
    await this.#usb.open();
    await this.#drainAndMeasure();
  }

  close(): Promise<void> {
    return this.#usb.close();
  }

  write(data: BufferSource): Promise<void> {
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : viewOf(data as ArrayBufferView);
    return this.#usb.write(bytes.slice());
  }

  read(): Promise<DataView> {
    return this.#usb.read();
  }

  /**
   * One request and its reply. Over endpoints both travel at once, so several exchanges may be under way; over the control
   * pipe a reply is fetched once the request has gone through, and the next exchange must wait for it.
   */
  async exchange(request: Uint8Array<ArrayBuffer>): Promise<DataView> {
    if (this.#broken !== undefined) throw this.#broken;
    const reply = await this.#transfer(request).catch((error) => {
      this.#broken ??= error;
      throw error;
    });
    if (reply.byteLength === 0 || reply.getUint8(0) !== request[0]) {
      const said = reply.byteLength === 0 ? 'nothing' : `command ${reply.getUint8(0)}`;
      throw badReply(this.probe.title, `${said} where command ${request[0]} is due`);
    }
    return reply;
  }

  /**
   * Whether replies over the control pipe survive one another: two questions with answers of different lengths, both sent before either
   * answer is fetched, again and again. The probe has buffers for more. Afterwards it is read empty.
   */
  async tryTwoAtOnce(): Promise<string> {
    let inOrder = 0;
    for (let i = 0; i < TRIALS; i++) {
      await this.write(new Uint8Array([DAP_INFO, INFO_PACKET_COUNT]));
      await this.write(new Uint8Array([DAP_INFO, INFO_PACKET_SIZE]));
      const count = await this.read();
      const size = await this.read();
      if (isAnswer(count, 1) && isAnswer(size, 2)) inOrder++;
      else for (let left = 0; left < REPORT_BUFFERS; left++) await this.read();
    }
    return `${inOrder} of ${TRIALS} pairs came whole and in order`;
  }

  async #transfer(request: Uint8Array<ArrayBuffer>): Promise<DataView> {
    if (!this.probe.endpoints) await this.write(request);
    const [reply] = await Promise.all([this.read(), this.probe.endpoints ? this.write(request) : undefined]);
    return reply;
  }

  /**
   * Take out what an interrupted session left in the probe, then ask for its packet size and count.
   *
   * A stale reply may itself be one to DAP_Info. So the questions take turns and their answers differ in length: whatever stale
   * reply passed for an answer, the true one is then in the way of the next and is thrown away there. Over the control pipe there is
   * always something to read, so it is read as often as there are buffers, before anything is asked.
   */
  async #drainAndMeasure(): Promise<void> {
    if (this.probe.endpoints) await this.#askUntilAnswered(INFO_PACKET_SIZE, 2);
    else for (let i = 0; i < REPORT_BUFFERS; i++) await this.read();
    const count = await this.#askUntilAnswered(INFO_PACKET_COUNT, 1);
    const size = await this.#askUntilAnswered(INFO_PACKET_SIZE, 2);
    this.packetCount = Math.max(1, count.getUint8(2));
    this.packetSize = Math.max(64, size.getUint16(2, true));
    Object.assign(this.#usb, { packetSize: this.packetSize }); // declared as the literal 64
  }

  /**
   * A probe whose buffers are full takes no question before a reply is fetched. So over endpoints the first read is under way before the
   * question is, and who waits for whom does not matter.
   */
  async #askUntilAnswered(info: number, length: number): Promise<DataView> {
    const question = new Uint8Array([DAP_INFO, info]);
    if (!this.probe.endpoints) await this.write(question);
    let reading = this.read();
    const asked = this.probe.endpoints ? this.write(question) : Promise.resolve();
    const refused = new Promise<never>((_, reject) => asked.catch(reject));
    for (let i = 0; i <= MOST_STALE_REPLIES; i++, reading = this.read()) {
      reading.catch(() => {}); // where the question is refused first, that is what is told
      const reply = await Promise.race([refused, reading]);
      if (!isAnswer(reply, length)) continue;
      await asked;
      return reply;
    }
    throw badReply(this.probe.title, 'it never answers what it is asked');
  }
}

const isAnswer = (reply: DataView, length: number): boolean =>
  reply.byteLength >= 2 + length && reply.getUint8(0) === DAP_INFO && reply.getUint8(1) === length;

/**
 * Whether an interface is one of CMSIS-DAP: opened, asked for its packet size, and closed again.
 *
 * @throws what keeps anybody from it: `probe/busy`, `probe/no-driver`, `probe/segger-driver`, `probe/not-opened`, `probe/disconnected`
 */
export async function answersAsDap(
  device: USBDevice,
  candidate: RecognisedProbe,
  context: UsbContext,
): Promise<boolean> {
  const transport = new DapTransport(device, candidate, { ...context, timeoutMs: ANSWER_LIMIT_MS });
  try {
    await transport.open();
    return true;
  } catch (error) {
    if (error instanceof KnownError && SAYS_NO.has(error.code)) return false;
    throw error;
  } finally {
    await transport.close();
  }
}
const SAYS_NO = new Set<string>(['probe/timeout', 'probe/protocol']);

const viewOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
