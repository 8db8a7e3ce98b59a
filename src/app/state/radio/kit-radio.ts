import { radioAccessOf, uuidDigits, type MeshDatabase } from '../../../meshdb/index.ts';
import { ownAddressesIn } from '../../../on-air/index.ts';
import {
  MeshKit,
  openLine,
  releaseText,
  SerialDevice,
  type OpenablePort,
  type TracedFrame,
} from '../../../serial/index.ts';
import type { KnownError } from '../../../errors.ts';
import { currentDate, randomBytes } from '../../browser/platform.ts';
import type { OpenRadio, RadioSurroundings } from './open-radio.ts';

/** A kit on a serial port. */
export class KitRadio implements OpenRadio {
  readonly #device: SerialDevice;
  readonly #surroundings: RadioSurroundings;
  #kit: { readonly network: string; readonly kit: MeshKit } | null = null;

  private constructor(device: SerialDevice, surroundings: RadioSurroundings) {
    this.#device = device;
    this.#surroundings = surroundings;
  }

  static async open(
    port: OpenablePort,
    surroundings: RadioSurroundings,
    events: { onFrame(frame: TracedFrame): void; onEnd(error: KnownError): void },
  ): Promise<KitRadio> {
    const line = await openLine(port, {
      clock: surroundings.clock,
      randomBytes,
      onFrame: (frame) => events.onFrame(frame),
    });
    line.onEnd((error) => events.onEnd(error));
    const device = await SerialDevice.identify(line).catch(async (error: unknown) => {
      await line.close(); // or nobody gets the port any more
      throw error;
    });
    return new KitRadio(device, surroundings);
  }

  /** `5.0.0`, of its firmware. */
  get release(): string {
    return releaseText(this.#device.release);
  }

  async bearerFor(database: MeshDatabase, ivIndex: number): Promise<MeshKit> {
    const network = uuidDigits(database.meshUuid);
    if (this.#kit?.network === network) return this.#kit.kit;
    const { clock, keyAgreement, records, keepRecord } = this.#surroundings;
    const kit = new MeshKit(
      this.#device,
      {
        ...radioAccessOf(database),
        ivIndex,
        isIvUpdating: false,
      },
      {
        clock,
        now: currentDate,
        randomBytes,
        keyAgreement,
        store: {
          load: async () => ownAddressesIn(records()),
          append: (record) => keepRecord({ kind: 'own-address', ...record }),
        },
      },
    );
    this.#kit = { network, kit };
    return kit;
  }

  async leave(): Promise<void> {
    this.#kit = null;
  }

  close(): Promise<void> {
    return this.#device.line.close();
  }
}
