/**
 * SWD transfers as CMSIS-DAP packets, and the replies read back.
 *
 * Source: CMSIS-DAP 2.1, commands DAP_Transfer and DAP_TransferBlock. A read carries no data word in the request, and a
 * register is two bits: DAPjs 2.3.0 gets both wrong (docs/probe-protocols.md §3.6, 2 and 3), so these packets are our own.
 */
import { badReply, fault, mismatch, noAck, parity, waitExhausted } from '../errors.ts';
import type { SwdPort, SwdRegister, SwdTransfer } from '../swd-link.ts';

const DAP_TRANSFER = 0x05;
const DAP_TRANSFER_BLOCK = 0x06;

const REQUEST_AP = 0x01;
const REQUEST_READ = 0x02;
const REQUEST_MATCH_VALUE = 0x10;
const REQUEST_MATCH_MASK = 0x20;

const ACK_OK = 1;
const ACK_WAIT = 2;
const ACK_FAULT = 4;
const ACK_PARITY = 0x08;
const ACK_MISMATCH = 0x10;

/** Shorter runs join their neighbours in a DAP_Transfer, which then holds as many words. */
const SHORTEST_BLOCK = 12;

/** One request and what its reply must say. */
export interface Packet {
  readonly request: Uint8Array<ArrayBuffer>;
  /** Entries of the request, each of which the reply counts. */
  readonly transfers: number;
  /** Words the reply brings. */
  readonly reads: number;
}

/**
 * The fewest packets of at most `packetSize` bytes, each way, that carry out the transfers in order.
 *
 * A poll sets the match mask first, once in each list: the probe keeps it, but not across a session of somebody else.
 */
export function* packTransfers(transfers: readonly SwdTransfer[], packetSize: number): Iterable<Packet> {
  const longest = Math.floor((packetSize - 5) / 4); // of a block write; a block read has one byte less around it
  let batch = new Batch(packetSize);
  let matchMask: number | undefined;

  for (const transfer of transfers) {
    const request = requestOf(transfer.port, transfer.register);
    const entries: TransferEntry[] = [];
    if (transfer.kind === 'poll') {
      if (matchMask !== transfer.mask) {
        matchMask = transfer.mask;
        entries.push({ request: REQUEST_MATCH_MASK, word: matchMask });
      }
      entries.push({ request: request | REQUEST_READ | REQUEST_MATCH_VALUE, word: transfer.value });
    } else {
      const total = transfer.kind === 'read' ? transfer.count : transfer.words.length;
      let done = 0;
      while (total - done >= SHORTEST_BLOCK) {
        if (!batch.empty) {
          yield batch.packet();
          batch = new Batch(packetSize);
        }
        const count = Math.min(total - done, longest);
        yield transfer.kind === 'read'
          ? blockRead(request, count)
          : blockWrite(request, transfer.words, done, count);
        done += count;
      }
      for (; done < total; done++) {
        entries.push(
          transfer.kind === 'read'
            ? { request: request | REQUEST_READ }
            : { request, word: transfer.words[done]! },
        );
      }
    }
    for (const entry of entries) {
      if (!batch.fits(entry)) {
        yield batch.packet();
        batch = new Batch(packetSize);
      }
      batch.add(entry);
    }
  }
  if (!batch.empty) yield batch.packet();
}

const requestOf = (port: SwdPort, register: SwdRegister) => (port === 'ap' ? REQUEST_AP : 0) | register;

/** One entry of a DAP_Transfer; with a word it is 5 bytes, without one 1 byte and a word in the reply. */
interface TransferEntry {
  readonly request: number;
  readonly word?: number;
}

class Batch {
  readonly #entries: TransferEntry[] = [];
  #requestSize = 3;
  #reads = 0;

  constructor(readonly packetSize: number) {}

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  fits(entry: TransferEntry): boolean {
    if (this.#entries.length === 255) return false;
    return entry.word === undefined
      ? this.#requestSize + 1 <= this.packetSize && 3 + 4 * (this.#reads + 1) <= this.packetSize
      : this.#requestSize + 5 <= this.packetSize;
  }

  add(entry: TransferEntry): void {
    this.#entries.push(entry);
    this.#requestSize += entry.word === undefined ? 1 : 5;
    if (entry.word === undefined) this.#reads++;
  }

  packet(): Packet {
    const request = new Uint8Array(this.#requestSize);
    const view = new DataView(request.buffer);
    request[0] = DAP_TRANSFER;
    request[2] = this.#entries.length; // byte 1 is the JTAG device, always 0
    let at = 3;
    for (const entry of this.#entries) {
      request[at++] = entry.request;
      if (entry.word === undefined) continue;
      view.setUint32(at, entry.word, true);
      at += 4;
    }
    return { request, transfers: this.#entries.length, reads: this.#reads };
  }
}

function blockRead(request: number, count: number): Packet {
  return {
    request: blockHeader(request | REQUEST_READ, count, new Uint8Array(5)),
    transfers: count,
    reads: count,
  };
}

function blockWrite(request: number, words: ArrayLike<number>, from: number, count: number): Packet {
  const packet = blockHeader(request, count, new Uint8Array(5 + 4 * count));
  const view = new DataView(packet.buffer);
  for (let i = 0; i < count; i++) view.setUint32(5 + 4 * i, words[from + i]!, true);
  return { request: packet, transfers: count, reads: 0 };
}

function blockHeader(request: number, count: number, packet: Uint8Array<ArrayBuffer>) {
  packet[0] = DAP_TRANSFER_BLOCK;
  new DataView(packet.buffer).setUint16(2, count, true);
  packet[4] = request;
  return packet;
}

/**
 * Take the words out of a reply.
 *
 * Acknowledge and count are judged together: a firmware that meets an error in the check after the last write reports the
 * full count with the error, and one that stops half-way reports fewer.
 *
 * @param words  receives the words read, from `at` on
 * @param done   transfers carried out before this packet, for the error
 */
export function readReply(
  reply: DataView,
  packet: Packet,
  words: Uint32Array,
  at: number,
  done: number,
  title: string,
): void {
  const header = packet.request[0] === DAP_TRANSFER ? 3 : 4;
  if (reply.byteLength < header) throw badReply(title, `${reply.byteLength} bytes where ${header} are due`);
  const count = header === 3 ? reply.getUint8(1) : reply.getUint16(1, true);
  const ack = reply.getUint8(header - 1);

  if (ack & ACK_MISMATCH) throw mismatch(done + count);
  if (ack & ACK_PARITY) throw parity(done + count);
  if (ack === ACK_WAIT) throw waitExhausted(done + count);
  if (ack === ACK_FAULT) throw fault(done + count);
  if (ack !== ACK_OK) throw noAck(done + count);
  if (count !== packet.transfers)
    throw badReply(title, `${count} transfers where ${packet.transfers} were asked`);
  if (reply.byteLength < header + 4 * packet.reads)
    throw badReply(title, `${reply.byteLength} bytes where ${header + 4 * packet.reads} are due`);
  for (let i = 0; i < packet.reads; i++) words[at + i] = reply.getUint32(header + 4 * i, true);
}
