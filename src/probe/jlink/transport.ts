/**
 * Requests to a J-Link and its replies, over the two bulk endpoints of its vendor interface.
 *
 * A reply names no command, and its length is known only to those who asked. It may come in several transfers.
 * Source: docs/probe-protocols.md §4.1.
 */
import { concatenate } from '../../bytes.ts';
import { checkedDevice, type UsbContext } from '../checked-device.ts';
import { badReply } from '../errors.ts';
import type { RecognisedProbe } from '../recognise.ts';

/** How long the whole reply is, as far as its beginning tells. */
export type LengthOf = (beginning: Uint8Array) => number;

/** Of a reply whose length only it itself tells. */
export const LONGEST_REPLY = 0x200;
/** No transfer is longer, and one of just this length is followed by no empty packet. */
const LONGEST_TRANSFER = 2048;

/** Pieces of replies that an interrupted session may have left behind: no probe has buffers for more. */
const MOST_STALE_PIECES = 64;

export class JlinkTransport {
  readonly #usb: USBDevice;
  readonly #endpoints: { readonly in: number; readonly out: number };
  readonly #packetSize: number;
  /** Still to come; once it has failed all after it do, as nobody knows what the next reply would belong to. */
  #lastReply: Promise<unknown> | undefined;

  constructor(
    readonly device: USBDevice,
    readonly probe: RecognisedProbe,
    readonly context: UsbContext,
  ) {
    this.#usb = checkedDevice(device, probe, context);
    this.#endpoints = probe.endpoints!; // a J-Link is recognised by them
    this.#packetSize = probe.usbInterface.alternates[0]!.endpoints[0]!.packetSize;
  }

  /** @throws `probe/segger-driver`, `probe/busy`, `probe/no-driver`, `probe/not-opened`, `probe/disconnected` */
  async open(): Promise<void> {
    await this.#usb.open();
    await this.#usb.selectConfiguration(this.device.configurations[0]?.configurationValue ?? 1);
    await this.#usb.claimInterface(this.probe.usbInterface.interfaceNumber);
  }

  close(): Promise<void> {
    return this.#usb.close();
  }

  /** A request that has no reply. */
  async send(request: Uint8Array<ArrayBuffer>): Promise<void> {
    const { bytesWritten } = await this.#usb.transferOut(this.#endpoints.out, request);
    if (bytesWritten !== request.length)
      throw badReply(this.probe.title, `it took ${bytesWritten} of ${request.length} bytes`);
  }

  /**
   * A request and its reply. Both travel at once, as the probe may take the end of a request only when its reply is fetched. Of
   * several exchanges made at once each reply is waited for when the one before has come whole.
   *
   * @param length  of the reply in bytes
   * @throws        `probe/protocol` when the reply is longer
   */
  async exchange(request: Uint8Array<ArrayBuffer>, length: number | LengthOf): Promise<Uint8Array> {
    const lengthOf = typeof length === 'number' ? () => length : length;
    const most = typeof length === 'number' ? length : LONGEST_REPLY;
    const receive = () => this.#receive(lengthOf, most);
    const received = this.#lastReply?.then(receive) ?? receive();
    this.#lastReply = received;
    const [reply] = await Promise.all([received, this.send(request)]);
    if (this.#lastReply === received) this.#lastReply = undefined;
    return reply;
  }

  /**
   * The first two exchanges of a session, whose replies differ in length. The reply that an interrupted session left in the probe
   * comes first and is thrown away: what has not just the length of the one due is none. Should it have that length, then the true
   * one is in the way of the second exchange, and is thrown away there.
   */
  async ask(request: Uint8Array<ArrayBuffer>, lengthOf: LengthOf): Promise<Uint8Array> {
    await this.send(request);
    let before: Uint8Array = new Uint8Array();
    for (let i = 0; i <= MOST_STALE_PIECES; i++) {
      const piece = await this.#read(LONGEST_REPLY);
      for (const reply of [concatenate([before, piece]), piece])
        if (reply.length === lengthOf(reply)) return reply;
      before = piece;
    }
    throw badReply(this.probe.title, 'it never answers what it is asked');
  }

  async #receive(lengthOf: LengthOf, most: number): Promise<Uint8Array> {
    let reply: Uint8Array = new Uint8Array();
    do {
      reply = concatenate([reply, await this.#read(most - reply.length)]);
      if (lengthOf(reply) > most) throw badReply(this.probe.title, `it announces ${lengthOf(reply)} bytes`);
    } while (reply.length < lengthOf(reply));
    if (reply.length > lengthOf(reply))
      throw badReply(this.probe.title, `${reply.length} bytes where ${lengthOf(reply)} are due`);
    return reply;
  }

  async #read(due: number): Promise<Uint8Array> {
    const { data } = await this.#usb.transferIn(this.#endpoints.in, readLength(due, this.#packetSize));
    return new Uint8Array(data!.buffer, data!.byteOffset, data!.byteLength);
  }
}

/**
 * Bytes to ask for where `due` are expected. A read of just what fills the last packet wedges some probes, so it asks for one
 * byte more there and is ended by the empty packet, which follows any transfer but the longest.
 */
export const readLength = (due: number, packetSize: number): number =>
  due >= LONGEST_TRANSFER ? LONGEST_TRANSFER : due % packetSize === 0 ? due + 1 : due;
