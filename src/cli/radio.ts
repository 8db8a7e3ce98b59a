/** A kit on a serial port as the command line's radio, and the journal of what it did. */
import type { Clock } from '../clock.ts';
import { webKeyAgreement } from '../mesh/index.ts';
import { radioAccessOf, uuidDigits, type MeshDatabase } from '../meshdb/index.ts';
import { formatRadioRecord, ownAddressesIn, parseRadioJournal, type RadioRecord } from '../on-air/index.ts';
import { MeshKit, openLine, releaseText, SerialDevice } from '../serial/index.ts';
import type { FileOperations } from './files/index.ts';
import { readFile } from './files/index.ts';
import { randomBytes } from './random.ts';
import { PortFile } from './serial-port.ts';

/** The journal as a file beside the database, a record a line. */
export class RadioJournal {
  readonly #files: FileOperations;
  readonly #path: string;
  #records: readonly RadioRecord[];

  /** @throws `on-air/bad-journal` */
  constructor(files: FileOperations, path: string) {
    this.#files = files;
    this.#path = path;
    const isThere = files.stat(path) !== undefined;
    this.#records = isThere ? parseRadioJournal(new TextDecoder().decode(readFile(files, path))) : [];
  }

  get records(): readonly RadioRecord[] {
    return this.#records;
  }

  async append(record: RadioRecord): Promise<void> {
    this.#files.append(this.#path, new TextEncoder().encode(formatRadioRecord(record)));
    this.#records = [...this.#records, record];
  }
}

export interface Radio {
  readonly kit: MeshKit;
  /** `3.1.0 to 4.2.0` */
  readonly release: string;
  /** 32 hex digits in small letters. */
  readonly network: string;
  close(): Promise<void>;
}

export interface RadioOptions {
  readonly port: string;
  readonly clock: Clock;
  readonly database: MeshDatabase;
  readonly journal: RadioJournal;
  /** Of the network; a PyACI database keeps one. */
  readonly ivIndex: number;
}

/**
 * Open the port and find the kit; it is set up when it is first used.
 *
 * @throws `cli/no-port`, `serial/mute`, `serial/unknown-release`
 */
export async function openRadio({ port, clock, database, journal, ivIndex }: RadioOptions): Promise<Radio> {
  const line = await openLine(new PortFile(port), { clock, randomBytes });
  const network = uuidDigits(database.meshUuid);
  try {
    const device = await SerialDevice.identify(line);
    const kit = new MeshKit(
      device,
      {
        ...radioAccessOf(database),
        ivIndex,
        isIvUpdating: false,
      },
      {
        clock,
        now: () => new Date(),
        randomBytes,
        keyAgreement: webKeyAgreement(crypto.subtle),
        store: {
          load: async () => ownAddressesIn(journal.records),
          append: (record) => journal.append({ kind: 'own-address', ...record }),
        },
      },
    );
    return { kit, release: releaseText(device.release), network, close: () => line.close() };
  } catch (error) {
    await line.close();
    throw error;
  }
}
