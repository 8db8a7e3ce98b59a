/**
 * The device behind the line: commands by their declared layouts, refusals as errors, and which release it runs.
 *
 * Below lies the line; above lies `mesh-kit.ts`, which keeps handles and addresses.
 */
import type { Command } from './commands.ts';
import { COMMANDS } from './commands.ts';
import { badResponse, refused, unknownRelease } from './errors.ts';
import type { Frame } from './frame.ts';
import type { SerialLine } from './line.ts';
import {
  SERIAL_RELEASES,
  type ProvisionParameters,
  type SendParameters,
  type SerialRelease,
} from './releases.ts';
import { STATUS } from './statuses.ts';

/** More than a device of 2.0.x takes in one frame. */
const LONG_ECHO_BYTES = 120;

export class SerialDevice {
  constructor(
    readonly line: SerialLine,
    readonly release: SerialRelease,
  ) {}

  /**
   * Find out which release a device runs; it keeps all it was given.
   *
   * @throws `serial/unknown-release`
   */
  static async identify(line: SerialLine): Promise<SerialDevice> {
    const { version } = await callOn(line, COMMANDS.serialVersionGet, {});
    const rows = SERIAL_RELEASES.filter(({ serialVersion }) => serialVersion === version);
    const [first, second] = rows;
    if (!first) throw unknownRelease(version);
    if (!second) return new SerialDevice(line, first);
    const isSecond = second.keepsSequence ? await knowsNetState(line) : await takesLongEcho(line);
    return new SerialDevice(line, isSecond ? second : first);
  }

  /** Send a command. @throws `serial/refused` with its status, `serial/bad-response`, and what the line throws */
  call<Sent, Answered>(command: Command<Sent, Answered>, parameters: Sent): Promise<Answered> {
    return callOn(this.line, command, parameters);
  }

  /** The status of a command that may be refused, and its answer where it was not. */
  async attempt<Sent, Answered>(
    command: Command<Sent, Answered>,
    parameters: Sent,
  ): Promise<{ readonly status: number; readonly answer: Answered | undefined }> {
    const { status, rest } = await this.line.command(command.name, command.encode(parameters));
    return { status, answer: status === STATUS.success ? command.readResponse(rest) : undefined };
  }

  /** @throws as `call` */
  async startProvisioning(parameters: ProvisionParameters): Promise<void> {
    await this.#callFrame(this.release.provision.name, this.release.provision.encode(parameters));
  }

  /** The status of PacketSend, and the token of its delivery where the release gives one. */
  async sendPacket(
    parameters: SendParameters,
  ): Promise<{ readonly status: number; readonly token: number | undefined }> {
    const { packetSend } = this.release;
    const { status, rest } = await this.line.command(packetSend.name, packetSend.encode(parameters));
    return {
      status,
      token: status === STATUS.success ? packetSend.readResponse(rest)?.token : undefined,
    };
  }

  async #callFrame(command: string, frame: Frame): Promise<Uint8Array> {
    const { status, rest } = await this.line.command(command, frame);
    if (status !== STATUS.success) throw refused(command, status);
    return rest;
  }
}

async function callOn<Sent, Answered>(
  line: SerialLine,
  command: Command<Sent, Answered>,
  parameters: Sent,
): Promise<Answered> {
  const { status, rest } = await line.command(command.name, command.encode(parameters));
  if (status !== STATUS.success) throw refused(command.name, status);
  const answer = command.readResponse(rest);
  if (answer === undefined) throw badResponse(command.name, rest.length);
  return answer;
}

async function knowsNetState(line: SerialLine): Promise<boolean> {
  const { status } = await line.command(COMMANDS.netStateGet.name, COMMANDS.netStateGet.encode({}));
  return status !== STATUS.commandUnknown;
}

/** A device of 2.0.x answers a frame that is too long for it with a refusal of opcode 0, and skips it. */
const takesLongEcho = async (line: SerialLine): Promise<boolean> =>
  (await line.echoOrRefusal(new Uint8Array(LONG_ECHO_BYTES))) === 'echoed';
