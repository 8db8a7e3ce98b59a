/**
 * The firmware of a virtual CMSIS-DAP probe: one request in, one reply out.
 *
 * Below lies the debug port it clocks; above lies USB, which it does not know.
 * Source: the CMSIS-DAP 2.1 specification; docs/probe-protocols.md §3 for what Arm's and DAPLink's firmware do beyond it. It is
 * as strict as they are: a request with four bytes too many is carried out as the request those bytes happen to be.
 */
import { ACK_OK, ACK_WAIT, READ, type VirtualDebugPort } from './debug-port.ts';
import type { ProbeFirmware } from './usb-device.ts';

export interface DapFirmwareSetup {
  readonly packetSize: number;
  readonly packetCount: number;
  readonly serial: string;
  /** Of the specification: `1.3.0` for HID reports, `2.1.1` for bulk endpoints. */
  readonly dapVersion: string;
  readonly firmwareVersion: string;
}

const FAILED = 0xff;
const MATCH_VALUE = 0x10;
const MATCH_MASK = 0x20;
const REQUEST_BITS = 0x0f;
const MISMATCH = 0x10;
const RDBUFF = READ | 0x0c;
const PIN_NRESET = 0x80;

export class CmsisDapFirmware implements ProbeFirmware {
  #connected = false;
  #waitRetry = 100;
  #matchRetry = 0;
  #matchMask = 0;

  constructor(
    readonly port: VirtualDebugPort,
    readonly setup: DapFirmwareSetup,
  ) {}

  execute(request: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
    const command = request[0];
    switch (command) {
      case 0x00:
        return Uint8Array.from([0x00, ...this.#info(request[1]!)]);
      case 0x01: // host status
        return Uint8Array.of(0x01, 0);
      case 0x02:
        this.#connected = request[1]! < 2; // the default port and SWD are one; there is no JTAG
        return Uint8Array.of(0x02, this.#connected ? 1 : 0);
      case 0x03:
        this.#connected = false;
        return Uint8Array.of(0x03, 0);
      case 0x04:
        this.#waitRetry = view.getUint16(2, true);
        this.#matchRetry = view.getUint16(4, true);
        return Uint8Array.of(0x04, 0);
      case 0x05:
        return this.#transfer(view);
      case 0x06:
        return this.#transferBlock(view);
      case 0x07: // abort: nothing is under way between two packets, and it has no reply
        return undefined;
      case 0x08:
        this.port.transfer(0x00, view.getUint32(2, true));
        return Uint8Array.of(0x08, 0);
      case 0x0a: // reset target: known to no SAM3U board
        return Uint8Array.of(0x0a, 0, 0);
      case 0x10:
        return this.#pins(request[1]!, request[2]!);
      case 0x11: {
        const hz = view.getUint32(1, true);
        if (hz > 0) this.port.clockHz = hz;
        return Uint8Array.of(0x11, hz > 0 ? 0 : FAILED);
      }
      case 0x12:
        this.port.shift(request.subarray(2), request[1] === 0 ? 256 : request[1]!);
        return Uint8Array.of(0x12, 0);
      case 0x13:
        return Uint8Array.of(0x13, 0);
      default:
        return Uint8Array.of(FAILED);
    }
  }

  #info(id: number): number[] {
    const { packetSize, packetCount, serial, dapVersion, firmwareVersion } = this.setup;
    const text = (value: string) => [value.length + 1, ...new TextEncoder().encode(value), 0];
    switch (id) {
      case 0x03:
        return text(serial);
      case 0x04:
        return text(dapVersion);
      case 0x09:
        return text(firmwareVersion);
      case 0xf0:
        return [1, 0x01];
      case 0xfe:
        return [1, packetCount];
      case 0xff:
        return [2, packetSize & 0xff, packetSize >> 8];
      default:
        return [0];
    }
  }

  #pins(output: number, select: number): Uint8Array<ArrayBuffer> {
    if (select & PIN_NRESET) this.port.chip.pullResetPin((output & PIN_NRESET) === 0);
    return Uint8Array.of(0x10, output);
  }

  /** Reads are posted: each AP read brings the value of the one before, and whatever follows the last fetches it from RDBUFF. */
  #transfer(view: DataView): Uint8Array<ArrayBuffer> {
    const reply = new DataView(new ArrayBuffer(3 + 4 * 255));
    let size = 3;
    let at = 3;
    let done = 0;
    let ack = 0;
    let posted = false;
    let checkWrite = false;
    const store = (word: number) => {
      reply.setUint32(size, word, true);
      size += 4;
    };
    const total = this.#connected ? view.getUint8(2) : 0;

    while (done < total) {
      if (at >= view.byteLength) break; // a request that promises more than it holds
      const request = view.getUint8(at++);
      const bits = request & REQUEST_BITS;
      const isRead = (request & READ) !== 0;
      const needsWord = !isRead || (request & MATCH_VALUE) !== 0;
      const word = needsWord && at + 4 <= view.byteLength ? view.getUint32(at, true) : 0;
      if (needsWord) at += 4;
      const isPlainApRead = isRead && (request & (MATCH_VALUE | 1)) === 1;

      if (posted) {
        const answer = this.#retry(isPlainApRead ? bits : RDBUFF);
        ack = answer.ack;
        if (ack !== ACK_OK) break;
        store(answer.data);
        posted = isPlainApRead;
        if (isPlainApRead) {
          done++;
          continue;
        }
      }
      if (!isRead) {
        if (request & MATCH_MASK) {
          this.#matchMask = word;
          ack = ACK_OK;
        } else {
          ack = this.#retry(bits, word).ack;
          if (ack !== ACK_OK) break;
          checkWrite = true;
        }
      } else if (request & MATCH_VALUE) {
        ack = this.#match(bits, word);
        if (ack !== ACK_OK) break;
        checkWrite = false;
      } else {
        const answer = this.#retry(bits);
        ack = answer.ack;
        if (ack !== ACK_OK) break;
        if (isPlainApRead) posted = true;
        else store(answer.data);
        checkWrite = false;
      }
      done++;
    }
    if (ack === ACK_OK && posted) {
      const answer = this.#retry(RDBUFF);
      ack = answer.ack;
      if (ack === ACK_OK) store(answer.data);
    } else if (ack === ACK_OK && checkWrite) {
      ack = this.#retry(RDBUFF).ack;
    }
    const bytes = new Uint8Array(reply.buffer, 0, size);
    bytes[0] = 0x05;
    bytes[1] = done;
    bytes[2] = ack;
    return bytes.slice();
  }

  #match(bits: number, value: number): number {
    if (bits & 1) {
      const first = this.#retry(bits);
      if (first.ack !== ACK_OK) return first.ack;
    }
    for (let left = this.#matchRetry; ; left--) {
      const answer = this.#retry(bits);
      if (answer.ack !== ACK_OK) return answer.ack;
      if (((answer.data ^ value) & this.#matchMask) === 0) return ACK_OK;
      if (left === 0) return ACK_OK | MISMATCH;
    }
  }

  #transferBlock(view: DataView): Uint8Array<ArrayBuffer> {
    const bits = view.getUint8(4) & REQUEST_BITS;
    const isRead = (bits & READ) !== 0;
    const count = this.#connected ? view.getUint16(2, true) : 0;
    const reply = new DataView(new ArrayBuffer(4 + (isRead ? 4 * count : 0)));
    let done = 0;
    let ack = count > 0 ? ACK_OK : 0;
    if (count > 0 && isRead && bits & 1) ack = this.#retry(bits).ack; // posts the first

    while (ack === ACK_OK && done < count) {
      if (isRead) {
        const last = done === count - 1 && (bits & 1) !== 0;
        const answer = this.#retry(last ? RDBUFF : bits);
        ack = answer.ack;
        if (ack === ACK_OK) reply.setUint32(4 + 4 * done, answer.data, true);
      } else {
        ack = this.#retry(bits, view.getUint32(5 + 4 * done, true)).ack;
      }
      if (ack === ACK_OK) done++;
    }
    if (ack === ACK_OK && !isRead) ack = this.#retry(RDBUFF).ack;
    const bytes = new Uint8Array(reply.buffer, 0, 4 + (isRead ? 4 * done : 0));
    bytes[0] = 0x06;
    new DataView(bytes.buffer).setUint16(1, done, true);
    bytes[3] = ack;
    return bytes.slice();
  }

  #retry(bits: number, word = 0) {
    let answer = this.port.transfer(bits, word);
    for (let left = this.#waitRetry; answer.ack === ACK_WAIT && left > 0; left--)
      answer = this.port.transfer(bits, word);
    return answer;
  }
}
