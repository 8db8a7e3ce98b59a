/**
 * A node that speaks Bluetooth: to be provisioned over PB-GATT, then a proxy, with real PDUs on both sides.
 *
 * Below are a connection and the air, above the models that it shares with the nodes of the virtual serial kit. Two stacks differ
 * where a provisioner can tell them apart: severity towards values, replay list, relaying, times.
 * Source: nRF5 SDK for Mesh 5.0.0; Zephyr subsys/bluetooth/mesh; Mesh Protocol 1.1.
 */
import type { Clock } from '../../clock.ts';
import type { Composition } from '../../mesh/access/index.ts';
import {
  applicationKey,
  deviceKey,
  formatNetworkId,
  formatNodeIdentity,
  formatPrivateBeacon,
  formatSecureBeacon,
  formatUnprovisioned,
  MESH_SERVICES,
  networkKey,
  openNetworkPdu,
  ReplayList,
  Transport,
  transmitIndex,
  type IncomingMessage,
  type IvIndex,
  type MessageKey,
  type NetworkKey,
  type OpenedNetworkPdu,
  type ProxyMessage,
  type SegmentTiming,
} from '../../mesh/index.ts';
import { NodeModels, type NodeNetwork } from '../node-models.ts';
import type { AirStation, MeshAir } from './mesh-air.ts';
import { NodeLink, type StackName } from './node-link.ts';
import type { Central, Peripheral, PeripheralLink, PeripheralService } from './peripheral.ts';
import { Provisionee, type Joined, type ProvisioneeSetup } from './provisionee.ts';
import { ProxyServer } from './proxy-server.ts';

export interface RadioNodeSetup {
  readonly name: string;
  readonly stack: StackName;
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  readonly composition: Composition;
  readonly provisionee: Omit<ProvisioneeSetup, 'elementCount'>;
  readonly randomBytes: (length: number) => Uint8Array;
  /** 23, 69 or 247; the SDK's examples have 69, the samples of Zephyr 23. */
  readonly mtu?: number;
  /** Hops from where the line of nodes begins. */
  readonly place?: number;
  readonly lossRate?: number;
  readonly network?: NodeNetwork;
  readonly defaultTtl?: number;
  /** First sequence number it sends: what its image holds. */
  readonly sequence?: number;
  /** From the end of a provisioning until it is a proxy. */
  readonly switchMs?: number;
  readonly tellsPrivateBeacons?: boolean;
}

const TIMINGS: Record<StackName, SegmentTiming> = {
  nrf5: { retryMs: (ttl) => 500 + 50 * ttl, rounds: 5 },
  zephyr: { retryMs: () => 400, rounds: 5 },
};
const REPLAY_SIZES: Record<StackName, number> = { nrf5: 40, zephyr: 10 };
const SWITCH_MS = 1_000;
const IDENTITY_MS = 60_000;
/** From the answer to a reset until it is done: time for the answer to arrive. */
const RESET_MS = 500;
/** How long the models think. */
const ANSWER_MS = 30;
/** One PDU on the air at a time; so many more may wait. */
const ADVERTISING_MS = 20;
const RELAY_QUEUE = 3;

export class RadioNode extends NodeModels implements Peripheral, AirStation {
  readonly name: string;
  readonly uuid: Uint8Array;
  readonly mtu: number;
  place: number;
  lossRate: number;
  replay: ReplayList;
  /** Beacons of another network are told first. */
  foreignBeacons: readonly Uint8Array[] = [];
  readonly #setup: RadioNodeSetup;
  readonly #air: MeshAir;
  #isPowered = true;
  #isSwitching = false;
  #isIdentifying = false;
  #sequence: number;
  #networkKey: NetworkKey | undefined;
  #transport: Transport | undefined;
  #link: NodeLink | undefined;
  #provisionee: Provisionee | undefined;
  #proxy: ProxyServer | undefined;
  #joined: Joined | undefined;
  #waiting = 0;

  constructor(air: MeshAir, setup: RadioNodeSetup) {
    super(setup.composition, setup.defaultTtl ?? 4, undefined);
    this.#air = air;
    this.#setup = setup;
    this.name = setup.name;
    this.uuid = setup.uuid;
    this.mtu = setup.mtu ?? (setup.stack === 'nrf5' ? 69 : 23);
    this.place = setup.place ?? 0;
    this.lossRate = setup.lossRate ?? 0;
    this.replay = new ReplayList(REPLAY_SIZES[setup.stack]);
    this.#sequence = setup.sequence ?? 0;
    if (setup.network) this.join(setup.network);
    air.join(this);
  }

  get clock(): Clock {
    return this.#air.clock;
  }
  get stack(): StackName {
    return this.#setup.stack;
  }
  get isConnected(): boolean {
    return this.#link !== undefined;
  }
  get networkKey(): NetworkKey | undefined {
    return this.#isPowered ? this.#networkKey : undefined;
  }
  /** What the person at the node enters. */
  get provisionee(): Provisionee | undefined {
    return this.#provisionee;
  }
  get relays(): boolean {
    return this.features.relay === 1;
  }
  get iv(): IvIndex {
    return this.#transport?.iv ?? { index: 0, isUpdating: false };
  }

  /** Be a node of a network from now on. */
  join(network: NodeNetwork): void {
    const key = networkKey(network.netKey);
    this.network = network;
    this.#networkKey = key;
    this.#transport = new Transport(
      {
        clock: this.clock,
        network: key,
        unicast: network.unicast,
        elementCount: this.composition.elements.length,
        sequences: { next: async () => this.#sequence++ },
        replay: this.replay,
        timing: TIMINGS[this.stack],
        defaultTtl: this.defaultTtl,
        keysFor: ({ aid }) => this.#keysFor(aid),
        isSubscribed: (destination) => this.isFor(destination),
        transmit: async (pdu) => this.#transmit(pdu),
        onMessage: (message) => this.#answer(message),
      },
      { index: network.ivIndex, isUpdating: false },
    );
    this.changed();
  }

  /** The network has gone on to this IV index, and tells who is connected. */
  follow(iv: IvIndex): void {
    if (!this.#transport) return;
    if (transmitIndex(iv) > transmitIndex(this.#transport.iv)) this.#sequence = 0;
    this.#transport.iv = iv;
    for (const beacon of this.#beacons()) this.#proxy?.tellBeacon(beacon);
  }

  /** Send a state unasked, as its firmware does under a publication. */
  publish(destination: number, access: Uint8Array, appKey: Uint8Array): void {
    if (this.#isPowered)
      void this.#transport?.send({ destination, access, key: applicationKey(appKey), ttl: this.defaultTtl });
  }

  /** Tell who is connected a value as it is, as a faulty stack would. */
  tellValue(value: Uint8Array): void {
    this.#link?.sendValue(value);
  }

  /** Switch it off; on again it has forgotten what it keeps in RAM. */
  set isPowered(isPowered: boolean) {
    this.#isPowered = isPowered;
    if (isPowered) return;
    this.#link?.close();
    if (this.stack === 'nrf5') {
      const { network } = this;
      this.replay = new ReplayList(REPLAY_SIZES.nrf5);
      if (network) this.join(network);
    }
  }
  get isPowered(): boolean {
    return this.#isPowered;
  }

  /* The radio of a computer */

  advertises(): readonly string[] {
    return this.#isReachable && !this.#link ? this.services().map(({ service }) => service) : [];
  }

  /** Service data of the advertising, which a browser does not show. */
  serviceData(): Uint8Array {
    const { network } = this;
    const key = this.#networkKey;
    if (!key || !network) return formatUnprovisioned(this.uuid, 0);
    return this.#isIdentifying || this.features.nodeIdentity === 1
      ? formatNodeIdentity(key, network.unicast, this.#setup.randomBytes(8))
      : formatNetworkId(key);
  }

  services(): readonly PeripheralService[] {
    if (!this.network) return [MESH_SERVICES.provisioning];
    return this.features.gattProxy === 1 ? [MESH_SERVICES.proxy] : [];
  }

  accept(central: Central): PeripheralLink | undefined {
    if (!this.#isReachable || this.#link) return undefined;
    const isProxy = this.network !== undefined;
    const link = new NodeLink(central, {
      clock: this.clock,
      stack: this.stack,
      service: isProxy ? 'proxy' : 'provisioning',
      mtu: this.mtu,
      onOpen: () => (isProxy ? this.#proxy?.opened() : this.#openProvisioning(link)),
      onMessage: (message) => this.#take(message),
      onClosed: () => this.#closed(),
    });
    this.#link = link;
    if (isProxy) this.#proxy = this.#proxyOver(link);
    return link;
  }

  /* The air */

  wants(destination: number): boolean {
    if (!this.#isPowered || !this.network) return false;
    return this.isFor(destination) || (this.#proxy?.passes(destination) ?? false);
  }

  hear(pdu: OpenedNetworkPdu): void {
    const transport = this.#transport;
    const isUnderstood = pdu.ivIndex === transport?.iv.index || pdu.ivIndex + 1 === transport?.iv.index;
    if (!this.#isPowered || !transport || !isUnderstood) return;
    transport.hear(pdu);
    if (!this.#isOwn(pdu.destination)) this.#proxy?.tellHeard(pdu);
  }

  get #isReachable(): boolean {
    return this.#isPowered && !this.#isSwitching && this.services().length > 0;
  }

  #isOwn(address: number): boolean {
    const { network } = this;
    return (
      network !== undefined && address >= network.unicast && address < network.unicast + this.elements.length
    );
  }

  #keysFor(aid: number | undefined): readonly MessageKey[] {
    if (aid === undefined) return this.network ? [deviceKey(this.network.deviceKey)] : [];
    return [...this.appKeys.values()].map(applicationKey);
  }

  /** A PDU of our own: to the air, and to who is connected. */
  #transmit(bytes: Uint8Array): void {
    const key = this.networkKey;
    const transport = this.#transport;
    const pdu = key && transport && openNetworkPdu(key, transport.iv.index, bytes);
    if (!pdu) return;
    this.#air.transmit(this, key, pdu);
    if (this.#proxy?.passes(pdu.destination)) this.#proxy.tell(bytes);
  }

  #answer({ source, destination, key, access, ttl }: IncomingMessage): void {
    const answer = this.answer({ destination, access, key });
    if (!answer) return;
    const from = this.#isOwn(destination) ? destination : this.network!.unicast;
    const transport = this.#transport!;
    this.clock.after(ANSWER_MS, () => {
      if (this.#isPowered)
        void transport.send({
          source: from,
          destination: source,
          key,
          access: answer,
          ttl: ttl === 0 ? 0 : this.defaultTtl,
        });
    });
  }

  protected onReset(): void {
    this.clock.after(RESET_MS + ANSWER_MS, () => {
      this.forget();
      this.#networkKey = undefined;
      this.#transport = undefined;
      this.#link?.close();
      this.changed();
    });
  }

  /* A connection */

  #take(message: ProxyMessage): void {
    if (message.type === 'provisioning') this.#provisionee?.receive(message.data);
    else this.#proxy?.take(message);
  }

  #openProvisioning(link: NodeLink): void {
    this.#provisionee = new Provisionee(
      { ...this.#setup.provisionee, elementCount: this.composition.elements.length },
      (data) => link.send({ type: 'provisioning', data }),
      (joined) => {
        this.#joined = joined;
      },
    );
  }

  #proxyOver(link: NodeLink): ProxyServer {
    return new ProxyServer(
      {
        stack: this.stack,
        network: this.#networkKey!,
        unicast: this.network!.unicast,
        transport: () => this.#transport!,
        replay: () => this.replay,
        beacons: () => [...this.foreignBeacons, ...this.#beacons()],
        isOwn: (address) => this.#isOwn(address),
        relay: (pdu) => this.#relay(pdu),
      },
      link,
    );
  }

  #beacons(): readonly Uint8Array[] {
    const key = this.#networkKey;
    if (!key || !this.#transport) return [];
    const { index, isUpdating } = this.#transport.iv;
    const state = { keyRefresh: false, ivUpdate: isUpdating, ivIndex: index };
    return [
      this.#setup.tellsPrivateBeacons
        ? formatPrivateBeacon(key, state, this.#setup.randomBytes(13))
        : formatSecureBeacon(key, state),
    ];
  }

  /** The SDK's proxy passes on only as a relay; Zephyr's always. A full queue drops. */
  #relay(pdu: OpenedNetworkPdu): void {
    const mayRelay = this.stack === 'zephyr' ? this.features.gattProxy === 1 : this.features.relay === 1;
    const key = this.#networkKey;
    if (!mayRelay || pdu.ttl < 2 || !key || this.#waiting > RELAY_QUEUE) return;
    const relayed = { ...pdu, ttl: pdu.ttl - 1 };
    this.#waiting++;
    this.clock.after(this.#waiting * ADVERTISING_MS, () => {
      this.#waiting--;
      if (this.#isPowered) this.#air.transmit(this, key, relayed);
    });
  }

  #closed(): void {
    this.#link = undefined;
    this.#proxy = undefined;
    this.#provisionee = undefined;
    const joined = this.#joined;
    if (!joined) return;
    this.#joined = undefined;
    this.#isSwitching = true;
    this.clock.after(this.#setup.switchMs ?? SWITCH_MS, () => this.#becomeProxy(joined));
  }

  #becomeProxy({ data, deviceKey: key }: Joined): void {
    this.#isSwitching = false;
    this.join({
      netKey: data.netKey,
      netKeyIndex: data.keyIndex,
      ivIndex: data.ivIndex,
      unicast: data.unicast,
      deviceKey: key,
    });
    this.follow({ index: data.ivIndex, isUpdating: (data.flags & 2) !== 0 });
    this.#isIdentifying = true;
    this.clock.after(IDENTITY_MS, () => {
      this.#isIdentifying = false;
    });
  }
}
