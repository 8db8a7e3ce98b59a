/**
 * As much of Web Bluetooth as is used, so that a device of the browser, of another implementation or of a test will do.
 * Source: Web Bluetooth, sections 3 (device discovery) and 5 (GATT interaction).
 */

export interface Bluetooth {
  requestDevice(options: {
    readonly filters: readonly { readonly services: readonly string[] }[];
    readonly optionalServices: readonly string[];
  }): Promise<BluetoothDevice>;
  getAvailability?(): Promise<boolean>;
}

export interface BluetoothDevice {
  readonly id: string;
  readonly name?: string | null;
  readonly gatt?: BluetoothServer;
  addEventListener(type: 'gattserverdisconnected', listener: () => void): void;
  removeEventListener(type: 'gattserverdisconnected', listener: () => void): void;
}

export interface BluetoothServer {
  readonly connected: boolean;
  connect(): Promise<BluetoothServer>;
  disconnect(): void;
  getPrimaryService(uuid: string): Promise<BluetoothService>;
}

export interface BluetoothService {
  getCharacteristic(uuid: string): Promise<BluetoothCharacteristic>;
}

export interface BluetoothCharacteristic {
  readonly value?: DataView | undefined | null;
  writeValueWithoutResponse(value: Uint8Array<ArrayBuffer>): Promise<void>;
  startNotifications(): Promise<unknown>;
  addEventListener(type: 'characteristicvaluechanged', listener: () => void): void;
  removeEventListener(type: 'characteristicvaluechanged', listener: () => void): void;
}

/** A 16-bit UUID of the Bluetooth SIG as the 128 bits it stands for. */
const sigUuid = (short: number) => `0000${short.toString(16)}-0000-1000-8000-00805f9b34fb`;

export type MeshServiceName = 'provisioning' | 'proxy';

/** Source: Mesh Protocol 1.1, 7.1 and 7.2; Bluetooth Assigned Numbers. `in` is what a node takes, `out` what it tells. */
export const MESH_SERVICES: Record<
  MeshServiceName,
  { readonly service: string; readonly in: string; readonly out: string }
> = {
  provisioning: { service: sigUuid(0x1827), in: sigUuid(0x2adb), out: sigUuid(0x2adc) },
  proxy: { service: sigUuid(0x1828), in: sigUuid(0x2add), out: sigUuid(0x2ade) },
};
