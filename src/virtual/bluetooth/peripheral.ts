/** What a Bluetooth device is to the radio of a computer: a name, services that change, and one connection at a time. */

/** One service with a characteristic to write to and one that notifies. */
export interface PeripheralService {
  readonly service: string;
  readonly in: string;
  readonly out: string;
}

/** The computer's end of a connection, as the device sees it. */
export interface Central {
  /** A value of at most MTU − 3 bytes. */
  notify(characteristic: string, value: Uint8Array): void;
  disconnect(): void;
}

/** The device's end of a connection. */
export interface PeripheralLink {
  subscribed(characteristic: string): void;
  written(characteristic: string, value: Uint8Array): void;
  /** The connection is gone, whoever ended it. */
  disconnected(): void;
}

export interface Peripheral {
  readonly name: string;
  /** ATT_MTU, 23…247. */
  readonly mtu: number;
  /** UUIDs of the services in its advertising; none where it cannot be connected to. */
  advertises(): readonly string[];
  /** Its table of services. */
  services(): readonly PeripheralService[];
  /** `undefined` when it takes no connection now. */
  accept(central: Central): PeripheralLink | undefined;
}
