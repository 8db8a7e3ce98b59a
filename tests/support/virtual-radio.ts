/** A desk with a computer's radio and nodes in reach, in virtual time: what the tests of the GATT bearer stand on. */
import type { GattNode } from '../../src/gatt/index.ts';
import { chooseNode, GattBearer, type GattBearerOptions, type ProxyNetwork } from '../../src/gatt/index.ts';
import { toHex } from '../../src/bytes.ts';
import type { Composition } from '../../src/mesh/access/index.ts';
import type { KeyAgreement } from '../../src/mesh/key-agreement.ts';
import {
  networkKey,
  openOwnNode,
  type MeshServiceName,
  type OwnNodeRecord,
  type OwnNodeStore,
} from '../../src/mesh/index.ts';
import type { CloneToProve } from '../../src/on-air/index.ts';
import {
  DiscreteClock,
  MeshAir,
  RadioNode,
  VirtualBluetooth,
  type Peripheral,
  type RadioNodeSetup,
  type RadioSetup,
  type StackName,
  type VirtualBluetoothDevice,
} from '../../src/virtual/index.ts';
import { configureAsClone, heldAgreement, LIGHT, randomBytesOf, seededRandom } from './virtual-network.ts';

export const NET_KEY = Uint8Array.from({ length: 16 }, (_, i) => 0x40 + i);
export const APP_KEYS = [0, 1].map((index) => ({ index, key: new Uint8Array(16).fill(0x60 + index) }));

/** Storage of a browser; what was written survives a reload. */
export class MemoryOwnNodes implements OwnNodeStore {
  record: OwnNodeRecord | undefined;
  /** Every record that was written, oldest first. */
  readonly written: OwnNodeRecord[] = [];
  async read(): Promise<OwnNodeRecord | undefined> {
    return structuredClone(this.record);
  }
  async write(record: OwnNodeRecord): Promise<void> {
    this.record = structuredClone(record);
    this.written.push(this.record);
  }
}

export class Desk {
  readonly clock = new DiscreteClock(() => new Promise((resolve) => setImmediate(resolve)));
  readonly random: () => number;
  readonly air: MeshAir;
  readonly keyAgreement: KeyAgreement;
  readonly store = new MemoryOwnNodes();
  readonly nodes: RadioNode[] = [];
  readonly bluetooth: VirtualBluetooth;
  /** The person picks this one of those shown. */
  choice: (shown: readonly Peripheral[]) => Peripheral | undefined = ([first]) => first;
  #locks = new Set<string>();

  constructor(radio: Partial<RadioSetup> = {}, seed = 7) {
    this.random = seededRandom(seed);
    this.air = new MeshAir(this.clock, this.random);
    this.keyAgreement = heldAgreement(this.clock);
    this.bluetooth = new VirtualBluetooth({
      clock: this.clock,
      peripherals: this.nodes,
      choose: (shown) => this.choice(shown),
      radio,
    });
  }

  readonly randomBytes = (count: number): Uint8Array => randomBytesOf(this.random)(count);

  /** A node on the desk that waits to be provisioned. */
  device(
    stack: StackName = 'nrf5',
    setup: Partial<Omit<RadioNodeSetup, 'provisionee'>> & {
      readonly provisionee?: Partial<RadioNodeSetup['provisionee']>;
    } = {},
  ): RadioNode {
    const { randomBytes, keyAgreement } = this;
    const node = new RadioNode(this.air, {
      name: 'nRF5x Mesh Light',
      stack,
      uuid: randomBytes(16),
      composition: LIGHT as Composition,
      randomBytes,
      ...setup,
      provisionee: {
        algorithms: stack === 'nrf5' ? ['cmac'] : ['cmac', 'hmac'],
        keyAgreement,
        randomBytes,
        ...setup.provisionee,
      },
    });
    this.nodes.push(node);
    return node;
  }

  /** A node of the network as a clone should be. */
  member(
    unicast: number,
    stack: StackName = 'nrf5',
    setup: Parameters<Desk['device']>[1] = {},
  ): { readonly node: RadioNode; readonly clone: CloneToProve } {
    const deviceKey = this.randomBytes(16);
    const uuid = this.randomBytes(16);
    const network = { netKey: NET_KEY, netKeyIndex: 0, ivIndex: 0, unicast, deviceKey };
    const node = this.device(stack, { uuid, network, ...setup });
    const clone = configureAsClone(node, APP_KEYS, toHex(uuid));
    return { node, clone };
  }

  /** A person presses the button and picks a node. */
  choose(...show: readonly MeshServiceName[]): Promise<GattNode> {
    this.bluetooth.isPressed = true;
    const services = show.length > 0 ? show : (['provisioning', 'proxy'] as const);
    return chooseNode(this.bluetooth, services, { clock: this.clock, system: 'linux' });
  }

  /** The computer's view of a node that was chosen. */
  deviceOf(node: RadioNode): VirtualBluetoothDevice {
    return this.bluetooth.devices.get(node)!;
  }

  /** This browser in the network of the desk. */
  openOwnNode(candidates: readonly number[] = [0x7ff0, 0x7ff1, 0x7ff2]) {
    return openOwnNode({
      networkId: toHex(networkKey(NET_KEY).networkId),
      store: this.store,
      lock: async (name) => {
        if (this.#locks.has(name)) return undefined;
        this.#locks.add(name);
        return () => void this.#locks.delete(name);
      },
      ivIndex: 0,
      candidates,
      randomBytes: this.randomBytes,
    });
  }

  /** Choose a node and have a bearer over it. */
  async bearer(
    options: Partial<GattBearerOptions> = {},
    network: ProxyNetwork = { netKey: { index: 0, key: NET_KEY }, appKeys: APP_KEYS },
  ): Promise<GattBearer> {
    const node = await this.choose();
    return new GattBearer(node, network, await this.openOwnNode(), {
      randomBytes: this.randomBytes,
      keyAgreement: this.keyAgreement,
      ...options,
    });
  }
}

/** What a device is given. */
export const orderFor = (unicast: number) => ({
  netKey: NET_KEY,
  netKeyIndex: 0,
  ivIndex: 0,
  isIvUpdating: false,
  isKeyRefreshing: false,
  unicast,
});
