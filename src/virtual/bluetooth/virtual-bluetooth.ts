/**
 * `navigator.bluetooth` with virtual devices in reach.
 *
 * It obeys Web Bluetooth: a question needs a press of a button, shows what advertises one of the services asked for, and gives
 * access to one device and the services named.
 * Source: Web Bluetooth, sections 3.1 and 4.
 */
import type { Clock } from '../../clock.ts';
import type { Peripheral } from './peripheral.ts';
import { VirtualBluetoothDevice, type RadioSetup } from './virtual-device.ts';

export interface VirtualBluetoothSetup {
  readonly clock: Clock;
  readonly peripherals: readonly Peripheral[];
  /** The person in front of the list. */
  readonly choose?: (shown: readonly Peripheral[]) => Peripheral | undefined;
  readonly radio?: Partial<RadioSetup>;
}

interface RequestOptions {
  readonly filters: readonly { readonly services: readonly string[] }[];
  readonly optionalServices: readonly string[];
}

export class VirtualBluetooth {
  /** A person has just pressed a button. A question uses it up. */
  isPressed = false;
  /** The radio is on. */
  isAvailable = true;
  /** Of all devices that were ever chosen. */
  readonly devices = new Map<Peripheral, VirtualBluetoothDevice>();
  readonly #setup: VirtualBluetoothSetup;

  constructor(setup: VirtualBluetoothSetup) {
    this.#setup = setup;
  }

  async getAvailability(): Promise<boolean> {
    return this.isAvailable;
  }

  async requestDevice({ filters, optionalServices }: RequestOptions): Promise<VirtualBluetoothDevice> {
    if (!this.isPressed) throw new DOMException('Must be handling a user gesture.', 'SecurityError');
    this.isPressed = false;
    if (!this.isAvailable) throw new DOMException('Bluetooth adapter not available.', 'NotFoundError');
    const { peripherals, choose = ([first]) => first } = this.#setup;
    const shown = peripherals.filter((one) => {
      const advertised = one.advertises();
      return filters.some(({ services }) => services.every((uuid) => advertised.includes(uuid)));
    });
    const chosen = choose(shown);
    if (!chosen) throw new DOMException('User cancelled the requestDevice() chooser.', 'NotFoundError');
    const device = this.#deviceOf(chosen);
    for (const uuid of [...filters.flatMap(({ services }) => services), ...optionalServices])
      device.allowed.add(uuid);
    return device;
  }

  #deviceOf(peripheral: Peripheral): VirtualBluetoothDevice {
    const known = this.devices.get(peripheral);
    if (known) return known;
    const id = `device-${this.devices.size + 1}`;
    const device = new VirtualBluetoothDevice(id, peripheral, this.#setup.clock, this.#setup.radio);
    this.devices.set(peripheral, device);
    return device;
  }
}
