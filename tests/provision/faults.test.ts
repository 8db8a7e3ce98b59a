import { describe, expect, test } from 'vitest';
import { equalBytes, toHex } from '../../src/bytes.ts';
import type { MeshDatabase } from '../../src/meshdb/index.ts';
import { guideRecipe, Provisioner } from '../../src/provision/index.ts';
import type { KitFault, KitReleaseName, VirtualMeshNode } from '../../src/virtual/index.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';

/** A desk with one light, and a database that survives whatever happens to the page. */
class Desk {
  readonly network: VirtualNetwork;
  readonly light: VirtualMeshNode;
  stored: MeshDatabase;
  readonly numbers = new Map<string, Set<number>>();
  readonly reused: string[] = [];

  constructor(release: KitReleaseName) {
    this.network = new VirtualNetwork(release);
    this.light = this.network.device();
    this.stored = this.network.database;
    this.network.mesh.tap((from, { source, ivIndex, sequence, segments }) => {
      if (from !== this.network.kit) return;
      const key = `${source}/${ivIndex}`;
      const used = this.numbers.get(key) ?? new Set();
      this.numbers.set(key, used);
      for (let number = sequence - Math.max(segments, 1) + 1; number <= sequence; number++) {
        if (used.has(number)) this.reused.push(`${key}/${number}`);
        used.add(number);
      }
    });
  }

  /** As a person would begin, or go on after whatever happened. */
  async guide(): Promise<void> {
    const { network } = this;
    await network.line?.close();
    network.port.plugIn();
    const kit = await network.connect();
    const provisioner = new Provisioner({
      bearer: kit,
      database: this.stored,
      store: async (database) => {
        this.stored = database;
      },
      stamp: () => ({ now: network.now() }),
    });
    await kit.restart();
    const uuid = toHex(this.light.uuid);
    const known = this.stored.nodes.find((node) => node.uuid === uuid);
    const unicast = known?.unicast ?? (await provisioner.provision({ uuid, name: 'Light' })).unicast;
    const outcomes = await provisioner.configure(unicast, guideRecipe(this.stored));
    expect(
      outcomes.map(({ state }) => state).filter((state) => state !== 'done' && state !== 'already'),
    ).toEqual([]);
    await network.line!.close();
  }

  check(): void {
    expect(this.reused).toEqual([]);
    const { network } = this.light;
    const [node, ...others] = this.stored.nodes;
    expect(others).toEqual([]);
    expect(node!.unicast).toBe(network!.unicast);
    expect(equalBytes(node!.deviceKey!, network!.deviceKey)).toBe(true);
    expect(this.light.model(0, '1000')).toMatchObject({ bindings: [0], publication: { address: 0xc001 } });
    expect([...this.light.appKeys.keys()]).toEqual([0, 1]);
  }
}

/** Let one thing go wrong at one frame of the host, go on, and see that nothing is lost. False when the run had fewer frames. */
async function survives(release: KitReleaseName, fault: KitFault, frame: number): Promise<boolean> {
  const desk = new Desk(release);
  let struck = false;
  desk.network.kit.faults = {
    atFrame: (count) => {
      if (struck || count !== frame) return undefined;
      struck = true;
      return fault;
    },
  };
  const isFine = await desk.guide().then(
    () => true,
    () => false,
  );
  // a node that is in the network is in the database, whatever became of the run
  if (desk.light.network)
    expect(desk.stored.nodes.map(({ deviceKey }) => toHex(deviceKey!))).toEqual([
      toHex(desk.light.network.deviceKey),
    ]);
  if (!isFine) await desk.guide();
  desk.check();
  return struck;
}

describe('one thing goes wrong at any frame of the guide, and the guide is begun again', () => {
  test.each([
    ['5.0.0', 'unplug'],
    ['5.0.0', 'unplug-after'],
    ['5.0.0', 'reset'],
    ['5.0.0', 'reset-after'],
    ['5.0.0', 'drop-response'],
    ['5.0.0', 'event-first'],
    ['3.2.0', 'unplug-after'],
    ['3.2.0', 'reset'],
    ['2.0.0', 'drop-response'],
  ] as const)(
    '%s, %s: the device key is in the database, no address and no number is used twice',
    async (release, fault) => {
      let frame = 0;
      while (await survives(release, fault, frame)) frame++;
      expect(frame).toBeGreaterThan(20);
    },
  );
});

describe('the node vanishes at any frame of the guide, and comes back later', () => {
  test.each(['2.2.0', '3.2.0', '5.0.0'] as const)(
    '%s: its device key is in the database, and it has one address',
    async (release) => {
      let frame = 0;
      for (let isStruck = true; isStruck; frame++) {
        isStruck = false;
        const desk = new Desk(release);
        desk.network.kit.faults = {
          atFrame: (count) => {
            if (count === frame) {
              isStruck = true;
              desk.light.isPowered = false;
            }
            return undefined;
          },
        };
        await desk.guide().catch(() => undefined);
        if (desk.light.network) expect(desk.stored.nodes).toHaveLength(1);
        desk.light.isPowered = true;
        desk.network.kit.faults = {};
        await desk.guide();
        desk.check();
      }
      expect(frame).toBeGreaterThan(20);
    },
  );
});
