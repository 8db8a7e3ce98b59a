/** A SEGGER J-Link as an `SwdLink`: register by register where its firmware knows how, else bit by bit. */
import { KnownError } from '../../errors.ts';
import type { UsbContext } from '../checked-device.ts';
import { noTargetPower } from '../errors.ts';
import { answerOf } from '../probe-answers.ts';
import { LinkQueue } from '../queue.ts';
import type { RecognisedProbe } from '../recognise.ts';
import type { ProbeAnswer, ProbeInfo, SwdLink, SwdTransfer } from '../swd-link.ts';
import { BitLevelSwd, SWITCH_TO_SWD } from './bit-level.ts';
import { JlinkSession, MOST_IN_FLIGHT } from './connection.ts';
import { RegisterLevelSwd } from './register-level.ts';
import { JlinkTransport } from './transport.ts';

/** Every chip and every wire manages this; the layer above raises it once it knows whom it talks to. */
const START_CLOCK_HZ = 1_000_000;
/** No nRF52 runs below 1.7 V. */
const LEAST_MILLIVOLTS = 1_500;

export class JlinkLink implements SwdLink {
  readonly #queue = new LinkQueue();

  private constructor(
    readonly info: ProbeInfo,
    readonly session: JlinkSession,
    readonly swd: BitLevelSwd | RegisterLevelSwd,
  ) {}

  /**
   * @throws `probe/segger-driver`, `probe/busy`, `probe/no-driver`, `probe/disconnected`, `probe/timeout`, `probe/protocol`,
   *         `probe/no-swd`, `probe/no-memory`
   */
  static async open(device: USBDevice, probe: RecognisedProbe, context: UsbContext): Promise<JlinkLink> {
    const transport = new JlinkTransport(device, probe, context);
    const session = new JlinkSession(transport);
    try {
      await transport.open();
      await session.start();
      await session.setClock(START_CLOCK_HZ);
      await session.learnToWorkAhead();
      const serial = device.serialNumber ?? '';
      const interfaceChip = interfaceChipOf(session.firmware, serial);
      const info: ProbeInfo = {
        kind: 'jlink',
        title: probe.title,
        serial,
        firmware: session.firmware,
        packetSize: MOST_IN_FLIGHT,
        packetCount: session.requestsAtOnce,
        ...(interfaceChip && { interfaceChip }),
        targetMillivolts: await session.targetMillivolts(),
      };
      const bits = new BitLevelSwd(session);
      if (session.knowsRegisters) await session.configureRegisters();
      await bits.sequence(SWITCH_TO_SWD, 8 * SWITCH_TO_SWD.length);
      return new JlinkLink(
        info,
        session,
        session.knowsRegisters ? new RegisterLevelSwd(session, bits) : bits,
      );
    } catch (error) {
      await transport.close().catch(() => {});
      throw error;
    }
  }

  setClock(hz: number): Promise<void> {
    return this.#queue.run(() => this.session.setClock(hz));
  }

  sequence(bits: Uint8Array, bitCount: number): Promise<void> {
    return this.#queue.run(() => this.swd.sequence(bits, bitCount));
  }

  setReset(asserted: boolean): Promise<void> {
    return this.#queue.run(() => this.session.setReset(asserted));
  }

  /** As promised, and `probe/no-target-power` where nobody answers because nobody has power. */
  transfer(transfers: readonly SwdTransfer[], signal?: AbortSignal): Promise<Uint32Array> {
    return this.#queue.run(async () => {
      try {
        return await this.swd.transfer(transfers, signal);
      } catch (error) {
        if (!(error instanceof KnownError && error.code === 'probe/no-ack')) throw error;
        const millivolts = await this.session.targetMillivolts();
        throw millivolts < LEAST_MILLIVOLTS ? noTargetPower(millivolts, Number(error.facts['done'])) : error;
      }
    }, signal);
  }

  answers(): Promise<readonly ProbeAnswer[]> {
    return this.#queue.run(async () => {
      const { swd, session } = this;
      const refusal =
        swd instanceof RegisterLevelSwd
          ? [await answerOf('status of a refused access (1A)', () => swd.statusOfRefusal())]
          : [];
      return [...session.answers, ...refusal];
    });
  }

  async close(): Promise<void> {
    await this.#queue.close(() => this.session.end());
    await this.session.transport.close().catch(() => {}); // gone, and let go of with that
  }
}

/**
 * The chip that runs the J-Link on a development kit: by the name of its firmware, or by the beginning of its serial number.
 * Source: docs/probe-protocols.md §2.1.
 */
export function interfaceChipOf(firmware: string, serial: string): ProbeInfo['interfaceChip'] {
  if (/SAM3U/i.test(firmware)) return 'ATSAM3U';
  if (/nRF5340/i.test(firmware)) return 'nRF5340';
  const digits = serial.padStart(12, '0');
  if (/^00068[23]/.test(digits)) return 'ATSAM3U';
  return digits.startsWith('00105') ? 'nRF5340' : undefined;
}
