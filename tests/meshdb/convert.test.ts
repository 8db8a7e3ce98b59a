import { describe, expect, test } from 'vitest';
import {
  checkDatabase,
  convertDatabase,
  parseDatabase,
  type DatabaseDialect,
} from '../../src/meshdb/index.ts';
import { databaseText, readDatabase, stamp, textOf } from './fixtures.ts';

const DIALECTS: readonly DatabaseDialect[] = ['pyaci', 'android', 'ios'];
const SOURCES = [
  'pyaci-3-node-types.json',
  'cdb-android-export.json',
  'cdb-android-legacy-1.0.0.json',
  'cdb-ios-export.json',
  'cdb-ios-internal-wrapper.json',
];
const lostCodes = (name: string, to: DatabaseDialect) =>
  convertDatabase(readDatabase(name), to, stamp).lost.map(({ code }) => code);

describe('a database in another form', () => {
  test.each(SOURCES.flatMap((name) => DIALECTS.map((to) => [name, to] as const)))(
    '%s for %s can be loaded there',
    (name, to) => {
      const { database } = convertDatabase(readDatabase(name), to, stamp);
      expect(database.dialect).toBe(to);
      expect(
        checkDatabase(textOf(database))
          .map(({ code }) => code)
          .filter((code) => code !== 'E48'),
      ).toEqual([]);
    },
  );

  test('says the same of every node', () => {
    const facts = (name: string, to: DatabaseDialect) =>
      convertDatabase(readDatabase(name), to, stamp).database.nodes.map(
        ({ name, unicast, elementCount, deviceKey, netKeyIndexes, appKeyIndexes, replayListLength }) => ({
          name,
          unicast,
          elementCount,
          deviceKey,
          netKeyIndexes,
          appKeyIndexes,
          replayListLength,
        }),
      );
    expect(facts('pyaci-3-node-types.json', 'ios')).toEqual(facts('pyaci-3-node-types.json', 'pyaci'));
    expect(facts('cdb-ios-export.json', 'android')).toEqual(facts('cdb-ios-export.json', 'ios'));
    expect(facts('cdb-ios-export.json', 'pyaci')).toEqual(facts('cdb-ios-export.json', 'ios'));
  });

  test.each(['android', 'ios'] as const)('comes back from %s as PyACI wrote it', (through) => {
    const text = databaseText('pyaci-3-node-types-reloaded.json');
    const there = convertDatabase(parseDatabase(text), through, stamp).database;
    const back = convertDatabase(there, 'pyaci', { ...stamp, timestamp: '2020-03-24 14:50:45.861204' });
    expect(textOf(back.database)).toBe(text);
    expect(back.lost).toEqual([]);
  });

  test('comes back from Android as iOS wrote it', () => {
    const text = databaseText('cdb-ios-export.json');
    const there = convertDatabase(parseDatabase(text), 'android', stamp).database;
    const back = convertDatabase(there, 'ios', { ...stamp, timestamp: '2022-09-26T11:20:31Z' }).database;
    expect(textOf(back)).toBe(text);
  });

  test('of version 1.0.0 is brought to 1.0.1', () => {
    const { database } = convertDatabase(readDatabase('cdb-android-legacy-1.0.0.json'), 'android', stamp);
    const text = textOf(database);
    for (const old of ['"low"', 'blacklisted', '"scene"', '"period": 0']) expect(text).not.toContain(old);
    expect(text).toContain('"resolution": 100');
    expect(text).toContain(
      '"id": "https://www.bluetooth.com/specifications/specs/mesh-cdb-1-0-1-schema.json#"',
    );
  });

  test('counts transmissions as its readers do', () => {
    const counts = (name: string, to: DatabaseDialect) => {
      const text = textOf(convertDatabase(readDatabase(name), to, stamp).database);
      return ['networkTransmit', 'relayRetransmit'].map((key) =>
        Number(new RegExp(`"${key}":\\s*\\{\\s*"count":\\s*(\\d)`).exec(text)![1]),
      );
    };
    expect(counts('pyaci-3-node-types.json', 'pyaci')).toEqual([2, 2]);
    expect(counts('pyaci-3-node-types.json', 'ios')).toEqual([3, 3]);
    expect(counts('pyaci-3-node-types.json', 'android')).toEqual([3, 2]);
    expect(counts('cdb-ios-export.json', 'pyaci')).toEqual([2, 2]);
    expect(counts('cdb-android-export.json', 'pyaci')).toEqual([2, 3]);
  });
});

test('what Android writes as null is left out elsewhere', () => {
  const text = databaseText('cdb-android-export.json').replace(
    '"defaultTTL": 5',
    '"defaultTTL": null, "networkTransmit": null, "relayRetransmit": null',
  );
  for (const to of ['ios', 'pyaci'] as const) {
    const { database } = convertDatabase(parseDatabase(text), to, stamp);
    expect(textOf(database)).not.toContain('null');
    expect(
      checkDatabase(database)
        .map(({ code }) => code)
        .filter((code) => code !== 'E48'),
    ).toEqual([]);
  }
});

describe('what another form cannot hold is listed', () => {
  test('for PyACI', () => {
    expect(lostCodes('cdb-android-export.json', 'pyaci').sort()).toEqual([
      'meshdb/lost-address-of-pyaci',
      'meshdb/lost-label',
      'meshdb/lost-networkExclusions',
      'meshdb/lost-publication',
      'meshdb/lost-scenes',
    ]);
  });

  test('for the phone apps', () => {
    expect(lostCodes('pyaci-3-node-types.json', 'ios')).toEqual([
      'meshdb/lost-provisioner-node',
      'meshdb/lost-iv-index',
    ]);
    expect(lostCodes('cdb-ios-export.json', 'android')).toEqual([]);
  });

  test('nodes without device key are left out for PyACI', () => {
    const { database, lost } = convertDatabase(
      readDatabase('cdb-ios-partial-no-device-keys.json'),
      'pyaci',
      stamp,
    );
    expect(database.nodes).toHaveLength(1);
    expect(lost).toContainEqual(
      expect.objectContaining({
        code: 'meshdb/lost-device-key',
        severity: 'error',
        message: expect.stringContaining('2 more'),
      }),
    );
  });

  test('a publication period that no step fits is rounded', () => {
    const text = databaseText('pyaci-3-node-types.json').replace('"period": 10000', '"period": 12345');
    const { database, lost } = convertDatabase(parseDatabase(text), 'ios', stamp);
    expect(lost.map(({ code }) => code)).toContain('meshdb/lost-period');
    expect(database.node(1).elements[1]!.models[0]!.publication!.periodMs).toBe(12_000);
  });
});

test('a database in the form asked for is left as it is', () => {
  const database = readDatabase('pyaci-example.json');
  expect(convertDatabase(database, 'pyaci', stamp)).toEqual({ database, lost: [] });
});
