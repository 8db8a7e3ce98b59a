/**
 * A virtual kit and the nodes around it: everything the radio does in the demo. Nothing is real but the code.
 *
 * Every node has the switch of the sample as its firmware, or a light; what it was told is what the database says.
 */
import { fromHex, toHex } from '../../bytes.ts';
import { genericOnOff, webKeyAgreement, type Composition, type KeyAgreement } from '../../mesh/index.ts';
import type { MeshDatabase, NodeRecord } from '../../meshdb/index.ts';
import { VirtualMesh, VirtualMeshNode, VirtualSerialKit, VirtualSerialPort } from '../../virtual/index.ts';
import { randomBytes } from '../browser/platform.ts';
import { PacedClock } from './paced-clock.ts';
import type { SampleDevice } from './sample-donor.ts';

/** How many times faster than real radio. */
const HASTE = 6;

const features = { relay: true, proxy: true, friend: false, lowPower: false };
const head = { cid: 0x0059, pid: 0, vid: 0, crpl: 40, features };
/** As the light switch client of the SDK: a switch for each of two rooms. */
const SWITCH: Composition = {
  ...head,
  elements: [
    { location: 0, models: ['0000', '0002'] },
    { location: 0, models: ['1001'] },
    { location: 0, models: ['1001'] },
  ],
};
/** As the light switch server of the SDK. */
const LIGHT: Composition = { ...head, elements: [{ location: 0, models: ['0000', '0002', '1000'] }] };

/** A light of the demo, as a person sees it. */
export interface VirtualLight {
  readonly name: string;
  readonly unicast: number;
  readonly isOn: boolean;
}

export class RadioDesk {
  readonly port: VirtualSerialPort;
  readonly clock: PacedClock;
  readonly keyAgreement: KeyAgreement = webKeyAgreement(crypto.subtle);
  readonly #onLights: (lights: readonly VirtualLight[]) => void;

  readonly #mesh: VirtualMesh;
  readonly #nodes = new Map<number, VirtualMeshNode>();
  readonly #names = new Map<VirtualMeshNode, string>();
  /** In no network yet: what `provision` finds. */
  readonly #fresh: VirtualMeshNode[] = [];

  /** @param onLights  told of every change of the lights that are on the air */
  constructor(onLights: (lights: readonly VirtualLight[]) => void) {
    this.#onLights = onLights;
    this.clock = new PacedClock(HASTE);
    this.#mesh = new VirtualMesh({ clock: this.clock, random: Math.random });
    const kit = new VirtualSerialKit({
      release: '5.0.0',
      mesh: this.#mesh,
      clock: this.clock,
      keyAgreement: this.keyAgreement,
      randomBytes,
    });
    this.port = new VirtualSerialPort(kit);
  }

  /** Devices that wait to be provisioned, one of each kind: a lamp, and for the sample network the switch that it is about. */
  layOut(withSwitch: boolean): void {
    for (const [composition, prefix] of [
      ...(withSwitch ? [[SWITCH, '0059ffff00000000'] as const] : []),
      [LIGHT, ''] as const,
    ]) {
      if (this.#fresh.some((node) => !node.network && node.composition === composition)) continue;
      const uuid = randomBytes(16);
      uuid[6] = (uuid[6]! & 0x0f) | 0x40;
      uuid[8] = (uuid[8]! & 0x3f) | 0x80;
      uuid.set(fromHex(prefix)!);
      const node = this.#watch(new VirtualMeshNode(this.#mesh, { uuid, composition }), '');
      this.#fresh.push(node);
    }
  }

  /** What a device is that was laid out. */
  deviceOf(uuid: string): SampleDevice | undefined {
    const node = this.#fresh.find((other) => toHex(other.uuid) === uuid);
    return node && (node.composition === SWITCH ? 'switch' : 'lamp');
  }

  /**
   * Put nodes of a database on the air, as they are told there.
   *
   * @param alive    first addresses of those that have power; all others are off
   * @param ivIndex  of the network
   */
  populate(database: MeshDatabase, alive: ReadonlySet<number>, ivIndex: number): void {
    for (const record of database.nodes) {
      const joined = this.#joinedAt(record.unicast);
      if (joined) this.#names.set(joined, record.name);
      if (this.#isThere(record)) continue;
      const node = this.#place(database, record, ivIndex);
      if (node) this.#nodes.set(record.unicast, node);
    }
    for (const [unicast, node] of this.#nodes) node.isPowered = alive.has(unicast);
    this.#show();
  }

  /** Press the first button of a switch: what its firmware then publishes. */
  press(unicast: number, isOn: boolean): void {
    const node = this.#nodes.get(unicast) ?? this.#joinedAt(unicast);
    const models = node?.elements.flat() ?? [];
    for (const { publication } of models) {
      const key = publication && node!.appKeys.get(publication.key.appKeyIndex);
      if (!key) continue;
      const message = genericOnOff.setUnacknowledged.encode({
        state: isOn ? 1 : 0,
        tid: 0,
        transition: null,
      });
      node!.send(publication.address, message, { kind: 'application', key: toHex(key) });
      return;
    }
  }

  /** Who was laid out here and has joined. */
  #joinedAt(unicast: number): VirtualMeshNode | undefined {
    return this.#fresh.find(({ network }) => network?.unicast === unicast);
  }

  #isThere({ unicast, deviceKey }: NodeRecord): boolean {
    const known = this.#nodes.get(unicast)?.network;
    if (known && deviceKey && toHex(known.deviceKey) !== toHex(deviceKey)) {
      this.#mesh.leave(this.#nodes.get(unicast)!); // of another network that was open before
      this.#nodes.delete(unicast);
      return false;
    }
    return known !== undefined || this.#joinedAt(unicast) !== undefined;
  }

  #place(database: MeshDatabase, record: NodeRecord, ivIndex: number): VirtualMeshNode | undefined {
    const netKeyIndex = record.netKeyIndexes[0] ?? 0;
    const netKey = database.netKeys.find(({ index }) => index === netKeyIndex)?.key;
    const { deviceKey, unicast } = record;
    if (!netKey || !deviceKey) return undefined;
    // nodes whose composition nobody has read are the lights of the rooms
    const isLight = record.composition === undefined;
    const node = this.#watch(
      new VirtualMeshNode(this.#mesh, {
        uuid: randomBytes(16),
        composition: record.composition ?? LIGHT,
        network: { netKey, netKeyIndex, ivIndex, unicast, deviceKey },
        hops: 1 + (Math.floor(unicast / 3) % 3),
      }),
      record.name,
    );
    for (const { index, key } of database.appKeys)
      if (key && (isLight || record.appKeyIndexes.includes(index))) node.appKeys.set(index, key);
    if (isLight) this.#furnish(node, database);
    else tell(node, record);
    return node;
  }

  /** A light listens to one of the rooms. */
  #furnish(node: VirtualMeshNode, database: MeshDatabase): void {
    const rooms = database.groups.flatMap(({ address }) => (typeof address === 'number' ? [address] : []));
    const server = node.model(0, '1000')!;
    server.bindings = [0];
    server.subscriptions = rooms.length > 0 ? [rooms[node.network!.unicast % rooms.length]!] : [];
  }

  #watch(node: VirtualMeshNode, name: string): VirtualMeshNode {
    this.#names.set(node, name);
    node.onChange(() => this.#show());
    return node;
  }

  #show(): void {
    const lit = [...this.#names].filter(([node]) => node.network && node.isPowered && node.model(0, '1000'));
    this.#onLights(
      lit.map(([node, name]) => ({
        name: name || 'the new light',
        unicast: node.network!.unicast,
        isOn: node.lights[0] ?? false,
      })),
    );
  }
}

/** What the database says of a node is what the node has. */
function tell(node: VirtualMeshNode, record: NodeRecord): void {
  for (const [place, { models }] of record.elements.entries())
    for (const { modelId, bindings, subscriptions, publication } of models) {
      const model = node.model(place, modelId.toLowerCase());
      if (!model) continue;
      model.bindings = bindings;
      model.subscriptions = subscriptions.filter((address) => typeof address === 'number');
      if (publication && typeof publication.address === 'number')
        model.publication = {
          address: publication.address,
          key: { appKeyIndex: publication.appKeyIndex, friendshipCredentials: false },
          ttl: publication.ttl,
          periodMs: publication.periodMs,
          retransmit: {
            count: publication.retransmitCount,
            intervalMs: publication.retransmitIntervalMs || 50,
          },
        };
    }
}
