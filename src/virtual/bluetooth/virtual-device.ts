/**
 * A `BluetoothDevice` as a browser shows it, with a peripheral behind it.
 *
 * One GATT operation at a time; objects of a connection die with it; a write is done before it has arrived, and may be too long.
 * Source: Web Bluetooth, section 5; issues 188 (one operation), 383 and 672 (length of a value), 592 (services of before) of
 * WebBluetoothCG/web-bluetooth.
 */
import type { Clock } from '../../clock.ts';
import type { Peripheral, PeripheralLink, PeripheralService } from './peripheral.ts';

/** How the computer's radio behaves. */
export interface RadioSetup {
  readonly connectMs: number;
  /** What each operation takes until its promise resolves. */
  readonly operationMs: number;
  /** Connection interval: a value arrives so much after it was sent. */
  readonly intervalMs: number;
  /** What becomes of a value above MTU − 3. */
  readonly tooLong: 'reject' | 'cut' | 'drop';
  /** After its services changed the computer shows those of before for so many connections. */
  readonly staleConnections: number;
}

const ORDINARY: RadioSetup = {
  connectMs: 300,
  operationMs: 10,
  intervalMs: 150,
  tooLong: 'reject',
  staleConnections: 0,
};

/** What goes wrong; values are counted from 1, over all connections, those of both directions together. */
export interface RadioFaults {
  /** This value is lost, and nobody is told. */
  loseAt?: number;
  /** The connection breaks before this value. */
  breakAt?: number;
  /** The answer to a value is there before the promise of its write. */
  answersFirst?: boolean;
  /** So many connections fail. */
  connectsFail?: number;
  /** The next operation never ends. */
  hangsOnce?: boolean;
}

const LONGEST_VALUE = 512;

const networkError = (message: string) => new DOMException(message, 'NetworkError');

export class VirtualBluetoothDevice extends EventTarget {
  readonly gatt: VirtualServer;
  readonly allowed = new Set<string>();
  readonly faults: RadioFaults = {};
  readonly radio: RadioSetup;
  /** All that went over the air, as hex tests can read: `>` to the peripheral. */
  readonly values: { readonly direction: '>' | '<'; readonly bytes: Uint8Array }[] = [];

  constructor(
    readonly id: string,
    readonly peripheral: Peripheral,
    readonly clock: Clock,
    radio: Partial<RadioSetup> = {},
  ) {
    super();
    this.radio = { ...ORDINARY, ...radio };
    this.gatt = new VirtualServer(this);
  }

  get name(): string {
    return this.peripheral.name;
  }
}

class VirtualServer {
  connected = false;
  /** Rises with each connection: objects of an older one are dead. */
  generation = 0;
  link: PeripheralLink | undefined;
  readonly notifying = new Map<string, VirtualCharacteristic>();
  #isBusy = false;
  #isConnecting = false;
  #shown: readonly PeripheralService[] = [];
  /** Connections that still show the services of before. */
  #staleLeft = 0;

  constructor(readonly device: VirtualBluetoothDevice) {}

  async connect(): Promise<VirtualServer> {
    if (this.connected) return this;
    const { device } = this;
    const { connectMs, staleConnections } = device.radio;
    this.#isConnecting = true;
    await device.clock.sleep(connectMs);
    if (!this.#isConnecting) throw new DOMException('Connection was aborted.', 'AbortError');
    this.#isConnecting = false;
    if ((device.faults.connectsFail ?? 0) > 0) {
      device.faults.connectsFail!--;
      throw networkError('Connection attempt failed.');
    }
    const generation = ++this.generation;
    const isCurrent = () => this.connected && this.generation === generation;
    this.link = device.peripheral.accept({
      notify: (characteristic, value) => isCurrent() && this.#notify(characteristic, value),
      disconnect: () => isCurrent() && this.#drop(),
    });
    if (!this.link) throw networkError('Connection attempt failed.');
    this.connected = true;
    this.#isBusy = false;
    this.notifying.clear();

    const services = device.peripheral.services();
    const hasChanged = this.#shown.length > 0 && nameOf(services) !== nameOf(this.#shown);
    if (hasChanged && this.#staleLeft === 0) this.#staleLeft = staleConnections + 1;
    if (this.#staleLeft > 0) this.#staleLeft--;
    if (!hasChanged || this.#staleLeft === 0) this.#shown = services;
    return this;
  }

  disconnect(): void {
    this.#isConnecting = false;
    if (this.connected) this.#drop();
  }

  async getPrimaryService(uuid: string): Promise<VirtualService> {
    const { generation } = this;
    if (!this.device.allowed.has(uuid))
      throw new DOMException('Origin is not allowed to access the service.', 'SecurityError');
    return this.operate(generation, () => {
      const found = this.#shown.find(({ service }) => service === uuid);
      if (!found)
        throw new DOMException(`No Services matching UUID ${uuid} found in Device.`, 'NotFoundError');
      return new VirtualService(this, generation, found);
    });
  }

  /** One operation: refused beside another, and on objects of a connection that is over. */
  async operate<T>(generation: number, work: () => T): Promise<T> {
    const { device } = this;
    if (!this.connected || generation !== this.generation)
      throw networkError('GATT Server is disconnected. Cannot perform GATT operations.');
    if (this.#isBusy) throw networkError('GATT operation already in progress.');
    this.#isBusy = true;
    if (device.faults.hangsOnce) {
      device.faults.hangsOnce = false;
      return new Promise<T>(() => {});
    }
    await device.clock.sleep(device.radio.operationMs);
    if (generation !== this.generation || !this.connected)
      throw networkError('GATT Server is disconnected. Cannot perform GATT operations.');
    this.#isBusy = false;
    return work();
  }

  /** A value on its way to the peripheral; it arrives an interval later. */
  deliver(characteristic: string, value: Uint8Array): void {
    const { generation } = this;
    const { clock, radio, faults } = this.device;
    this.device.values.push({ direction: '>', bytes: value });
    const nth = this.device.values.length;
    if (nth === faults.breakAt) {
      this.#drop();
      return;
    }
    if (nth === faults.loseAt) return;
    const arrive = () => {
      if (this.connected && this.generation === generation) this.link!.written(characteristic, value);
    };
    if (faults.answersFirst) arrive();
    else clock.after(radio.intervalMs, arrive);
  }

  #notify(characteristic: string, value: Uint8Array): void {
    const { generation } = this;
    const { clock, radio, faults, values, peripheral } = this.device;
    if (value.length > peripheral.mtu - 3)
      throw new RangeError(
        `A notification of ${value.length} bytes is too long for an MTU of ${peripheral.mtu}`,
      );
    values.push({ direction: '<', bytes: value });
    const nth = values.length;
    if (nth === faults.breakAt) {
      this.#drop();
      return;
    }
    if (nth === faults.loseAt) return;
    const arrive = () => {
      if (this.connected && this.generation === generation) this.notifying.get(characteristic)?.take(value);
    };
    if (faults.answersFirst) arrive();
    else clock.after(radio.intervalMs, arrive);
  }

  #drop(): void {
    this.connected = false;
    this.#isBusy = false;
    this.notifying.clear();
    const { link } = this;
    this.link = undefined;
    link?.disconnected();
    this.device.dispatchEvent(new Event('gattserverdisconnected'));
  }
}

const nameOf = (services: readonly PeripheralService[]) => services.map(({ service }) => service).join();

class VirtualService {
  constructor(
    readonly server: VirtualServer,
    readonly generation: number,
    readonly offered: PeripheralService,
  ) {}

  getCharacteristic(uuid: string): Promise<VirtualCharacteristic> {
    return this.server.operate(this.generation, () => {
      if (uuid !== this.offered.in && uuid !== this.offered.out)
        throw new DOMException(`No Characteristics matching UUID ${uuid} found in Service.`, 'NotFoundError');
      return new VirtualCharacteristic(this, uuid);
    });
  }
}

class VirtualCharacteristic extends EventTarget {
  value: DataView | undefined;

  constructor(
    readonly service: VirtualService,
    readonly uuid: string,
  ) {
    super();
  }

  async writeValueWithoutResponse(value: Uint8Array<ArrayBuffer>): Promise<void> {
    const { server, generation, offered } = this.service;
    const { peripheral, radio } = server.device;
    if (this.uuid !== offered.in)
      throw new DOMException('GATT operation not permitted.', 'NotSupportedError');
    if (value.length > LONGEST_VALUE)
      throw new DOMException('Value can’t exceed 512 bytes.', 'InvalidModificationError');
    const room = peripheral.mtu - 3;
    const bytes = value.slice();
    await server.operate(generation, () => {
      if (bytes.length <= room) server.deliver(this.uuid, bytes);
      else if (radio.tooLong === 'cut') server.deliver(this.uuid, bytes.subarray(0, room));
      else if (radio.tooLong === 'reject') throw networkError('GATT operation failed for unknown reason.');
    });
  }

  async startNotifications(): Promise<this> {
    const { server, generation, offered } = this.service;
    if (this.uuid !== offered.out)
      throw new DOMException('GATT operation not permitted.', 'NotSupportedError');
    await server.operate(generation, () => {
      server.notifying.set(this.uuid, this);
      server.link!.subscribed(this.uuid);
    });
    return this;
  }

  take(value: Uint8Array): void {
    this.value = new DataView(value.slice().buffer);
    this.dispatchEvent(new Event('characteristicvaluechanged'));
  }
}
