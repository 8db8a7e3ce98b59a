import { systemClock, type Clock } from '../../clock.ts';
import { KnownError, reportOf, type ErrorReport } from '../../errors.ts';
import { chooseNode, systemOf, type Bluetooth } from '../../gatt/index.ts';
import { webKeyAgreement } from '../../mesh/index.ts';
import type { MeshDatabase } from '../../meshdb/index.ts';
import type { RadioRecord } from '../../on-air/index.ts';
import { SEGGER_VENDOR_ID, type OpenablePort, type TracedFrame } from '../../serial/index.ts';
import { portClosed, radioElsewhere } from '../errors.ts';
import { currentPlatform } from '../browser/platform.ts';
import { keepRecord, ownNodes, recallRecords, takeRadio } from '../browser/radio-memory.ts';
import type { RadioDesk, VirtualLight } from '../demo/radio-desk.ts';
import { JoinState } from './join.svelte.ts';
import { OnAirState } from './on-air.svelte.ts';
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
    /** Web Serial; Chromium only. */
    readonly serial?: {
      requestPort(options: { filters: readonly { usbVendorId: number }[] }): Promise<OpenablePort>;
    };
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

  readonly hasSerial = navigator.serial !== undefined && window.isSecureContext;
  readonly hasBluetooth = navigator.bluetooth !== undefined && window.isSecureContext;
  readonly system = systemOf(currentPlatform());
  readonly join: JoinState;
  readonly air: OnAirState;
  /** Addresses used and answers heard. */
  records = $state.raw<readonly RadioRecord[]>([]);
  readonly #host: RadioHost;
  #open: OpenRadio | null = null;
  #release: (() => void) | undefined;

  constructor(host: RadioHost) {
    this.#host = host;
    this.join = new JoinState(host, this);
    this.air = new OnAirState(host, this);
  }

  get isOn(): boolean {
    return this.phase === 'on';
  }
  get isBusy(): boolean {
    return this.air.proving || this.join.joining !== 'no';
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
    return this.#open!.bearerFor(database);
  }

  async #openKit(): Promise<OpenRadio | null> {
    const port = this.desk ? (this.desk.port as unknown as OpenablePort) : await this.#choosePort();
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
    if (this.desk && this.purpose === 'reach') await this.air.layOut();
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
    this.records = this.isVirtual ? [] : await recallRecords();
  }

  #lost(error: KnownError): void {
    if (!this.#open) return;
    this.error = reportOf(error);
    this.#host.announcements.alarm = error.message;
    void this.disconnect();
  }

  async #choosePort(): Promise<OpenablePort | null> {
    if (!navigator.serial) throw portClosed();
    try {
      return await navigator.serial.requestPort({ filters: [{ usbVendorId: SEGGER_VENDOR_ID }] });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return null;
      throw portClosed(error);
    }
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
    return {
      clock: this.clock,
      keyAgreement: this.desk?.keyAgreement ?? webKeyAgreement(crypto.subtle),
      ownNodes: this.desk?.ownNodes ?? ownNodes,
      records: () => this.records,
      keepRecord: (record) => this.keepRecord(record),
    };
  }

  async keepRecord(record: RadioRecord): Promise<void> {
    if (!this.isVirtual) await keepRecord(record);
    this.records = [...this.records, record];
  }

  fail(error: unknown): void {
    this.error = reportOf(error);
    this.#host.announcements.alarm = this.error.message;
  }
}
