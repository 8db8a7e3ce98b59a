/** Which unprovisioned devices are around, from beacons that repeat. */
import type { UnprovisionedBeacon } from '../mesh/index.ts';
import { uuidSign } from './known-devices.ts';

export interface DeviceAround {
  /** 32 hex digits. */
  readonly uuid: string;
  /** Of the last beacon, in dBm. */
  readonly rssi: number;
  /** The strongest so far. */
  readonly strongest: number;
  readonly offersGatt: boolean;
  readonly beacons: number;
  /** Milliseconds on the clock that the list was given. */
  readonly lastHeard: number;
  /** What its UUID tells. */
  readonly sign: string | undefined;
}

/** A list that grows with every beacon: each device once, in the order first heard. */
export class DevicesAround {
  #devices: readonly DeviceAround[] = [];

  constructor(private readonly now: () => number) {}

  get devices(): readonly DeviceAround[] {
    return this.#devices;
  }

  hear({ uuid, rssi, offersGatt }: UnprovisionedBeacon): void {
    const known = this.#devices.find((device) => device.uuid === uuid);
    const device: DeviceAround = {
      uuid,
      rssi,
      strongest: Math.max(rssi, known?.strongest ?? -128),
      offersGatt,
      beacons: (known?.beacons ?? 0) + 1,
      lastHeard: this.now(),
      sign: uuidSign(uuid),
    };
    this.#devices = known
      ? this.#devices.map((other) => (other === known ? device : other))
      : [...this.#devices, device];
  }
}
