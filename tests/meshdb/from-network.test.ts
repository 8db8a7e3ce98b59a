import { describe, expect, test } from 'vitest';
import type { KeptNetwork } from '../../src/mesh/index.ts';
import { checkDatabase, databaseOf, formatDatabase } from '../../src/meshdb/index.ts';

const key = (first: number) => Uint8Array.from({ length: 16 }, (_, i) => first + i);
const stamp = { now: new Date(0), timestamp: '2026-01-01T00:00:00+00:00' };
const counting = () => {
  let next = 1;
  return (count: number) => Uint8Array.from({ length: count }, () => next++ & 0xff);
};

const network: KeptNetwork = {
  ivIndex: 7,
  netKeys: [{ index: 0, key: key(0x10), updatedKey: key(0x20), keyRefreshPhase: 1 }],
  appKeys: [{ index: 3, netKeyIndex: 0, key: key(0x30) }],
  nodes: [
    {
      unicast: 0x0001,
      elementCount: 1,
      uuid: key(0x40),
      key: key(0x50),
      netKeyIndex: 0,
      isConfigured: true,
      isProvisioner: true,
    },
    {
      unicast: 0x0010,
      elementCount: 3,
      uuid: key(0x60),
      key: 'sealed',
      netKeyIndex: 0,
      isConfigured: false,
      isProvisioner: false,
    },
  ],
};

describe('the database of what a provisioner keeps in its flash', () => {
  const { database, lost } = databaseOf(network, counting(), stamp);

  test('has its nodes with their addresses, elements and keys', () => {
    expect(database.format).toBe('cdb');
    expect(
      database.nodes.map(({ name, unicast, elementCount, isProvisioner }) => [
        name,
        unicast,
        elementCount,
        isProvisioner,
      ]),
    ).toEqual([
      ['Provisioner', 0x0001, 1, true],
      ['Node_0010', 0x0010, 3, false],
    ]);
    expect(database.nodes.map(({ deviceKey }) => deviceKey)).toEqual([key(0x50), undefined]);
    expect(database.appKeys.map(({ index, key: own }) => [index, own])).toEqual([[3, key(0x30)]]);
  });

  test('has the new network key first during a key refresh, and the one before as the old one', () => {
    expect(database.netKeys[0]).toMatchObject({ index: 0, key: key(0x20), oldKey: key(0x10) });
  });

  test('says what it lacks', () => {
    expect(lost.map(({ code }) => code)).toEqual([
      'meshdb/provisioner-keeps-less',
      'meshdb/keys-not-in-dump',
    ]);
  });

  test('is a sound database, the same for the same random bytes', () => {
    const whole: KeptNetwork = {
      ...network,
      netKeys: [{ index: 0, key: key(0x10), keyRefreshPhase: 0 }],
      nodes: network.nodes.map((node) => ({ ...node, key: key(node.unicast) })),
    };
    const sound = databaseOf(whole, counting(), stamp).database;
    expect(checkDatabase(sound).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(formatDatabase(databaseOf(whole, counting(), stamp).database)).toEqual(formatDatabase(sound));
  });
});
