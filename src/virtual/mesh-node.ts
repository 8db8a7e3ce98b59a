/** A node made of code on the air of a virtual mesh: in no network at first, then answering as its models do. */
import { fromHex, toHex } from '../bytes.ts';
import type { Composition } from '../mesh/access/index.ts';
import { NodeModels, type NodeNetwork } from './node-models.ts';
import {
  ReplayList,
  segmentsOf,
  transferTiming,
  type AirKey,
  type AirMessage,
  type Arrival,
  type Station,
  type VirtualMesh,
} from './virtual-mesh.ts';

export interface NodeSetup {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  readonly composition: Composition;
  /** 1 when left out. */
  readonly hops?: number;
  readonly lossRate?: number;
  readonly network?: NodeNetwork;
  readonly defaultTtl?: number;
  readonly staticOob?: Uint8Array;
  /** First sequence number it sends: what its image holds. */
  readonly sequence?: number;
}

export class VirtualMeshNode extends NodeModels implements Station {
  readonly uuid: Uint8Array;
  readonly staticOob: Uint8Array | undefined;
  readonly advertisingAddress: Uint8Array;
  hops: number;
  lossRate: number;
  isPowered = true;
  readonly replay: ReplayList;
  #sequence: number;
  readonly #mesh: VirtualMesh;
  /** Segmented messages to a peer whose acknowledgement has not come. */
  readonly #transfers = new Map<number, { acknowledged: () => void }>();

  constructor(mesh: VirtualMesh, setup: NodeSetup) {
    super(setup.composition, setup.defaultTtl ?? 4, setup.network);
    this.#mesh = mesh;
    this.uuid = setup.uuid;
    this.staticOob = setup.staticOob;
    this.hops = setup.hops ?? 1;
    this.lossRate = setup.lossRate ?? 0;
    this.replay = new ReplayList(setup.composition.crpl);
    this.#sequence = setup.sequence ?? 0;
    this.advertisingAddress = Uint8Array.from(
      [0, 1, 2, 3, 4, 5],
      (i) => setup.uuid[i]! | (i === 5 ? 0xc0 : 0),
    );
    mesh.join(this);
  }

  /** Become a node. */
  join(network: NodeNetwork): void {
    this.network = network;
    this.changed();
  }

  wants({ destination }: AirMessage): boolean {
    return this.isPowered && this.network !== undefined && this.isFor(destination);
  }

  hear(message: AirMessage, arrival: Arrival): void {
    const { network } = this;
    if (!this.isPowered || !network || message.netKey !== toHex(network.netKey)) return;
    if (message.ivIndex !== network.ivIndex || !this.isFor(message.destination)) return;
    if (!this.replay.accepts(message)) return;
    if (message.payload === 'acknowledgement') {
      this.#transfers.get(message.source)?.acknowledged();
      return;
    }
    const isUnicast = message.destination <= 0x7fff;
    if (message.segments > 0 && isUnicast) this.#acknowledge(message);
    this.#handle(message, message.payload.access, message.payload.key, arrival);
  }

  /** Send a state unasked, as a publication does. */
  send(destination: number, access: Uint8Array, key: AirKey, ttl = this.defaultTtl): void {
    const { network } = this;
    if (!network || !this.isPowered) return;
    const segments = segmentsOf(access.length, false);
    const transmit = () => {
      if (!this.isPowered || this.network !== network) return;
      this.#mesh.transmit(this, {
        netKey: toHex(network.netKey),
        ivIndex: network.ivIndex,
        source: network.unicast,
        destination,
        ttl,
        sequence: this.#next(Math.max(segments, 1)),
        segments,
        payload: { access, key },
      });
    };
    if (segments === 0 || destination > 0x7fff) transmit();
    else this.#repeatUntilAcknowledged(destination, ttl, transmit);
  }

  #repeatUntilAcknowledged(peer: number, ttl: number, transmit: () => void): void {
    const { attempts, intervalMs } = transferTiming(ttl);
    let left = attempts;
    let cancel = () => {};
    const attempt = () => {
      if (left-- === 0) {
        this.#transfers.delete(peer);
        return;
      }
      transmit();
      cancel = this.#mesh.clock.after(intervalMs, attempt);
    };
    const acknowledged = () => {
      cancel();
      this.#transfers.delete(peer);
    };
    this.#transfers.set(peer, { acknowledged });
    attempt();
  }

  #acknowledge({ source, ttl }: AirMessage): void {
    const network = this.network!;
    this.#mesh.transmit(this, {
      netKey: toHex(network.netKey),
      ivIndex: network.ivIndex,
      source: network.unicast,
      destination: source,
      ttl: ttl === 0 ? 0 : this.defaultTtl,
      sequence: this.#next(1),
      segments: 0,
      payload: 'acknowledgement',
    });
  }

  #next(count: number): number {
    this.#sequence += count;
    return this.#sequence;
  }

  #handle(message: AirMessage, access: Uint8Array, key: AirKey, { ttl }: Arrival): void {
    const bytes = { kind: key.kind, key: fromHex(key.key)! };
    const answer = this.answer({ destination: message.destination, access, key: bytes });
    if (!answer) return;
    this.send(message.source, answer, key, ttl === 0 ? 0 : this.defaultTtl);
  }

  protected onReset(): void {
    this.#mesh.clock.after(100, () => {
      this.forget();
      this.replay.clear();
      this.changed();
    });
  }
}
