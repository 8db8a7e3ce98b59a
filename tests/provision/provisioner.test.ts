import { describe, expect, test } from 'vitest';
import { equalBytes, toHex } from '../../src/bytes.ts';
import type { DatabaseForm, MeshDatabase } from '../../src/meshdb/index.ts';
import {
  DevicesAround,
  guideRecipe,
  Provisioner,
  uuidSign,
  type ProvisionerOptions,
} from '../../src/provision/index.ts';
import type { MeshKit } from '../../src/serial/index.ts';
import type { KitReleaseName } from '../../src/virtual/index.ts';
import { LIGHT, VirtualNetwork } from '../support/virtual-network.ts';

interface Desk {
  readonly network: VirtualNetwork;
  readonly kit: MeshKit;
  readonly provisioner: Provisioner;
  readonly stored: MeshDatabase[];
}
async function desk(
  release: KitReleaseName = '5.0.0',
  options: Partial<ProvisionerOptions> = {},
  dialect: DatabaseForm = 'pyaci',
): Promise<Desk> {
  const network = new VirtualNetwork(release, {}, dialect);
  const kit = await network.connect();
  await kit.restart();
  const stored: MeshDatabase[] = [];
  const provisioner = new Provisioner({
    bearer: kit,
    database: network.database,
    store: async (database) => {
      stored.push(database);
    },
    stamp: () => ({ now: network.now() }),
    ...options,
  });
  return { network, kit, provisioner, stored };
}

const TWO_SWITCHES = { ...LIGHT, elements: [...LIGHT.elements, ...LIGHT.elements, ...LIGHT.elements] };

describe('looking around', () => {
  test('lists each unprovisioned device once, with its signal and what its UUID tells', async () => {
    const { network, kit } = await desk();
    const devices = [network.device(), network.device()];
    network.clone(0x20); // a node of the network is none of them
    const around = new DevicesAround(() => network.clock.now());
    const ending = new AbortController();
    network.clock.after(9000, () => ending.abort());
    await kit.scan((beacon) => around.hear(beacon), ending.signal);
    expect(around.devices.map(({ uuid }) => uuid)).toEqual(devices.map(({ uuid }) => toHex(uuid)));
    for (const { beacons, rssi, strongest } of around.devices) {
      expect(beacons).toBeGreaterThan(3);
      expect(strongest).toBeGreaterThanOrEqual(rssi);
    }
    expect(uuidSign(`0059ffff00000000${'12'.repeat(8)}`)).toContain('2.0.0 to 3.1.0');
    expect(uuidSign('00'.repeat(16))).toBeUndefined();
  });

  test('can be done again, also when the end of the last scan was not heard', async () => {
    const { network, kit } = await desk();
    network.device();
    for (let round = 0; round < 3; round++) {
      const ending = new AbortController();
      let heard = 0;
      await kit.scan(() => {
        heard++;
        ending.abort();
      }, ending.signal);
      expect(heard).toBe(1);
      const next = network.kit.framesReceived;
      network.kit.faults = { atFrame: (count) => (count === next + 1 ? 'drop-response' : undefined) };
    }
  });
});

describe.each(['pyaci', 'android', 'ios'] as const)(
  'a device joins a network in the form of %s',
  (dialect) => {
    test('and is in the database with the key it has, before it is told anything', async () => {
      const { network, provisioner, stored } = await desk('5.0.0', {}, dialect);
      const light = network.device();
      const device = await provisioner.provision({ uuid: toHex(light.uuid), name: 'Light' });
      expect(stored).toHaveLength(1);
      const node = stored[0]!.nodes.find(({ unicast }) => unicast === device.unicast)!;
      expect(equalBytes(node.deviceKey!, light.network!.deviceKey)).toBe(true);
      const outcomes = await provisioner.configure(device.unicast, guideRecipe(network.database));
      expect(new Set(outcomes.map(({ state }) => state))).toEqual(new Set(['done']));
      expect(light.model(0, '1000')).toMatchObject({
        bindings: [0],
        subscriptions: [0xc001],
        publication: { ttl: 7 },
      });
      const after = stored.at(-1)!.nodes.find(({ unicast }) => unicast === device.unicast)!;
      expect(after.elements[0]!.models.find(({ modelId }) => modelId === '1000')).toMatchObject({
        bindings: [0],
      });
    });
  },
);

describe('the address of a device', () => {
  test('is the next free one, and its elements all fit', async () => {
    const { network, provisioner } = await desk();
    const first = network.device({ composition: TWO_SWITCHES });
    const second = network.device();
    const one = await provisioner.provision({ uuid: toHex(first.uuid), name: 'A' });
    const two = await provisioner.provision({ uuid: toHex(second.uuid), name: 'B' });
    expect([one.unicast, one.elementCount, two.unicast]).toEqual([0x10, 3, 0x13]);
  });

  test('that a person gave is refused before anything is sent where it is taken', async () => {
    const { network, provisioner } = await desk();
    await provisioner.provision({ uuid: toHex(network.device().uuid), name: 'A' });
    const sent = network.kit.framesReceived;
    const order = { uuid: toHex(network.device().uuid), name: 'B', unicast: 0x10 };
    await expect(provisioner.provision(order)).rejects.toMatchObject({ code: 'meshdb/address-taken' });
    expect(network.kit.framesReceived).toBe(sent);
  });

  test('is never that of the radio', async () => {
    const { network, kit, provisioner } = await desk();
    const order = { uuid: toHex(network.device().uuid), name: 'A', unicast: kit.ownUnicast };
    await expect(provisioner.provision(order)).rejects.toMatchObject({ code: 'provision/own-address' });
  });

  test('is given up when the device turns out to have more elements, and the device stays unprovisioned', async () => {
    const reserved = [{ start: 0x12, count: 1 }];
    const { network, provisioner } = await desk('5.0.0', { addresses: { reserved } });
    const light = network.device({ composition: TWO_SWITCHES });
    const order = { uuid: toHex(light.uuid), name: 'A', unicast: 0x10 };
    await expect(provisioner.provision(order)).rejects.toMatchObject({
      code: 'provision/more-elements',
      facts: { elementCount: 3, nextFree: 0x13 },
    });
    expect(light.network).toBeUndefined();
    const device = await provisioner.provision({ ...order, unicast: 0x13 });
    expect(device.unicast).toBe(0x13);
  });
});

describe('out-of-band authentication', () => {
  const staticOob = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
  test('with the value the device has', async () => {
    const { network, provisioner } = await desk();
    const light = network.device({ staticOob });
    const chooseOob = async () => ({ staticValue: staticOob });
    await provisioner.provision({ uuid: toHex(light.uuid), name: 'A', chooseOob });
    expect(light.network).toBeDefined();
  });
  test('with another value the device refuses, and can be tried again', async () => {
    const { network, provisioner } = await desk();
    const light = network.device({ staticOob });
    const uuid = toHex(light.uuid);
    const wrong = async () => ({ staticValue: new Uint8Array(16) });
    await expect(provisioner.provision({ uuid, name: 'A', chooseOob: wrong })).rejects.toMatchObject({
      code: 'serial/provisioning-failed',
      facts: { code: 4 },
    });
    expect(light.network).toBeUndefined();
    await provisioner.provision({ uuid, name: 'A', chooseOob: async () => ({ staticValue: staticOob }) });
    expect(light.network).toBeDefined();
  });
  test('is refused by us where the device offers none', async () => {
    const { network, provisioner } = await desk();
    const light = network.device();
    const chooseOob = async () => ({ staticValue: staticOob });
    const order = { uuid: toHex(light.uuid), name: 'A', chooseOob };
    await expect(provisioner.provision(order)).rejects.toMatchObject({ code: 'serial/no-static-oob' });
    await provisioner.provision({ uuid: order.uuid, name: 'A' });
  });
});

describe('what goes wrong', () => {
  test('a device that is not there is given up after a minute', async () => {
    const { network, provisioner } = await desk();
    const from = network.clock.now();
    const order = { uuid: 'ab'.repeat(16), name: 'A' };
    await expect(provisioner.provision(order)).rejects.toMatchObject({ code: 'serial/link-timeout' });
    expect(network.clock.now() - from).toBeGreaterThan(59_000);
  });

  test('an attempt that the kit still holds open is told, and is over with its restart', async () => {
    const { network, kit, provisioner, stored } = await desk();
    const light = network.device();
    await kit.device.startProvisioning({
      context: 0,
      uuid: new Uint8Array(16).fill(0xab), // of nobody: the kit looks for it for a minute
      netKey: network.network.netKeys[0]!.key,
      netKeyIndex: 0,
      ivIndex: 0,
      unicast: 0x10,
      ivUpdate: 0,
      keyRefresh: 0,
      attentionSeconds: 0,
    });
    const order = { uuid: toHex(light.uuid), name: 'A' };
    await expect(provisioner.provision(order)).rejects.toMatchObject({ code: 'serial/provisioning-busy' });
    expect(light.network).toBeUndefined();
    expect(stored).toEqual([]);
    await provisioner.provision(order);
    expect(stored).toHaveLength(1);
  });

  test('a database that cannot be stored keeps the key in hand, and holds everything up until it is stored', async () => {
    let isFull = true;
    const kept: MeshDatabase[] = [];
    const store = async (database: MeshDatabase) => {
      if (isFull) throw new Error('disk full');
      kept.push(database);
    };
    const { network, provisioner } = await desk('5.0.0', { store });
    const light = network.device();
    await expect(provisioner.provision({ uuid: toHex(light.uuid), name: 'A' })).rejects.toMatchObject({
      code: 'provision/database-not-stored',
    });
    expect(provisioner.isUnstored).toBe(true);
    expect(toHex(provisioner.database.nodes[0]!.deviceKey!)).toBe(toHex(light.network!.deviceKey));
    const next = { uuid: toHex(network.device().uuid), name: 'B' };
    await expect(provisioner.provision(next)).rejects.toMatchObject({ code: 'provision/store-first' });
    isFull = false;
    await provisioner.storeAgain();
    expect(kept.at(-1)!.nodes).toHaveLength(1);
    await provisioner.provision(next);
    expect(kept.at(-1)!.nodes).toHaveLength(2);
  });

  test('a device of the database is not provisioned a second time under another address', async () => {
    const { network, provisioner } = await desk();
    const light = network.device();
    await provisioner.provision({ uuid: toHex(light.uuid), name: 'A' });
    await expect(provisioner.provision({ uuid: toHex(light.uuid), name: 'A' })).rejects.toMatchObject({
      code: 'provision/already-a-node',
    });
  });

  test('a node that falls silent ends the recipe, and the rest is done later', async () => {
    const { network, provisioner } = await desk();
    const light = network.device();
    const { unicast } = await provisioner.provision({ uuid: toHex(light.uuid), name: 'A' });
    const recipe = guideRecipe(network.database);
    const first = await provisioner.configure(unicast, recipe, (index, { state }) => {
      if (index === 2 && state === 'running') light.isPowered = false;
    });
    expect(first.map(({ state }) => state)).toEqual([
      'done',
      'done',
      'silent',
      'waiting',
      'waiting',
      'waiting',
    ]);
    light.isPowered = true;
    const second = await provisioner.configure(unicast, recipe);
    expect(second.map(({ state }) => state)).toEqual(['already', 'already', 'done', 'done', 'done', 'done']);
  });

  test('what a node refuses is said, and the other lines are done', async () => {
    const { network, provisioner } = await desk();
    const light = network.device();
    const { unicast } = await provisioner.provision({ uuid: toHex(light.uuid), name: 'A' });
    const outcomes = await provisioner.configure(unicast, [
      { kind: 'bind', element: 0, model: '1000', appKeyIndex: 1 },
      { kind: 'bind', element: 1, model: '1000', appKeyIndex: 1 },
      { kind: 'app-key', appKeyIndex: 1 },
      { kind: 'bind', element: 0, model: '2000', appKeyIndex: 1 },
      { kind: 'default-ttl', ttl: 9 },
    ]);
    expect(outcomes).toEqual([
      { state: 'refused', status: 'invalid application key index' },
      { state: 'refused', status: 'invalid address' },
      { state: 'done' },
      { state: 'refused', status: 'invalid model' },
      { state: 'done' },
    ]);
    expect(light.defaultTtl).toBe(9);
  });
});

describe('a node that leaves', () => {
  test('is reset, and gone from the database', async () => {
    const { network, provisioner, stored } = await desk();
    const light = network.device();
    const { unicast } = await provisioner.provision({ uuid: toHex(light.uuid), name: 'A' });
    await provisioner.remove(unicast);
    await network.clock.sleep(1000);
    expect(light.network).toBeUndefined();
    expect(stored.at(-1)!.nodes).toEqual([]);
  });
  test('stays in the database when it does not answer', async () => {
    const { network, provisioner } = await desk();
    const light = network.device();
    const { unicast } = await provisioner.provision({ uuid: toHex(light.uuid), name: 'A' });
    light.isPowered = false;
    await expect(provisioner.remove(unicast)).rejects.toMatchObject({ code: 'provision/no-reset' });
    expect(provisioner.database.nodes).toHaveLength(1);
    await provisioner.forget(unicast);
    expect(provisioner.database.nodes).toEqual([]);
  });
});

describe('the IV index of a network', () => {
  test('is given to a kit of 5.0.0', async () => {
    const network = new VirtualNetwork('5.0.0');
    const kit = await network.connect({ ivIndex: 100 });
    await kit.restart();
    const { clone, node } = network.clone(0x10);
    node.network = { ...node.network!, ivIndex: 100 };
    const channel = await kit.open(clone);
    await channel.close();
  });
  test('an older kit takes from a beacon, or says that none came', async () => {
    const network = new VirtualNetwork('3.2.0');
    const kit = await network.connect({ ivIndex: 3 });
    await expect(kit.restart()).rejects.toMatchObject({ code: 'serial/no-iv-index' });
    network.clock.after(5000, () => network.kit.updateIvIndex(3));
    await kit.restart();
    const far = await new VirtualNetwork('3.2.0').connect({ ivIndex: 43 });
    await expect(far.restart()).rejects.toMatchObject({ code: 'serial/iv-index-unreachable' });
  });
});
