/**
 * The commands of a CMSIS-DAP probe: DAPjs's connection over a send of our own.
 *
 * DAPjs brings the way into a session (clock, connect, transfer settings, the switch to SWD) and out of it, and the
 * commands for pins and sequences. Everything it sends goes through `send`, which here keeps request and reply together;
 * transfers are not made through it at all (see packets.ts).
 */
import { CmsisDAP } from 'dapjs';
import { badReply, noSwd } from '../errors.ts';
import type { DapTransport } from './transport.ts';

const DAP_INFO = 0x00;
const CONNECT = 0x02;
/** Commands whose reply is a status alone: 0, or 0xFF for failure. */
const STATUS_COMMANDS = new Set([0x03, 0x04, 0x08, 0x09, 0x0a, 0x11, 0x12, 0x13]);

/** `DAPProtocol.SWD`. DAPjs declares its enums `const`, so there is nothing of them to import at run time. */
const SWD = 1;

/** What DAP_Info knows under these numbers. */
export const INFO_SERIAL = 0x03;
export const INFO_DAP_VERSION = 0x04;
export const INFO_FIRMWARE = 0x09;

export class DapConnection extends CmsisDAP {
  readonly #transport: DapTransport;

  constructor(transport: DapTransport, clockHz: number) {
    super(transport, SWD, clockHz);
    this.#transport = transport;
  }

  /** What the probe says about itself; empty when it says nothing. DAPjs keeps the final zero and stumbles over numbers. */
  async infoText(id: number): Promise<string> {
    const reply = await this.send(DAP_INFO, new Uint8Array([id]));
    const length = reply.byteLength < 2 ? 0 : Math.min(reply.getUint8(1), reply.byteLength - 2);
    const text = new Uint8Array(reply.buffer, reply.byteOffset + 2, length);
    return String.fromCharCode(...text).split('\0', 1)[0]!;
  }

  /** DAPjs waits for its turn on a timer, which a hidden tab slows to a second or worse; turns are the link's business. */
  protected override async send(command: number, data?: BufferSource): Promise<DataView> {
    const body = !data
      ? new Uint8Array()
      : data instanceof ArrayBuffer
        ? new Uint8Array(data)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const request = new Uint8Array(1 + body.length);
    request[0] = command;
    request.set(body, 1);
    const reply = await this.#transport.exchange(request);
    const { title } = this.#transport.probe;
    if (command === CONNECT && (reply.byteLength < 2 || reply.getUint8(1) !== SWD)) throw noSwd(title);
    if (STATUS_COMMANDS.has(command) && (reply.byteLength < 2 || reply.getUint8(1) !== 0))
      throw badReply(title, `it refused command ${command}`);
    return reply;
  }

  /**
   * Nothing. DAPjs would send DAP_WriteABORT, three bytes short, after any failure, that of the cable included, and lose the
   * failure when that fails too. Sticky flags are cleared by the debug port layer, which knows whether there is a use.
   */
  protected override async clearAbort(): Promise<void> {}
}
