import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import {
  addProvisionedNode,
  checkDatabase,
  convertDatabase,
  formatDatabase,
  newNetwork,
  parseDatabase,
  recordNodeChange,
  type DatabaseForm,
  type MeshDatabase,
  type NodeChange,
} from '../../src/meshdb/index.ts';
import { fixture } from '../support/fixtures.ts';
import { randomBytesOf, seededRandom } from '../support/virtual-network.ts';

const stamp = { now: new Date(0), timestamp: '2026-11-26 12:00:00' };
const fresh = (dialect: DatabaseForm): MeshDatabase =>
  newNetwork(
    { name: 'BT Mesh', dialect, appKeyNames: ['lights', 'locks'], ...stamp },
    randomBytesOf(seededRandom(1)),
  );
const text = (database: MeshDatabase): string => new TextDecoder().decode(formatDatabase(database));
const errors = (database: MeshDatabase) =>
  checkDatabase(database, {}).filter(({ severity }) => severity === 'error');

const NODE = {
  name: 'Light bulb',
  uuid: '4d4cab84ccd44ae19c6ff82b1010ffff',
  unicast: 16,
  deviceKey: Uint8Array.from({ length: 16 }, (_, i) => i * 7 + 1),
  netKeyIndex: 0,
  elementCount: 1,
};
const GUIDE: readonly NodeChange[] = [
  {
    kind: 'composition',
    cid: 0x59,
    pid: 0,
    vid: 0,
    crpl: 40,
    features: { relay: true, proxy: true, friend: true, lowPower: false },
    elements: [{ location: 0, models: ['0000', '0002', '1000'] }],
  },
  { kind: 'app-key', appKeyIndex: 0 },
  { kind: 'app-key', appKeyIndex: 1 },
  { kind: 'binding', element: 0, model: '1000', appKeyIndex: 0 },
];
const PUBLICATION: NodeChange = {
  kind: 'publication',
  element: 0,
  model: '1000',
  address: 0xc001,
  appKeyIndex: 0,
  usesFriendship: false,
  ttl: 7,
  periodMs: 20_000,
  retransmitCount: 2,
  retransmitIntervalMs: 100,
};
const SUBSCRIPTION: NodeChange = {
  kind: 'subscription',
  element: 0,
  model: '1000',
  address: 0xc002,
  isRemoved: false,
};
const told = (database: MeshDatabase, changes: readonly NodeChange[]): MeshDatabase =>
  changes.reduce((now, change) => recordNodeChange(now, 16, change, stamp), database);

describe.each(['pyaci', 'android', 'ios'] as const)('a new network in the form of %s', (dialect) => {
  test('has no faults, once a node is in it', () => {
    const database = told(addProvisionedNode(fresh(dialect), NODE, stamp), [
      ...GUIDE,
      PUBLICATION,
      SUBSCRIPTION,
    ]);
    expect(errors(database)).toEqual([]);
    const read = parseDatabase(formatDatabase(database));
    expect(read.dialect).toBe(dialect);
    const [node] = read.nodes;
    expect(node).toMatchObject({ name: 'Light bulb', unicast: 16, elementCount: 1, appKeyIndexes: [0, 1] });
    expect(toHex(node!.deviceKey!)).toBe(toHex(NODE.deviceKey));
    expect(node!.elements[0]!.models[2]).toMatchObject({
      bindings: [0],
      subscriptions: [0xc002],
      publication: {
        address: 0xc001,
        ttl: 7,
        periodMs: 20_000,
        retransmitCount: 2,
        retransmitIntervalMs: 100,
      },
    });
  });

  test('has keys that no other has', () => {
    const draw = (seed: number) =>
      newNetwork({ name: 'A', dialect, appKeyNames: ['x'], ...stamp }, randomBytesOf(seededRandom(seed)));
    const keysOf = (database: MeshDatabase) =>
      [...database.netKeys, ...database.appKeys].map(({ key }) => toHex(key!));
    expect(new Set([...keysOf(draw(1)), ...keysOf(draw(2))]).size).toBe(4);
    expect(() =>
      newNetwork({ name: 'A', dialect, appKeyNames: ['x'], ...stamp }, (count) => new Uint8Array(count)),
    ).toThrow(expect.objectContaining({ code: 'meshdb/bad-random' }) as Error);
  });

  test('takes nodes one behind the other', () => {
    const one = addProvisionedNode(fresh(dialect), NODE, stamp);
    const second = {
      ...NODE,
      uuid: 'aa'.repeat(16),
      unicast: 17,
      deviceKey: NODE.deviceKey.map((byte) => byte ^ 3),
    };
    const two = addProvisionedNode(one, second, stamp);
    expect(two.nodes.filter(({ isProvisioner }) => !isProvisioner).map(({ unicast }) => unicast)).toEqual([
      16, 17,
    ]);
  });
});

describe('a node that was provisioned and configured', () => {
  test('stands in the file as PyACI writes it after the guide', () => {
    const example = parseDatabase(fixture('databases/pyaci-example.json'));
    const [bulb] = example.nodes;
    const record = {
      ...NODE,
      deviceKey: bulb!.deviceKey!,
      uuid: bulb!.uuid,
    };
    const empty = parseDatabase(fixture('databases/pyaci-example-backup-empty.json'));
    const database = told(addProvisionedNode(empty, record, stamp), GUIDE);
    const again = recordNodeChange(database, 16, GUIDE[1]!, { ...stamp, timestamp: example.timestamp! });
    expect(JSON.parse(text(again))).toEqual(JSON.parse(text(example)));
    expect(text(again)).toBe(text(example));
  });

  test('keeps what its models were told when its composition is read again', () => {
    const database = told(addProvisionedNode(fresh('ios'), NODE, stamp), [...GUIDE, PUBLICATION, GUIDE[0]!]);
    expect(database.nodes[0]!.elements[0]!.models[2]).toMatchObject({
      bindings: [0],
      publication: { ttl: 7 },
    });
  });

  test('forgets a publication that was switched off and a subscription that was deleted', () => {
    const database = told(addProvisionedNode(fresh('pyaci'), NODE, stamp), [
      ...GUIDE,
      PUBLICATION,
      SUBSCRIPTION,
      { ...PUBLICATION, address: 0 },
      { ...SUBSCRIPTION, isRemoved: true },
    ]);
    expect(database.nodes[0]!.elements[0]!.models[2]).toMatchObject({
      publication: undefined,
      subscriptions: [],
    });
  });

  test('survives the way to another program', () => {
    const database = told(addProvisionedNode(fresh('pyaci'), NODE, stamp), [...GUIDE, PUBLICATION]);
    const there = convertDatabase(database, 'android', stamp).database;
    expect(there.nodes[0]!.elements[0]!.models[2]).toMatchObject({ publication: { periodMs: 20_000 } });
  });

  test('must be in the database to be told something', () => {
    expect(() => recordNodeChange(fresh('pyaci'), 16, GUIDE[1]!, stamp)).toThrow(
      expect.objectContaining({ code: 'meshdb/no-such-address' }) as Error,
    );
  });
});
