/**
 * A node that a person chose, for as long as the page is open: connected to and lost any number of times, under one radio address.
 *
 * What is remembered over connections: that its services change when it is provisioned, and how long a value it takes.
 */
import type { Clock } from '../clock.ts';
import { KnownError } from '../errors.ts';
import { MESH_SERVICES, type MeshServiceName } from '../mesh/index.ts';
import type { BluetoothDevice, BluetoothServer } from './bluetooth.ts';
import { GattConnection, type ConnectionEvents } from './connection.ts';
import { connectionLost, noService, notConnected } from './errors.ts';
import { Operations } from './operations.ts';
import type { System } from './system-texts.ts';
import { ValueLimit } from './value-limit.ts';

/** Where it runs. */
export interface GattSurroundings {
  readonly clock: Clock;
  readonly system: System;
}

const CONNECT_MS = 15_000;
/** Discovery may hang after a quick reconnect. */
const DISCOVER_MS = 10_000;
const SUBSCRIBE_MS = 10_000;
const PAUSES_MS = [1_000, 2_000, 4_000];
/** For the system to look at the services again. */
const STALE_PAUSE_MS = 2_000;
const STALE_REPEATS = 2;

export class GattNode {
  readonly device: BluetoothDevice;
  readonly #surroundings: GattSurroundings;
  readonly #operations: Operations;
  readonly #limit = new ValueLimit();
  #connection: GattConnection | undefined;

  constructor(device: BluetoothDevice, surroundings: GattSurroundings) {
    this.device = device;
    this.#surroundings = surroundings;
    this.#operations = new Operations(surroundings.clock);
  }

  get name(): string {
    return this.device.name ?? 'a device without a name';
  }

  get clock(): Clock {
    return this.#surroundings.clock;
  }

  /**
   * Connect, find the service and subscribe: with that the node opens its side. A connection from before is closed.
   *
   * @throws `gatt/not-connected`, `gatt/no-service`, `gatt/lost`
   */
  async connect(
    service: MeshServiceName,
    events: ConnectionEvents,
    signal?: AbortSignal,
  ): Promise<GattConnection> {
    this.#connection?.close();
    const startedAt = this.clock.now();
    let stale = 0;
    for (let tries = 0; ;) {
      signal?.throwIfAborted();
      try {
        return await this.#connectOnce(service, events);
      } catch (cause) {
        this.device.gatt?.disconnect();
        if (isMissing(cause)) {
          if (stale++ === STALE_REPEATS) throw noService(service, this.#surroundings.system);
          await this.clock.sleep(STALE_PAUSE_MS, signal);
          continue;
        }
        const pause = PAUSES_MS[tries++];
        if (pause === undefined) throw notConnected(Math.round((this.clock.now() - startedAt) / 1000), cause);
        await this.clock.sleep(pause, signal);
      }
    }
  }

  /** Which of its services a node shows now; it has one at a time. */
  async findService(signal?: AbortSignal): Promise<MeshServiceName | undefined> {
    for (const service of ['proxy', 'provisioning'] as const) {
      try {
        const connection = await this.connect(service, { onMessage: () => {} }, signal);
        connection.close();
        return service;
      } catch (error) {
        if (!(error instanceof KnownError) || error.code !== 'gatt/no-service') throw error;
      }
    }
    return undefined;
  }

  async #connectOnce(service: MeshServiceName, events: ConnectionEvents): Promise<GattConnection> {
    const { gatt } = this.device;
    if (!gatt) throw noService(service, this.#surroundings.system);
    this.#limit.reset();
    const server = await this.#operations.run(() => gatt.connect(), CONNECT_MS, late('connect'));
    const { input, output } = await this.#discover(server, service);
    const connection = new GattConnection({
      clock: this.clock,
      device: this.device,
      operations: this.#operations,
      limit: this.#limit,
      input,
      output,
      events,
    });
    try {
      await this.#operations.run(() => output.startNotifications(), SUBSCRIBE_MS, late('subscribe'));
    } catch (error) {
      connection.close();
      throw error;
    }
    if (connection.end) throw connection.end;
    this.#connection = connection;
    return connection;
  }

  async #discover(server: BluetoothServer, name: MeshServiceName) {
    const uuids = MESH_SERVICES[name];
    const run = <T>(operation: () => Promise<T>) =>
      this.#operations.run(operation, DISCOVER_MS, late('discover'));
    const service = await run(() => server.getPrimaryService(uuids.service));
    const input = await run(() => service.getCharacteristic(uuids.in));
    const output = await run(() => service.getCharacteristic(uuids.out));
    if (!server.connected) throw connectionLost(false);
    return { input, output };
  }
}

const late = (what: string) => () => new Error(`The browser did not ${what} in time.`);

const isMissing = (error: unknown) => (error as { readonly name?: unknown } | null)?.name === 'NotFoundError';
