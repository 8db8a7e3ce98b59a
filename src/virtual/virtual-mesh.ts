/**
 * A mesh network made of code: nodes, the air between them, and radios such as a serial kit's.
 *
 * Messages are not encrypted: each carries the keys it would be encrypted with, and a receiver without them hears nothing. What
 * tells a good node from a bad one is kept: addresses, network, device and application keys, IV index, sequence numbers and replay
 * lists, hops and TTL, acknowledgements of the lower transport, loss.
 *
 * Source: Bluetooth Mesh Profile 1.0.1, sections 3.4 to 3.8.
 */
import type { Clock } from '../clock.ts';

/** What an access message is encrypted with. */
export type AirKey =
  { readonly kind: 'device'; readonly key: string } | { readonly kind: 'application'; readonly key: string };

/** One message on the air, all its segments together. Keys are hex digits. */
export interface AirMessage {
  readonly netKey: string;
  readonly ivIndex: number;
  readonly source: number;
  readonly destination: number;
  readonly ttl: number;
  /** Of its last segment. */
  readonly sequence: number;
  /** 0: not segmented. */
  readonly segments: number;
  /** The access message, or the acknowledgement of a segmented one. */
  readonly payload: { readonly access: Uint8Array; readonly key: AirKey } | 'acknowledgement';
}

/** As a message arrives. */
export interface Arrival {
  /** As received: every relay took one. */
  readonly ttl: number;
  /** dBm. */
  readonly rssi: number;
  /** Advertising address of the last hop, least significant byte first. */
  readonly lastHop: Uint8Array;
}

/** Whatever is on the air. */
export interface Station {
  /** Hops to the radios of the host; 1 is direct reach. */
  readonly hops: number;
  /** 0..1: share of messages that get lost on the way to or from it. */
  readonly lossRate: number;
  readonly advertisingAddress: Uint8Array;
  /** Whether a message could concern it, should it get there; all others pass it by. */
  wants(message: AirMessage): boolean;
  hear(message: AirMessage, arrival: Arrival): void;
}

/** Time on the air: network PDUs of a segmented message go out 20 ms apart, each relay takes as long again. */
const SEGMENT_MS = 20;
const HOP_MS = 15;
const BASE_MS = 10;

export interface MeshSetup {
  readonly clock: Clock;
  /** 0..1, for loss and signal strength. */
  readonly random: () => number;
}

export class VirtualMesh {
  readonly clock: Clock;
  readonly random: () => number;
  #stations: readonly Station[] = [];
  readonly #taps = new Set<(from: Station, message: AirMessage) => void>();

  constructor({ clock, random }: MeshSetup) {
    this.clock = clock;
    this.random = random;
  }

  get stations(): readonly Station[] {
    return this.#stations;
  }

  join(station: Station): void {
    this.#stations = [...this.#stations, station];
  }
  leave(station: Station): void {
    this.#stations = this.#stations.filter((other) => other !== station);
  }

  /** Listen to everything that is sent, whoever can hear it. */
  tap(listener: (from: Station, message: AirMessage) => void): () => void {
    this.#taps.add(listener);
    return () => this.#taps.delete(listener);
  }

  /** Send once; who can hear it hears it a moment later. */
  transmit(from: Station, message: AirMessage): void {
    for (const listener of [...this.#taps]) listener(from, message);
    for (const to of this.#stations) {
      if (to === from || !to.wants(message)) continue;
      if (this.random() < Math.max(from.lossRate, to.lossRate)) continue;
      // nodes are as far from each other as their distances to the host differ, and never nearer than one hop
      const hops = Math.max(Math.abs(to.hops - from.hops), 1);
      const relays = hops - 1;
      // TTL 0 is not relayed, nor is 1; each relay takes one
      if (relays > 0 && message.ttl - relays < 1) continue;
      const delay = BASE_MS + hops * HOP_MS + Math.max(message.segments - 1, 0) * SEGMENT_MS;
      const arrival: Arrival = {
        ttl: message.ttl - relays,
        rssi: -48 - Math.floor(this.random() * 12) - 4 * relays,
        lastHop: from.advertisingAddress,
      };
      this.clock.after(delay, () => to.hear(message, arrival));
    }
  }
}

/** Most bytes of an access message that goes out unsegmented; a segment carries 12, the last also the MIC of 4. */
const LONGEST_UNSEGMENTED = 11;
const SEGMENT_BYTES = 12;
const MIC_BYTES = 4;

/** How many segments an access message takes; 0 where it goes out in one piece. */
export function segmentsOf(accessBytes: number, isForced: boolean): number {
  if (!isForced && accessBytes <= LONGEST_UNSEGMENTED) return 0;
  return Math.ceil((accessBytes + MIC_BYTES) / SEGMENT_BYTES);
}

/** How long segments are repeated, and how often. Source: nRF5 SDK for Mesh 5.0.0, mesh/core/src/transport.c. */
export const transferTiming = (ttl: number) => ({ attempts: 5, intervalMs: 500 + 50 * ttl });

/** The highest numbers heard from each source: nothing older is taken, nor anything of a source that finds no room. */
export class ReplayList {
  readonly #highest = new Map<number, { ivIndex: number; sequence: number }>();

  constructor(readonly capacity: number) {}

  accepts({ source, ivIndex, sequence }: AirMessage): boolean {
    const known = this.#highest.get(source);
    if (!known && this.#highest.size >= this.capacity) return false;
    if (known && (ivIndex < known.ivIndex || (ivIndex === known.ivIndex && sequence <= known.sequence)))
      return false;
    this.#highest.set(source, { ivIndex, sequence });
    return true;
  }
  /** Remember a number as if a message with it had come. */
  remember(source: number, sequence: number, ivIndex = 0): void {
    this.#highest.set(source, { ivIndex, sequence });
  }
  clear(): void {
    this.#highest.clear();
  }
  get size(): number {
    return this.#highest.size;
  }
}
