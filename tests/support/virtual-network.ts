/** A kit, a virtual mesh and its nodes, in virtual time: what the tests of serial, provisioning and on-air proof stand on. */
import { toHex } from '../../src/bytes.ts';
import { webKeyAgreement, type KeyAgreement } from '../../src/mesh/index.ts';
import type { Composition } from '../../src/mesh/access/index.ts';
import { newNetwork, type DatabaseForm, type MeshDatabase } from '../../src/meshdb/index.ts';
import type { CloneToProve } from '../../src/on-air/index.ts';
import {
  MemoryOwnAddresses,
  MeshKit,
  openLine,
  SerialDevice,
  type KitNetwork,
  type SerialLine,
} from '../../src/serial/index.ts';
import {
  DiscreteClock,
  type NodeModels,
  VirtualMesh,
  VirtualMeshNode,
  VirtualSerialKit,
  VirtualSerialPort,
  type KitFaults,
  type KitReleaseName,
} from '../../src/virtual/index.ts';

/** Reproducible numbers, 0 up to 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const randomBytesOf =
  (random: () => number) =>
  (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => Math.floor(random() * 256));

/** The light switch server of the SDK: configuration, health, Generic OnOff. */
export const LIGHT: Composition = {
  cid: 0x0059,
  pid: 0,
  vid: 0,
  crpl: 40,
  features: { relay: true, proxy: true, friend: false, lowPower: false },
  elements: [{ location: 0, models: ['0000', '0002', '1000'] }],
};

export const GROUP = 0xc001;

/** A bench with a kit plugged in; everything else is put there by the test. */
export class VirtualNetwork {
  readonly clock = new DiscreteClock(() => new Promise((resolve) => setImmediate(resolve)));
  readonly random: () => number;
  readonly mesh: VirtualMesh;
  readonly kit: VirtualSerialKit;
  port: VirtualSerialPort;
  readonly store = new MemoryOwnAddresses();
  readonly database: MeshDatabase;
  readonly keyAgreement: KeyAgreement;
  line: SerialLine | undefined;

  constructor(release: KitReleaseName = '5.0.0', faults: KitFaults = {}, dialect: DatabaseForm = 'pyaci') {
    this.random = seededRandom(7);
    this.keyAgreement = heldAgreement(this.clock);
    this.mesh = new VirtualMesh({ clock: this.clock, random: this.random });
    this.kit = new VirtualSerialKit({
      release,
      mesh: this.mesh,
      clock: this.clock,
      keyAgreement: this.keyAgreement,
      randomBytes: this.randomBytes,
      faults,
    });
    this.port = new VirtualSerialPort(this.kit);
    this.database = newNetwork(
      { name: 'Test', dialect, appKeyNames: ['lights', 'locks'], now: new Date(0) },
      this.randomBytes,
    );
  }

  readonly randomBytes = (count: number): Uint8Array => randomBytesOf(this.random)(count);
  readonly now = (): Date => new Date(Date.UTC(2026, 10, 26) + this.clock.now());

  /** Open the port and find the device on it. */
  async connect(network: Partial<KitNetwork> = {}): Promise<MeshKit> {
    this.line = await openLine(this.port, { clock: this.clock, randomBytes: this.randomBytes });
    const device = await SerialDevice.identify(this.line);
    return new MeshKit(device, { ...this.network, ...network }, this);
  }

  get network(): KitNetwork {
    const { database } = this;
    return {
      id: database.meshUuid,
      ivIndex: 0,
      isIvUpdating: false,
      netKeys: database.netKeys.map(({ index, key }) => ({ index, key: key! })),
      appKeys: database.appKeys.map(({ index, boundNetKey, key }) => ({ index, boundNetKey, key: key! })),
      ownAddresses: Array.from({ length: 200 }, (_, i) => 0x7fff - i),
    };
  }

  /** A device that is in no network yet. */
  device(
    setup: { readonly staticOob?: Uint8Array; readonly composition?: Composition } = {},
  ): VirtualMeshNode {
    return new VirtualMeshNode(this.mesh, { uuid: this.randomBytes(16), composition: LIGHT, ...setup });
  }

  /** A clone as it should be, and its node on the air. */
  clone(
    unicast: number,
    setup: { readonly hops?: number; readonly lossRate?: number; readonly sequence?: number } = {},
  ): { readonly clone: CloneToProve; readonly node: VirtualMeshNode } {
    const [netKey] = this.network.netKeys;
    const deviceKey = this.randomBytes(16);
    const uuid = this.randomBytes(16);
    const node = new VirtualMeshNode(this.mesh, {
      uuid,
      composition: LIGHT,
      network: { netKey: netKey!.key, netKeyIndex: 0, ivIndex: 0, unicast, deviceKey },
      ...setup,
    });
    const clone = configureAsClone(node, this.network.appKeys, toHex(uuid));
    return { clone, node };
  }
}

/** Tell a node of a network what clones are told, and say what is to be expected of it. */
export function configureAsClone(
  node: NodeModels,
  appKeys: readonly { readonly index: number; readonly key: Uint8Array }[],
  uuid: string,
): CloneToProve {
  const { unicast, deviceKey } = node.network!;
  for (const { index, key } of appKeys) node.appKeys.set(index, key);
  const server = node.model(0, '1000')!;
  server.bindings = [0];
  server.publication = {
    address: GROUP,
    key: { appKeyIndex: 0, friendshipCredentials: false },
    ttl: 7,
    periodMs: 0,
    retransmit: { count: 0, intervalMs: 50 },
  };
  return {
    name: `Light ${unicast}`,
    unicast,
    elementCount: 1,
    deviceKey,
    netKeyIndex: 0,
    appKeyIndexes: [0, 1],
    models: [
      {
        element: 0,
        model: '1000',
        bindings: [0],
        publication: { address: GROUP, appKeyIndex: 0, ttl: 7 },
      },
    ],
    uuid,
  };
}

/** The platform's key agreement works outside of virtual time, which stands still meanwhile. */
export function heldAgreement(clock: DiscreteClock): KeyAgreement {
  const real = webKeyAgreement(crypto.subtle);
  return {
    async generate() {
      const pair = await clock.hold(real.generate());
      return { ...pair, secretWith: (x, y) => clock.hold(pair.secretWith(x, y)) };
    },
  };
}
