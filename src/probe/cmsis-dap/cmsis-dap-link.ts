/** A CMSIS-DAP probe as an `SwdLink`: DAPLink over the control pipe, version 2 probes over bulk endpoints. */
import type { UsbContext } from '../checked-device.ts';
import { answerOf } from '../probe-answers.ts';
import { LinkQueue } from '../queue.ts';
import type { RecognisedProbe } from '../recognise.ts';
import { wordsRead, type ProbeAnswer, type ProbeInfo, type SwdLink, type SwdTransfer } from '../swd-link.ts';
import { workAhead } from '../work-ahead.ts';
import { DapConnection, INFO_DAP_VERSION, INFO_FIRMWARE, INFO_SERIAL } from './connection.ts';
import { packTransfers, readReply } from './packets.ts';
import { DapTransport } from './transport.ts';

/** Every chip and every wire manages this; the layer above raises it once it knows whom it talks to. */
const START_CLOCK_HZ = 1_000_000;
const IDLE_CYCLES = 2;
/**
 * A word takes the nRF52832 up to 338 µs, 104 attempts at 4 MHz; DAPjs allows 100. This many last 53 ms at 4 MHz and more at
 * less, and a chip that is truly stuck is still told apart within a second.
 */
const WAIT_RETRIES = 16_384;
/** A polled read costs a whole transfer, 46 clocks or more: 47 ms at 4 MHz. */
const MATCH_RETRIES = 4_096;

const PIN_NRESET = 0x80;

export class CmsisDapLink implements SwdLink {
  readonly #queue = new LinkQueue();

  private constructor(
    readonly info: ProbeInfo,
    readonly transport: DapTransport,
    readonly connection: DapConnection,
  ) {}

  /** @throws `probe/busy`, `probe/no-driver`, `probe/disconnected`, `probe/timeout`, `probe/protocol` */
  static async open(device: USBDevice, probe: RecognisedProbe, context: UsbContext): Promise<CmsisDapLink> {
    const transport = new DapTransport(device, probe, context);
    const connection = new DapConnection(transport, START_CLOCK_HZ);
    try {
      await connection.connect();
      await connection.configureTransfer(IDLE_CYCLES, WAIT_RETRIES, MATCH_RETRIES);
      const info: ProbeInfo = {
        kind: 'cmsis-dap',
        title: probe.title,
        serial: (await connection.infoText(INFO_SERIAL)) || (device.serialNumber ?? ''),
        firmware: (await connection.infoText(INFO_FIRMWARE)) || (await connection.infoText(INFO_DAP_VERSION)),
        packetSize: transport.packetSize,
        packetCount: transport.packetCount,
      };
      return new CmsisDapLink(info, transport, connection);
    } catch (error) {
      await transport.close().catch(() => {});
      throw error;
    }
  }

  setClock(hz: number): Promise<void> {
    return this.#queue.run(() => this.connection.swjClock(hz));
  }

  sequence(bits: Uint8Array, bitCount: number): Promise<void> {
    return this.#queue.run(() => this.connection.swjSequence(bits.slice(), bitCount % 256)); // 0 stands for 256
  }

  setReset(asserted: boolean): Promise<void> {
    return this.#queue.run(async () => {
      await this.connection.swjPins(asserted ? 0 : PIN_NRESET, PIN_NRESET, 0);
    });
  }

  transfer(transfers: readonly SwdTransfer[], signal?: AbortSignal): Promise<Uint32Array> {
    return this.#queue.run(() => this.#transfer(transfers, signal), signal);
  }

  answers(): Promise<readonly ProbeAnswer[]> {
    return this.#queue.run(async () =>
      this.transport.probe.endpoints
        ? []
        : [await answerOf('two requests at once over the control pipe', () => this.transport.tryTwoAtOnce())],
    );
  }

  async close(): Promise<void> {
    await this.#queue.close(() => this.connection.disconnect());
    await this.transport.close().catch(() => {}); // a session that cannot be ended still has its interface
  }

  /** Keeps as many packets under way as the probe has buffers for. */
  async #transfer(transfers: readonly SwdTransfer[], signal?: AbortSignal): Promise<Uint32Array> {
    signal?.throwIfAborted();
    const { title } = this.transport.probe;
    const words = new Uint32Array(wordsRead(transfers));
    // Replies over the control pipe come from one buffer that the next request may overwrite.
    const most = this.transport.probe.endpoints ? this.transport.packetCount : 1;
    let read = 0;
    let done = 0;
    await workAhead(
      packTransfers(transfers, this.transport.packetSize),
      most,
      ({ request }) => this.transport.exchange(request),
      (reply, packet) => {
        readReply(reply, packet, words, read, done, title);
        read += packet.reads;
        done += packet.transfers;
        return !signal?.aborted;
      },
    );
    signal?.throwIfAborted();
    return words;
  }
}
