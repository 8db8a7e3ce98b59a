import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.ts';
import type { NodeState } from '../../src/image/index.ts';
import { nodeKeysView, nodeStateView } from '../../src/session/node-view.ts';
import { HOSTILE } from '../support/hostile-names.ts';
import { sampleDatabase, sampleDump, sessionHere } from '../support/session.ts';

async function views() {
  const session = sessionHere();
  const project = await session.project.open([sampleDump(), sampleDatabase()]);
  return { session, project, plan: session.plan.make({ count: 3, reserved: [{ start: 0x0200, count: 2 }] }) };
}

describe('what the page may see', () => {
  test('has no key in it, of the donor, its network or the clones', async () => {
    const { session, project, plan } = await views();
    const text = JSON.stringify({ project, plan }, (_, value: unknown) =>
      value instanceof Uint8Array ? toHex(value) : value,
    ).toLowerCase();
    const { donor, cloneKeys } = session.project.reveal();
    const keys = [...donor!.deviceKeys, ...donor!.netKeys, ...donor!.appKeys, ...cloneKeys];
    expect(keys.length).toBeGreaterThan(5);
    expect(keys.filter((key) => text.includes(key))).toEqual([]);
  });

  test('crosses to another thread', async () => {
    const { project, plan } = await views();
    expect(structuredClone({ project, plan })).toEqual({ project, plan });
  });

  test('gives addresses and models as numbers', async () => {
    const { project } = await views();
    const { state } = project.dump!;
    expect(state.unicast).toEqual({ start: 0x0011, count: 3 });
    expect(state.models.map(({ modelId }) => modelId)).toContain(0x1001);
    expect(state.deviceKeys.map(({ owner }) => owner)).toContain(0x0011);
    const groups = project.database!.groups.map(({ address }) => address);
    const heard = state.models.flatMap(({ publishAddress }) => publishAddress ?? []);
    expect(heard.some((address) => groups.includes(address))).toBe(true);
  });

  test('has the names that the page writes into files as they are, and those cut that are only shown', async () => {
    const session = sessionHere();
    const { name, bytes } = sampleDatabase();
    const network = JSON.parse(new TextDecoder().decode(bytes)) as {
      meshName: string;
      nodes: { name: string }[];
    };
    network.meshName = HOSTILE.turned;
    for (const node of network.nodes) node.name = HOSTILE.endless;
    const given = { name, bytes: new TextEncoder().encode(JSON.stringify(network)) };
    const { database, donor, kinds } = await session.project.open([sampleDump(), given]);
    expect(database!.meshName).toBe(HOSTILE.turned);
    expect([donor!.name, kinds[0]!.donor!.name]).toEqual([HOSTILE.endless, HOSTILE.endless]);
    const { clones, groups, addresses } = session.plan.make({ count: 1 });
    expect(groups[0]!.name).toBe(HOSTILE.endless);
    expect(clones[0]!.name).toBe(`${HOSTILE.endless}_0053`);
    for (const { name } of database!.nodes) expect(name).toHaveLength(101);
    for (const { owner } of addresses.runs) expect(owner.length).toBeLessThanOrEqual(101);
  });

  test('has every unicast address once, with who has it', async () => {
    const { plan } = await views();
    const { runs } = plan.addresses;
    let next = 1;
    for (const { start, count } of runs) {
      expect(start).toBe(next);
      next = start + count;
    }
    expect(next).toBe(0x8000);
    expect(runs.filter(({ use }) => use === 'new').map(({ owner }) => owner)).toEqual(
      plan.clones.map(({ name }) => name),
    );
    expect(runs.find(({ start }) => start === 0x0200)).toEqual({
      start: 0x0200,
      count: 2,
      use: 'reserved',
      owner: '',
    });
  });
});

describe('the view of a node', () => {
  const LABEL = fromHex('0073e7e4d8b9440faf8415df4c56c0e1')!;
  const state: NodeState = {
    provisioned: true,
    unicast: { start: 0x0012, count: 1 },
    elementCount: 1,
    deviceKeys: [{ owner: 0x0012, key: 'sealed' }],
    netKeys: [{ index: 0, key: new Uint8Array(16).fill(7), keyRefreshPhase: 0 }],
    appKeys: [{ index: 3, key: 'absent' }],
    addresses: [],
    labelUuids: [LABEL],
    models: [
      {
        element: 0,
        modelId: 1,
        companyId: 0x59,
        bindings: [3],
        publish: { address: LABEL, appKeyIndex: 3, ttl: 5 },
        subscriptions: [0xc001, LABEL],
      },
      { element: 0, place: { list: 'sig', index: 2 }, bindings: [], subscriptions: [] },
    ],
    modelsKnown: true,
    ivIndex: 1,
    ivUpdateInProgress: false,
    nextSequenceNumber: 8192,
  };

  // Source of the label and its address: Bluetooth Mesh Profile 1.0.1, section 8.3.22 (message #22)
  test('has the virtual address of a label', () => {
    expect(nodeStateView(state).models[0]).toMatchObject({
      publishAddress: 0xb529,
      subscriptions: [0xc001, 0xb529],
    });
    expect(nodeStateView(state).models[1]).toMatchObject({
      publishAddress: null,
      place: { list: 'sig', index: 2 },
    });
  });

  test('says of a key that the image does not give why it does not', () => {
    expect(nodeKeysView(state)).toEqual({
      deviceKeys: ['sealed'],
      netKeys: ['07'.repeat(16)],
      appKeys: ['absent'],
    });
  });
});
