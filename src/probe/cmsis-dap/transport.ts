/**
 * Packets to and from a CMSIS-DAP probe: DAPjs's WebUSB transport, put right.
 *
 * DAPjs claims the first vendor-specific interface it finds, looks at no transfer's status, sends the whole buffer under a
 * view, and takes every probe for one of 64-byte packets. Here it is given a device with one interface, whose transfers are checked.
 */
import { WebUSB, type Transport } from 'dapjs';
import { checkedDevice, type UsbContext } from '../checked-device.ts';
import { badReply } from '../errors.ts';
import type { RecognisedProbe } from '../recognise.ts';

const DAP_INFO = 0x00;
const INFO_PACKET_COUNT = 0xfe;
const INFO_PACKET_SIZE = 0xff;

/** Replies that an interrupted session may have left behind: no probe has buffers for more. */
const MOST_STALE_REPLIES = 64;

export class DapTransport implements Transport {
  /** Bytes of the longest request and reply; 64 until the probe has said otherwise. */
  packetSize = 64;
  packetCount = 1;
  readonly #usb: WebUSB;

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
    if (!this.probe.endpoints) await this.write(request);
    const [reply] = await Promise.all([this.read(), this.probe.endpoints ? this.write(request) : undefined]);
    if (reply.byteLength === 0 || reply.getUint8(0) !== request[0]) {
      const said = reply.byteLength === 0 ? 'nothing' : `command ${reply.getUint8(0)}`;
      throw badReply(this.probe.title, `${said} where command ${request[0]} is due`);
    }
    return reply;
  }

  /**
   * Take out what an interrupted session left in the probe, then ask for its packet size and count.
   *
   * A stale reply may itself be one to DAP_Info. So the questions take turns and their answers differ in length: whatever stale
   * reply passed for an answer, the true one is then in the way of the next and is thrown away there.
   */
  async #drainAndMeasure(): Promise<void> {
    await this.#askUntilAnswered(INFO_PACKET_SIZE, 2);
    const count = await this.#askUntilAnswered(INFO_PACKET_COUNT, 1);
    const size = await this.#askUntilAnswered(INFO_PACKET_SIZE, 2);
    this.packetCount = Math.max(1, count.getUint8(2));
    this.packetSize = Math.max(64, size.getUint16(2, true));
    Object.assign(this.#usb, { packetSize: this.packetSize }); // declared as the literal 64
  }

  async #askUntilAnswered(info: number, length: number): Promise<DataView> {
    await this.write(new Uint8Array([DAP_INFO, info]));
    for (let i = 0; i <= MOST_STALE_REPLIES; i++) {
      const reply = await this.read();
      const answered =
        reply.byteLength >= 2 + length && reply.getUint8(0) === DAP_INFO && reply.getUint8(1) === length;
      if (answered) return reply;
    }
    throw badReply(this.probe.title, 'it never answers what it is asked');
  }
}

const viewOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
