/**
 * The proxy of a node: beacons and a filter for the one who is connected, and PDUs between its connection and the air.
 *
 * Source: Mesh Protocol 1.1, 6.4 to 6.7; nRF5 SDK for Mesh 5.0.0, mesh/gatt/src/proxy.c and proxy_filter.c; Zephyr
 * subsys/bluetooth/mesh/proxy_srv.c.
 */
import {
  ALL_NODES,
  openNetworkPdu,
  openProxyConfiguration,
  sealNetworkPdu,
  sealProxyConfiguration,
  UNASSIGNED,
  type FilterType,
  type NetworkKey,
  type OpenedNetworkPdu,
  type ProxyMessage,
  type ReplayList,
  type Transport,
} from '../../mesh/index.ts';
import type { NodeLink, StackName } from './node-link.ts';

const FILTER_SIZES: Record<StackName, number> = { nrf5: 32, zephyr: 16 };

/** The node around it. */
export interface ProxyHost {
  readonly stack: StackName;
  readonly network: NetworkKey;
  readonly unicast: number;
  transport(): Transport;
  replay(): ReplayList;
  /** Every beacon that is due when somebody subscribes; several where there are several subnets. */
  beacons(): readonly Uint8Array[];
  /** Whether an address is one of the node's own. */
  isOwn(address: number): boolean;
  /** Pass on what came over the connection. */
  relay(pdu: OpenedNetworkPdu): void;
}

export class ProxyServer {
  readonly #host: ProxyHost;
  readonly #link: NodeLink;
  #filter: FilterType = 'accept';
  #addresses = new Set<number>();

  constructor(host: ProxyHost, link: NodeLink) {
    this.#host = host;
    this.#link = link;
  }

  opened(): void {
    for (const beacon of this.#host.beacons()) this.tellBeacon(beacon);
  }

  tellBeacon(data: Uint8Array): void {
    this.#link.send({ type: 'beacon', data });
  }

  take({ type, data }: ProxyMessage): void {
    if (type === 'network') this.#takeNetworkPdu(data);
    else if (type === 'configuration') this.#configure(data);
  }

  /** Whether a PDU with that destination goes to who is connected. */
  passes(destination: number): boolean {
    if (destination === ALL_NODES && this.#host.stack === 'zephyr') return true;
    return (this.#filter === 'accept') === this.#addresses.has(destination);
  }

  /** A PDU of the node's own. */
  tell(pdu: Uint8Array): void {
    this.#link.send({ type: 'network', data: pdu });
  }

  /** A PDU from the air. */
  tellHeard(pdu: OpenedNetworkPdu): void {
    if (pdu.ttl < 2 || !this.passes(pdu.destination)) return;
    this.tell(sealNetworkPdu(this.#host.network, pdu.ivIndex, { ...pdu, ttl: pdu.ttl - 1 }));
  }

  #takeNetworkPdu(data: Uint8Array): void {
    const { network } = this.#host;
    const transport = this.#host.transport();
    const pdu = openNetworkPdu(network, transport.iv.index, data);
    if (!pdu) return;
    this.#addSource(pdu.source);
    transport.hear(pdu);
    if (!this.#host.isOwn(pdu.destination)) this.#host.relay(pdu);
  }

  #configure(data: Uint8Array): void {
    const { network, stack } = this.#host;
    const sent = openProxyConfiguration(network, this.#host.transport().iv.index, data);
    if (!sent) return;
    const { source, sequence, ivIndex, message } = sent;
    if (stack === 'zephyr') {
      const replay = this.#host.replay();
      if (!replay.accepts(source, sent)) return;
      replay.heard(source, { ivIndex, sequence });
      this.#addSource(source);
    }
    switch (message.kind) {
      case 'set-filter-type':
        this.#filter = message.filter;
        this.#addresses = new Set();
        break;
      case 'add-addresses':
        for (const address of message.addresses) this.#add(address);
        break;
      case 'remove-addresses':
        for (const address of message.addresses) this.#addresses.delete(address);
        break;
      default:
        return;
    }
    this.#tellStatus();
  }

  /** Who speaks to us is listened for. */
  #addSource(source: number): void {
    if (this.#filter === 'accept') this.#add(source);
    else this.#addresses.delete(source);
  }

  #add(address: number): void {
    if (address !== UNASSIGNED && this.#addresses.size < FILTER_SIZES[this.#host.stack])
      this.#addresses.add(address);
  }

  #tellStatus(): void {
    const { network, unicast } = this.#host;
    const message = { kind: 'filter-status', filter: this.#filter, size: this.#addresses.size } as const;
    void this.#host.transport().sendSealed(
      (sequence, ivIndex) => sealProxyConfiguration(network, ivIndex, { source: unicast, sequence, message }),
      async (data) => this.#link.send({ type: 'configuration', data }),
    );
  }
}
