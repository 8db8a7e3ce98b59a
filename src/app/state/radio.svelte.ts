import { systemClock, type Clock } from '../../clock.ts';
import { KnownError, reportOf, type ErrorReport } from '../../errors.ts';
import { chooseNode, type Bluetooth } from '../../gatt/index.ts';
import { webKeyAgreement } from '../../mesh/index.ts';
import { uuidDigits, type MeshDatabase } from '../../meshdb/index.ts';
import { SEGGER_VENDOR_ID, type OpenablePort, type TracedFrame } from '../../serial/index.ts';
import { radioElsewhere } from '../errors.ts';
import { currentPlatform } from '../browser/platform.ts';
import { ownNodes, takeRadio, type RecordSet } from '../browser/radio-memory.ts';
import { choosePort, hasSerial } from '../browser/web-serial.ts';
import type { RadioDesk, VirtualLight } from '../demo/radio-desk.ts';
import { JoinState } from './join.svelte.ts';
import { LightState } from './lights.svelte.ts';
import { OnAirState } from './on-air.svelte.ts';
import { RemovalState } from './removal.svelte.ts';
import {
  isVirtual,
  wayOf,
  type Radio,
  type RadioBearer,
  type RadioHost,
  type RadioKind,
  type RadioPurpose,
  type RadioWay,
} from './radio-parts.ts';
import { BluetoothRadio } from './radio/bluetooth-radio.ts';
import { KitRadio } from './radio/kit-radio.ts';
import type { OpenRadio, RadioSurroundings } from './radio/open-radio.ts';

declare global {
  interface Navigator {
    /** Web Bluetooth; Chromium only. */
    readonly bluetooth?: Bluetooth;
  }
}

/** Frames that are shown of the line. */
const MOST_FRAMES = 400;

/** The radio: a kit or this computer's Bluetooth, its network, and what the two pages do with it. Loaded with them. */
export class RadioState implements Radio {
  phase = $state<'off' | 'opening' | 'on'>('off');
  kind = $state<RadioKind | null>(null);
  /** What a node that was chosen in the list of the browser is wanted for. */
  purpose = $state<RadioPurpose>('reach');
  /** `5.0.0`, of the kit’s firmware. */
  release = $state('');
  /** What the node that was chosen calls itself. */
  nodeName = $state('');
  error = $state.raw<ErrorReport | null>(null);
  notice = $state('');
  /** There while the radio is virtual. */
  desk = $state.raw<RadioDesk | null>(null);
  /** Frames of the line, newest last. */
  frames = $state.raw<readonly TracedFrame[]>([]);

  /** Of the virtual network. */
  lights = $state.raw<readonly VirtualLight[]>([]);

  readonly hasSerial = hasSerial();
  readonly hasBluetooth = navigator.bluetooth !== undefined && window.isSecureContext;
  readonly system = currentPlatform();
  readonly join: JoinState;
  readonly air: OnAirState;
  readonly removal: RemovalState;
  readonly lamps: LightState;
  /** The network's, where neither database nor dump tells: as a person says. */
  givenIvIndex = $state(0);
  readonly #host: RadioHost;
  #open: OpenRadio | null = null;
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
  get way(): RadioWay | null {
    return this.kind && wayOf(this.kind);
  }
  get isVirtual(): boolean {
    return this.kind !== null && isVirtual(this.kind);
  }

  /** Let a person choose a port or a node, or take a virtual one. */
  async connect(kind: RadioKind, purpose: RadioPurpose = 'reach', another?: 'another'): Promise<boolean> {
    const isWanted = !another && (wayOf(kind) === 'kit' || this.purpose === purpose);
    if (this.phase === 'on' && this.kind === kind && isWanted) return true;
    await this.disconnect();
    this.error = null;
    this.notice = '';
    this.phase = 'opening';
    this.kind = kind;
    this.purpose = purpose;
    try {
      await this.#layOut(kind);
      const open = await (wayOf(kind) === 'kit' ? this.#openKit() : this.#openBluetooth());
      if (!open) return false;
      this.#open = open;
      this.phase = 'on';
      this.#host.announcements.said =
        this.way === 'kit' ? `A kit with ${this.release} answers.` : `${this.nodeName} was chosen.`;
      this.air.proxy = '';
      if (this.way === 'bluetooth' && purpose === 'reach') await this.air.meetProxy();
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
    const open = this.#open;
    this.#open = null;
    this.phase = 'off';
    await open?.close();
    this.#release?.();
    this.#release = undefined;
  }

  bearerFor(database: MeshDatabase): Promise<RadioBearer> {
    return this.#open!.bearerFor(database, this.ivIndexOf(database));
  }

  async #openKit(): Promise<OpenRadio | null> {
    const port = this.desk ? (this.desk.port as unknown as OpenablePort) : await choosePort(SEGGER_VENDOR_ID);
    if (!port) {
      this.notice = 'No port was chosen.';
      return null;
    }
    await this.#take();
    const kit = await KitRadio.open(port, this.#surroundings, {
      onFrame: (frame) => (this.frames = [...this.frames, frame].slice(-MOST_FRAMES)),
      onEnd: (error) => this.#lost(error),
    });
    this.release = kit.release;
    return kit;
  }

  async #openBluetooth(): Promise<OpenRadio | null> {
    if (this.purpose === 'join') this.join.layOut();
    else await this.air.layOut();
    const node = await chooseNode(
      this.desk ? this.desk.bluetooth : navigator.bluetooth,
      [this.purpose === 'join' ? 'provisioning' : 'proxy'],
      { clock: this.clock, system: this.system },
    ).catch((error: unknown) => {
      if (!(error instanceof KnownError) || error.code !== 'gatt/none-chosen') throw error;
      this.notice = `${error.message} ${error.hint}`;
      return null;
    });
    if (!node) return null;
    await this.#take();
    this.nodeName = node.name;
    return new BluetoothRadio(node, this.#surroundings);
  }

  /** One tab has the radio; what was used of addresses and numbers is read again then. */
  async #take(): Promise<void> {
    this.#release = await takeRadio();
    if (!this.#release) throw radioElsewhere();
    await this.#host.airRecords.load(this.recordSet);
  }

  #lost(error: KnownError): void {
    if (!this.#open) return;
    this.error = reportOf(error);
    this.#host.announcements.alarm = error.message;
    void this.disconnect();
  }

  /** The virtual network of that kind; none where the radio is real, whose time is another. */
  async #layOut(kind: RadioKind): Promise<void> {
    if (!isVirtual(kind)) {
      this.desk = null;
      return;
    }
    const { BluetoothDesk, KitDesk } = await import('../demo/radio-desk.ts');
    const Desk = wayOf(kind) === 'kit' ? KitDesk : BluetoothDesk;
    if (!(this.desk instanceof Desk)) this.desk = new Desk((lights) => (this.lights = lights));
  }

  get clock(): Clock {
    return this.desk?.clock ?? systemClock;
  }
  get #surroundings(): RadioSurroundings {
    const { recordSet } = this;
    const { airRecords } = this.#host;
    return {
      clock: this.clock,
      keyAgreement: this.desk?.keyAgreement ?? webKeyAgreement(crypto.subtle),
      ownNodes: ownNodes(recordSet),
      records: () => airRecords.of(recordSet),
      keepRecord: (record) => airRecords.keep(recordSet, record),
    };
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

  /** A person is asked for it: neither the open database nor a dump tells, and no proxy. */
  get asksIvIndex(): boolean {
    const { database, dump } = this.#host.project.view;
    const isTold = this.isOn && this.way === 'bluetooth' && this.purpose === 'reach';
    return database !== null && database.form !== 'pyaci' && !dump && !isTold;
  }

  /** The highest that is known: a radio follows the network upwards by itself, and never comes back down. */
  ivIndexOf(database: MeshDatabase): number {
    return this.knownIvIndex(database) ?? this.givenIvIndex;
  }

  /** As a person says; keys and numbers are given to the radio anew under it. */
  giveIvIndex(typed: string): void {
    if (!/^\d{1,10}$/.test(typed.trim())) return;
    this.givenIvIndex = Math.min(Number(typed), 0xffffffff);
    void this.#open?.leave();
  }

  fail(error: unknown): void {
    this.error = reportOf(error);
    this.#host.announcements.alarm = this.error.message;
  }
}
