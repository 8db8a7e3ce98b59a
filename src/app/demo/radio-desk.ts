/**
 * A virtual radio and the nodes around it: everything the radio does in the demo. Nothing is real but the code.
 *
 * Every node has the switch of the sample as its firmware, or a light; what it was told is what the database says. How messages
 * come and go is the matter of the desk of each kind of radio.
 */
import { fromHex, toHex } from '../../bytes.ts';
import {
  genericOnOff,
  INPUT_ACTIONS,
  NRF5_EXAMPLE_STATIC_OOB,
  OUTPUT_ACTIONS,
  webKeyAgreement,
  type Composition,
  type KeyAgreement,
  type OobInput,
} from '../../mesh/index.ts';
import type { MeshDatabase, NodeRecord } from '../../meshdb/index.ts';
import {
  actionBits,
  MeshAir,
  RadioNode,
  VirtualBluetooth,
  VirtualMesh,
  VirtualMeshNode,
  VirtualSerialKit,
  VirtualSerialPort,
  type NodeModels,
  type NodeNetwork,
  type Peripheral,
} from '../../virtual/index.ts';
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
const COMPOSITIONS: Readonly<Record<SampleDevice, Composition>> = { switch: SWITCH, lamp: LIGHT };
/** Of the SDK's light switch client. */
const SWITCH_UUID_PREFIX = '0059ffff00000000';

/** A light of the demo, as a person sees it. */
export interface VirtualLight {
  readonly name: string;
  readonly unicast: number;
  readonly isOn: boolean;
}

/** A node of either desk. */
type DeskNode = NodeModels & { readonly uuid: Uint8Array; isPowered: boolean };
/** What a node begins with. */
interface DeskNodeSetup {
  readonly uuid: Uint8Array;
  readonly composition: Composition;
  readonly network?: NodeNetwork;
}

export abstract class RadioDesk<Node extends DeskNode = DeskNode> {
  readonly clock = new PacedClock(HASTE);
  readonly keyAgreement: KeyAgreement = webKeyAgreement(crypto.subtle);
  /** Where the kit is, on the desk that has one. */
  readonly port: VirtualSerialPort | undefined = undefined;
  readonly #onLights: (lights: readonly VirtualLight[]) => void;

  readonly #nodes = new Map<number, Node>();
  readonly #names = new Map<Node, string>();
  /** In no network yet: what provisioning finds. */
  readonly #fresh: Node[] = [];

  /** @param onLights  told of every change of the lights that are on the air */
  constructor(onLights: (lights: readonly VirtualLight[]) => void) {
    this.#onLights = onLights;
  }

  /** `navigator.bluetooth` of that desk, with a press of a button behind it. */
  get bluetooth(): VirtualBluetooth | undefined {
    return undefined;
  }

  protected abstract make(setup: DeskNodeSetup): Node;
  protected abstract takeAway(node: Node): void;
  protected abstract publish(node: Node, address: number, access: Uint8Array, appKey: Uint8Array): void;
  /** Who has power has changed. */
  protected arrange(_powered: readonly Node[]): void {}

  /** A person is awaited: time goes as it does for people. */
  awaitPerson(isAwaited: boolean): void {
    this.clock.factor = isAwaited ? 1 : HASTE;
  }

  /** What the node that joins shows, out of band. */
  get shown(): OobInput | null {
    return null;
  }
  /** Enter something at the node that joins. */
  enter(_value: OobInput): void {}

  /** Devices that wait to be provisioned, one of each kind. */
  layOut(devices: readonly SampleDevice[]): void {
    for (const device of devices) {
      if (this.#waiting(device)) continue;
      const uuid = randomBytes(16);
      uuid[6] = (uuid[6]! & 0x0f) | 0x40;
      uuid[8] = (uuid[8]! & 0x3f) | 0x80;
      if (device === 'switch') uuid.set(fromHex(SWITCH_UUID_PREFIX)!);
      this.#fresh.push(this.#watch(this.make({ uuid, composition: COMPOSITIONS[device] }), ''));
    }
  }

  /** What a device that waits calls itself: 32 hex digits. */
  uuidOf(device: SampleDevice): string | undefined {
    const node = this.#waiting(device);
    return node && toHex(node.uuid);
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
    this.arrange([...this.#fresh, ...this.#nodes.values()].filter((node) => node.network && node.isPowered));
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
      this.publish(node!, publication.address, message, key);
      return;
    }
  }

  #waiting(device: SampleDevice): Node | undefined {
    return this.#fresh.find(({ network, composition }) => !network && composition === COMPOSITIONS[device]);
  }

  /** Who was laid out here and has joined. */
  #joinedAt(unicast: number): Node | undefined {
    return this.#fresh.find(({ network }) => network?.unicast === unicast);
  }

  #isThere({ unicast, deviceKey }: NodeRecord): boolean {
    const known = this.#nodes.get(unicast)?.network;
    if (known && deviceKey && toHex(known.deviceKey) !== toHex(deviceKey)) {
      this.takeAway(this.#nodes.get(unicast)!); // of another network that was open before
      this.#nodes.delete(unicast);
      return false;
    }
    return known !== undefined || this.#joinedAt(unicast) !== undefined;
  }

  #place(database: MeshDatabase, record: NodeRecord, ivIndex: number): Node | undefined {
    const netKeyIndex = record.netKeyIndexes[0] ?? 0;
    const netKey = database.netKeys.find(({ index }) => index === netKeyIndex)?.key;
    const { deviceKey, unicast } = record;
    if (!netKey || !deviceKey) return undefined;
    // nodes whose composition nobody has read are the lights of the rooms
    const isLight = record.composition === undefined;
    const node = this.#watch(
      this.make({
        uuid: randomBytes(16),
        composition: record.composition ?? LIGHT,
        network: { netKey, netKeyIndex, ivIndex, unicast, deviceKey },
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
  #furnish(node: Node, database: MeshDatabase): void {
    const rooms = database.groups.flatMap(({ address }) => (typeof address === 'number' ? [address] : []));
    const server = node.model(0, '1000')!;
    server.bindings = [0];
    server.subscriptions = rooms.length > 0 ? [rooms[node.network!.unicast % rooms.length]!] : [];
  }

  #watch(node: Node, name: string): Node {
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

/** A kit on a serial port. */
export class KitDesk extends RadioDesk<VirtualMeshNode> {
  override readonly port: VirtualSerialPort;
  readonly #mesh = new VirtualMesh({ clock: this.clock, random: Math.random });

  constructor(onLights: (lights: readonly VirtualLight[]) => void) {
    super(onLights);
    const { clock, keyAgreement } = this;
    const kit = new VirtualSerialKit({
      release: '5.0.0',
      mesh: this.#mesh,
      clock,
      keyAgreement,
      randomBytes,
    });
    this.port = new VirtualSerialPort(kit);
  }

  protected make(setup: DeskNodeSetup): VirtualMeshNode {
    const { unicast = 0 } = setup.network ?? {};
    const hops = unicast === 0 ? 1 : 1 + (Math.floor(unicast / 3) % 3);
    return new VirtualMeshNode(this.#mesh, { ...setup, hops });
  }

  protected takeAway(node: VirtualMeshNode): void {
    this.#mesh.leave(node);
  }

  protected publish(node: VirtualMeshNode, address: number, access: Uint8Array, appKey: Uint8Array): void {
    node.send(address, access, { kind: 'application', key: toHex(appKey) });
  }
}

/** Digits that a node of the demo shows, or has entered. */
const OOB_SIZE = 4;

/** Nodes in reach of the computer's own Bluetooth. */
export class BluetoothDesk extends RadioDesk<RadioNode> {
  readonly #air = new MeshAir(this.clock, Math.random);
  readonly #peripherals: RadioNode[] = [];
  readonly #bluetooth = new VirtualBluetooth({
    clock: this.clock,
    peripherals: this.#peripherals,
    choose: (shown) => nearest(shown),
  });
  #shown: OobInput | null = null;

  override get bluetooth(): VirtualBluetooth {
    this.#bluetooth.isPressed = true;
    return this.#bluetooth;
  }

  protected make({ uuid, composition, network }: DeskNodeSetup): RadioNode {
    const { keyAgreement } = this;
    const node = new RadioNode(this.#air, {
      name: composition === SWITCH ? 'nRF5x Mesh Switch' : 'nRF5x Mesh Light',
      stack: 'nrf5',
      uuid,
      composition,
      randomBytes,
      provisionee: {
        algorithms: ['cmac'],
        staticOob: { value: NRF5_EXAMPLE_STATIC_OOB },
        output: { actions: actionBits(OUTPUT_ACTIONS, 'numeric'), size: OOB_SIZE },
        input: { actions: actionBits(INPUT_ACTIONS, 'numeric'), size: OOB_SIZE },
        show: (value) => (this.#shown = value),
        keyAgreement,
        randomBytes,
      },
      ...(network && { network }),
    });
    this.#peripherals.push(node);
    return node;
  }

  protected takeAway(node: RadioNode): void {
    this.#air.leave(node);
    this.#peripherals.splice(this.#peripherals.indexOf(node), 1);
  }

  protected publish(node: RadioNode, address: number, access: Uint8Array, appKey: Uint8Array): void {
    node.publish(address, access, appKey);
  }

  /** In one row without gaps, so that everybody is reached over relays. */
  protected override arrange(powered: readonly RadioNode[]): void {
    for (const [index, node] of powered.entries()) node.place = index % 3;
  }

  override get shown(): OobInput | null {
    return this.#shown;
  }
  override enter(value: OobInput): void {
    for (const { provisionee } of this.#peripherals) provisionee?.enter(value);
  }
}

/** A person who came for the switch takes it where it is shown. */
const nearest = (shown: readonly Peripheral[]): Peripheral | undefined =>
  (shown as readonly RadioNode[]).toSorted(
    (a, b) => Number(b.composition === SWITCH) - Number(a.composition === SWITCH) || a.place - b.place,
  )[0];

/** What the database says of a node is what the node has. */
function tell(node: NodeModels, record: NodeRecord): void {
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
