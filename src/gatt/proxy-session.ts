/**
 * This browser in a network, through one proxy: connected, in time with its IV index, and with its own address let through.
 *
 * Below lies a connection to the proxy's service, above whoever asks nodes. The own node outlives the session and the session its
 * connections: numbers and what was heard go on.
 * Source: Mesh Protocol 1.1, 6.4 to 6.6 (filter, configuration, behaviour of a client), 3.11.5 (IV Update).
 */
import { KnownError } from '../errors.ts';
import {
  openBeacon,
  openProxyConfiguration,
  sealProxyConfiguration,
  Transport,
  Mailbox,
  type BeaconState,
  type IncomingMessage,
  type MessageKey,
  type NetworkKey,
  type OwnNode,
  type ProxyConfiguration,
  type ProxyMessage,
  type SegmentTiming,
} from '../mesh/index.ts';
import { within, type Clock } from '../clock.ts';
import type { GattConnection } from './connection.ts';
import { connectionClosed, foreignNetwork, keyRefresh, olderIvIndex, proxySilent } from './errors.ts';
import type { GattNode } from './gatt-node.ts';

const BEACON_MS = 5_000;
const STATUS_MS = 2_000;
/** Nodes of the nRF5 SDK pass two or three PDUs on at a time. */
const PACE_MS = 100;
export const PROXY_TTL = 4;
/** What is missing is sent again a second after the last segment, three times. */
const TIMING: SegmentTiming = { retryMs: () => 1_000, rounds: 4 };

export interface ProxySessionSetup {
  readonly network: NetworkKey;
  readonly own: OwnNode;
  keysFor(message: { readonly source: number; readonly aid: number | undefined }): readonly MessageKey[];
  onMessage(message: IncomingMessage): void;
  /** The IV index went up, or far up: something for a log. */
  onIvIndex?(index: number, isFarAhead: boolean): void;
}

export class ProxySession {
  readonly node: GattNode;
  readonly transport: Transport;
  readonly #setup: ProxySessionSetup;
  #connection: GattConnection | undefined;
  #opening: Promise<void> | undefined;
  #beacons = new Mailbox<BeaconState>();
  #statuses = new Mailbox<Extract<ProxyConfiguration, { kind: 'filter-status' }>>();
  /** Beacons that were not of this network. */
  #foreign = 0;
  #lastSentAt = -Infinity;
  #proxyUnicast: number | undefined;

  constructor(node: GattNode, setup: ProxySessionSetup) {
    const { network, own } = setup;
    this.node = node;
    this.#setup = setup;
    this.transport = new Transport(
      {
        clock: node.clock,
        network,
        unicast: own.unicast,
        elementCount: 1,
        sequences: own,
        replay: own.replay,
        timing: TIMING,
        defaultTtl: PROXY_TTL,
        keysFor: (message) => setup.keysFor(message),
        isSubscribed: () => false,
        transmit: (pdu) => this.#transmit(pdu),
        onMessage: (message) => {
          own.noteHeard();
          setup.onMessage(message);
        },
      },
      own.iv,
    );
  }

  get clock(): Clock {
    return this.node.clock;
  }

  /** First address of the node that serves as proxy, once it has answered. */
  get proxyUnicast(): number | undefined {
    return this.#proxyUnicast;
  }

  get isOpen(): boolean {
    return this.#connection !== undefined && !this.#connection.end;
  }

  /**
   * Connect where there is no connection: beacon, IV index, filter.
   *
   * @throws `gatt/…` as the connection, the beacon or the filter fails; `mesh/numbers-not-kept`
   */
  open(signal?: AbortSignal): Promise<void> {
    if (this.isOpen) return this.#opening ?? Promise.resolve();
    this.#opening ??= this.#open(signal).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  close(): void {
    this.#connection?.close();
    this.transport.close();
  }

  async #open(signal: AbortSignal | undefined): Promise<void> {
    this.#beacons = new Mailbox();
    this.#statuses = new Mailbox();
    this.#foreign = 0;
    const connection = await this.node.connect(
      'proxy',
      {
        onMessage: (message) => this.#take(message),
        onEnd: (reason) => {
          this.#beacons.fail(reason);
          this.#statuses.fail(reason);
        },
      },
      signal,
    );
    this.#connection = connection;
    try {
      await this.#follow(await this.#firstBeacon());
      await this.#configureFilter();
    } catch (error) {
      connection.close(error instanceof KnownError ? error : connectionClosed());
      throw error;
    }
  }

  async #firstBeacon(): Promise<BeaconState> {
    const late = () => foreignNetwork(this.#foreign, BEACON_MS / 1000);
    await within(this.clock, BEACON_MS, this.#beacons.arrival(), late);
    return this.#beacons.take();
  }

  /** @throws `gatt/key-refresh`, `gatt/older-iv-index` */
  async #follow(beacon: BeaconState): Promise<void> {
    if (beacon.keyRefresh) throw keyRefresh();
    const { own, onIvIndex } = this.#setup;
    const verdict = await own.follow(beacon);
    if (verdict.kind === 'older') throw olderIvIndex(beacon.ivIndex, own.iv.index);
    this.transport.iv = own.iv;
    if (verdict.kind === 'newer') onIvIndex?.(verdict.iv.index, verdict.isFarAhead);
  }

  async #configureFilter(): Promise<void> {
    const { own } = this.#setup;
    const status =
      (await this.#configure({ kind: 'set-filter-type', filter: 'accept' })) ??
      (await this.#configureAfterLeap());
    if (!status) throw proxySilent((2 * STATUS_MS) / 1000);
    const added = await this.#configure({ kind: 'add-addresses', addresses: [own.unicast] });
    if (!added || added.size === 0) throw proxySilent(STATUS_MS / 1000);
  }

  /** The proxy may have heard higher numbers of us than we know. */
  async #configureAfterLeap() {
    await this.#setup.own.leap();
    return this.#configure({ kind: 'set-filter-type', filter: 'accept' });
  }

  async #configure(message: ProxyConfiguration) {
    const { network, own } = this.#setup;
    await this.transport.sendSealed(
      (sequence, ivIndex) =>
        sealProxyConfiguration(network, ivIndex, { source: own.unicast, sequence, message }),
      (pdu) => this.#send({ type: 'configuration', data: pdu }),
    );
    const silence = new Error('no status');
    try {
      await within(this.clock, STATUS_MS, this.#statuses.arrival(), () => silence);
      return await this.#statuses.take();
    } catch (error) {
      if (error === silence) return undefined;
      throw error;
    }
  }

  async #transmit(pdu: Uint8Array<ArrayBuffer>): Promise<void> {
    const early = this.#lastSentAt + PACE_MS - this.clock.now();
    if (early > 0) await this.clock.sleep(early);
    this.#lastSentAt = this.clock.now();
    await this.#send({ type: 'network', data: pdu });
  }

  async #send(message: ProxyMessage): Promise<void> {
    if (!this.#connection) throw connectionClosed();
    await this.#connection.send(message);
  }

  #take({ type, data }: ProxyMessage): void {
    if (type === 'network') this.transport.receive(data);
    else if (type === 'beacon') this.#takeBeacon(data);
    else if (type === 'configuration') this.#takeStatus(data);
  }

  #takeBeacon(data: Uint8Array): void {
    const beacon = openBeacon(this.#setup.network, data);
    if (!beacon) {
      this.#foreign++;
      return;
    }
    if (this.#opening) {
      this.#beacons.put(beacon);
      return;
    }
    this.#follow(beacon).catch((error: unknown) => {
      // an older one is somebody else's news
      if (error instanceof KnownError && error.code !== 'gatt/older-iv-index') this.#connection?.close(error);
    });
  }

  #takeStatus(data: Uint8Array): void {
    const { network, own } = this.#setup;
    const sent = openProxyConfiguration(network, this.transport.iv.index, data);
    if (sent?.message.kind !== 'filter-status' || !own.replay.accepts(sent.source, sent)) return;
    own.replay.heard(sent.source, { ivIndex: sent.ivIndex, sequence: sent.sequence });
    this.#proxyUnicast = sent.source;
    this.#statuses.put(sent.message);
  }
}
