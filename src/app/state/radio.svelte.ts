import { systemClock, type Clock } from '../../clock.ts';
import { reportOf, type ErrorReport, type KnownError } from '../../errors.ts';
import { webKeyAgreement, type KeyAgreement } from '../../mesh/index.ts';
import { spareAddresses, uuidDigits, type MeshDatabase } from '../../meshdb/index.ts';
import { ownAddressesIn } from '../../on-air/index.ts';
import {
  MeshKit,
  openLine,
  releaseText,
  SEGGER_VENDOR_ID,
  SerialDevice,
  type OpenablePort,
  type TracedFrame,
} from '../../serial/index.ts';
import { radioElsewhere } from '../errors.ts';
import { currentDate, randomBytes } from '../browser/platform.ts';
import { takeRadio, type RecordSet } from '../browser/radio-memory.ts';
import { choosePort, hasSerial } from '../browser/web-serial.ts';
import type { RadioDesk, VirtualLight } from '../demo/radio-desk.ts';
import { JoinState } from './join.svelte.ts';
import { LightState } from './lights.svelte.ts';
import { OnAirState } from './on-air.svelte.ts';
import { RemovalState } from './removal.svelte.ts';
import type { Radio, RadioHost, RadioKind } from './radio-parts.ts';

const OWN_ADDRESSES = 512;
/** Frames that are shown of the line. */
const MOST_FRAMES = 400;

/** The kit: its port, its network, and what the two pages do with it. Loaded with them. */
export class RadioState implements Radio {
  phase = $state<'off' | 'opening' | 'on'>('off');
  kind = $state<RadioKind | null>(null);
  /** `5.0.0`, of the kit’s firmware. */
  release = $state('');
  error = $state.raw<ErrorReport | null>(null);
  notice = $state('');
  /** There while the kit is virtual. */
  desk = $state.raw<RadioDesk | null>(null);
  /** Frames of the line, newest last. */
  frames = $state.raw<readonly TracedFrame[]>([]);

  /** Of the virtual kit’s network. */
  lights = $state.raw<readonly VirtualLight[]>([]);

  readonly hasSerial = hasSerial();
  readonly join: JoinState;
  readonly air: OnAirState;
  readonly removal: RemovalState;
  readonly lamps: LightState;
  /** The network's, where neither database nor dump tells: as a person says. */
  givenIvIndex = $state(0);
  readonly #host: RadioHost;
  #device: SerialDevice | null = null;
  #kit: { readonly network: string; readonly kit: MeshKit } | null = null;
  #release: (() => void) | undefined;

  constructor(host: RadioHost) {
    this.#host = host;
    this.join = new JoinState(host, this);
    this.air = new OnAirState(host, this);
    this.removal = new RemovalState(host, this);
    this.lamps = new LightState(host, this);
  }

  /** Virtual radios have a journal of their own. */
  get recordSet(): RecordSet {
    return this.desk ? 'virtual' : 'real';
  }
  get isOn(): boolean {
    return this.phase === 'on';
  }
  get isBusy(): boolean {
    return this.air.proving || this.removal.removing || this.join.joining !== 'no';
  }

  /** Let a person choose a port, or take the virtual kit. */
  async connect(kind: RadioKind): Promise<boolean> {
    if (this.phase === 'on' && this.kind === kind) return true;
    await this.disconnect();
    this.error = null;
    this.notice = '';
    this.phase = 'opening';
    if (kind === 'serial') this.desk = null; // its time is not that of real radio
    try {
      const port = kind === 'virtual' ? await this.#virtualPort() : await choosePort(SEGGER_VENDOR_ID);
      if (!port) {
        this.notice = 'No port was chosen.';
        return false;
      }
      this.#release = await takeRadio();
      if (!this.#release) throw radioElsewhere();
      await this.#host.airRecords.load(this.recordSet);
      const line = await openLine(port, {
        clock: this.clock,
        randomBytes,
        onFrame: (frame) => (this.frames = [...this.frames, frame].slice(-MOST_FRAMES)),
      });
      line.onEnd((error) => this.#lost(error));
      this.#device = await SerialDevice.identify(line).catch(async (error: unknown) => {
        await line.close(); // or nobody gets the port any more
        throw error;
      });
      this.release = releaseText(this.#device.release);
      this.kind = kind;
      this.phase = 'on';
      this.#host.announcements.said = `A kit with ${this.release} answers.`;
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    } finally {
      if (this.phase === 'opening') await this.disconnect();
    }
  }

  async disconnect(): Promise<void> {
    this.air.cancel();
    await this.join.leave();
    const line = this.#device?.line;
    this.#device = null;
    this.#kit = null;
    this.phase = 'off';
    await line?.close();
    this.#release?.();
    this.#release = undefined;
  }

  #lost(error: KnownError): void {
    if (!this.#device) return;
    this.error = reportOf(error);
    this.#host.announcements.alarm = error.message;
    void this.disconnect();
  }

  async #virtualPort(): Promise<OpenablePort> {
    const { RadioDesk } = await import('../demo/radio-desk.ts');
    this.desk ??= new RadioDesk((lights) => (this.lights = lights));
    return this.desk.port as unknown as OpenablePort;
  }

  get clock(): Clock {
    return this.desk?.clock ?? systemClock;
  }
  get #agreement(): KeyAgreement {
    return this.desk?.keyAgreement ?? webKeyAgreement(crypto.subtle);
  }

  kitFor(database: MeshDatabase): MeshKit {
    const network = uuidDigits(database.meshUuid);
    if (this.#kit?.network === network) return this.#kit.kit;
    const kit = new MeshKit(
      this.#device!,
      {
        id: network,
        ivIndex: this.ivIndexOf(database),
        isIvUpdating: false,
        netKeys: database.netKeys.flatMap(({ index, key }) => (key ? [{ index, key }] : [])),
        appKeys: database.appKeys.flatMap(({ index, boundNetKey, key }) =>
          key ? [{ index, boundNetKey, key }] : [],
        ),
        ownAddresses: spareAddresses(database, OWN_ADDRESSES),
      },
      {
        clock: this.clock,
        now: currentDate,
        randomBytes,
        keyAgreement: this.#agreement,
        store: {
          load: async () => ownAddressesIn(this.#host.airRecords.of(this.recordSet)),
          append: (record) => this.#host.airRecords.keep(this.recordSet, { kind: 'own-address', ...record }),
        },
      },
    );
    this.#kit = { network, kit };
    return kit;
  }

  /** What is known of a network's IV index, from the database or the donor's dump; `null` where a person must say it. */
  knownIvIndex(database: MeshDatabase): number | null {
    const { dump, database: opened } = this.#host.project.view;
    const isOfDump = opened !== null && uuidDigits(opened.meshUuid) === uuidDigits(database.meshUuid);
    const known = [database.ivIndex, isOfDump ? dump?.state.ivIndex : undefined].filter(
      (index) => index !== undefined,
    );
    return known.length > 0 ? Math.max(...known) : null;
  }

  /** A person is asked for it: neither the open database nor a dump tells. */
  get asksIvIndex(): boolean {
    const { database, dump } = this.#host.project.view;
    return database !== null && database.form !== 'pyaci' && !dump;
  }

  /** The highest that is known: a kit follows the network upwards by itself, and never comes back down. */
  ivIndexOf(database: MeshDatabase): number {
    return this.knownIvIndex(database) ?? this.givenIvIndex;
  }

  /** As a person says; keys and numbers are given to the kit anew under it. */
  giveIvIndex(typed: string): void {
    if (!/^\d{1,10}$/.test(typed.trim())) return;
    this.givenIvIndex = Math.min(Number(typed), 0xffffffff);
    this.#kit = null;
  }

  fail(error: unknown): void {
    this.error = reportOf(error);
    this.#host.announcements.alarm = this.error.message;
  }
}
