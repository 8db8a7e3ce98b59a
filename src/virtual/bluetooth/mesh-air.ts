/**
 * The air between nodes that speak real PDUs: who hears what, over how many hops, with what is lost on the way.
 *
 * Nodes stand at places along a line; those at the same place or next to each other are in reach, and all else takes relays, one at
 * each place between. A PDU is opened once for all who have its network key. Every relay takes one off its TTL.
 */
import { equalBytes } from '../../bytes.ts';
import type { Clock } from '../../clock.ts';
import type { NetworkKey, OpenedNetworkPdu } from '../../mesh/index.ts';

export interface AirStation {
  /** Hops from where the line begins. */
  readonly place: number;
  /** 0…1: share of PDUs lost on each hop to it. */
  readonly lossRate: number;
  /** Its network key and whether it is powered; `undefined`: it neither hears nor relays. */
  readonly networkKey: NetworkKey | undefined;
  readonly relays: boolean;
  /** Whether a PDU with that destination could concern it. */
  wants(destination: number): boolean;
  hear(pdu: OpenedNetworkPdu): void;
}

/** One advertising event with its three channels, and the relay's work. */
const HOP_MS = 20;

export class MeshAir {
  readonly clock: Clock;
  readonly random: () => number;
  readonly #stations: AirStation[] = [];
  /** PDUs sent so far. */
  sent = 0;

  /** @param random  0…1, decides what is lost */
  constructor(clock: Clock, random: () => number) {
    this.clock = clock;
    this.random = random;
  }

  join(station: AirStation): void {
    this.#stations.push(station);
  }
  leave(station: AirStation): void {
    this.#stations.splice(this.#stations.indexOf(station), 1);
  }

  transmit(from: AirStation, key: NetworkKey, pdu: OpenedNetworkPdu): void {
    this.sent++;
    for (const to of this.#stations) {
      if (to === from || !to.wants(pdu.destination) || !isOf(to, key)) continue;
      const hops = Math.max(Math.abs(to.place - from.place), 1);
      const ttl = pdu.ttl - (hops - 1);
      if ((hops > 1 && ttl < 1) || !this.#isRelayed(from, to, key) || this.#isLost(hops, to)) continue;
      this.clock.after(hops * HOP_MS, () => to.hear({ ...pdu, ttl }));
    }
  }

  #isRelayed(from: AirStation, to: AirStation, key: NetworkKey): boolean {
    const [near, far] = [from.place, to.place].sort((a, b) => a - b) as [number, number];
    for (let place = near + 1; place < far; place++)
      if (!this.#stations.some((one) => one.place === place && one.relays && isOf(one, key))) return false;
    return true;
  }

  #isLost(hops: number, to: AirStation): boolean {
    for (let hop = 0; hop < hops; hop++) if (this.random() < to.lossRate) return true;
    return false;
  }
}

const isOf = ({ networkKey }: AirStation, key: NetworkKey) =>
  networkKey !== undefined && equalBytes(networkKey.key, key.key);
