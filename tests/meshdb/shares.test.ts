import { describe, expect, test } from 'vitest';
import {
  addClones,
  allocate,
  checkDatabase,
  cloneName,
  mergeDatabases,
  newDeviceKeys,
  newUuids,
  notesOnShares,
  parseDatabase,
  splitRange,
  usedAddresses,
  type MeshDatabase,
} from '../../src/meshdb/index.ts';
import { readCase } from './cases.ts';
import { databaseText, readDatabase, seededBytes, stamp, textOf } from './fixtures.ts';

function press(database: MeshDatabase, donorIndex: number, count: number, seed: number): MeshDatabase {
  const donor = database.node(donorIndex);
  const { addresses } = allocate(database, { elementCount: donor.elementCount, count });
  const random = seededBytes(seed);
  const keys = newDeviceKeys(database, count, random);
  const uuids = newUuids(database, count, random);
  const clones = addresses.map((unicast, i) => ({
    name: cloneName(donor.name, donor.unicast, unicast),
    unicast,
    deviceKey: keys[i]!,
    uuid: uuids[i]!,
  }));
  return addClones(database, donorIndex, clones, stamp);
}
const seriousCodes = (database: MeshDatabase) =>
  [...new Set(checkDatabase(database).map(({ code }) => code))].filter((code) => code !== 'E48');

describe.each([
  ['pyaci-3-node-types.json', 1],
  ['cdb-android-export.json', 2],
  ['cdb-ios-export.json', 2],
])('several benches press from %s', (name, donor) => {
  const database = readDatabase(name);

  test('each has a share of its own, about as big as the others', () => {
    const shares = splitRange(database, undefined, 5, stamp);
    const whole = usedAddresses(database).freeCount;
    const frees = shares.map((share) => usedAddresses(share).freeCount);
    expect(frees.reduce((a, b) => a + b)).toBe(whole);
    expect(Math.max(...frees) - Math.min(...frees)).toBeLessThanOrEqual(1);
    const ranges = shares.flatMap((share) => share.provisioners[0]!.unicastRanges);
    ranges.slice(1).forEach(({ low }, i) => expect(low).toBe(ranges[i]!.high + 1));
  });

  test('what they press without each other fits together, and the range is whole again', () => {
    const pressed = splitRange(database, undefined, 3, stamp).map((share, i) =>
      press(share, donor, 20, i + 1),
    );
    const merged = pressed.slice(1).reduce((all, one) => {
      const { database, conflicts } = mergeDatabases(all, one, stamp);
      expect(conflicts).toEqual([]);
      return database;
    }, pressed[0]!);
    expect(merged.nodes).toHaveLength(database.nodes.length + 60);
    expect(merged.provisioners).toEqual(database.provisioners);
    expect(seriousCodes(merged)).toEqual([]);
    expect(seriousCodes(parseDatabase(textOf(merged)))).toEqual([]);
  });

  test('merging a database with itself changes nothing but the time', () => {
    const sameTime = { ...stamp, timestamp: database.timestamp! };
    const { database: merged, conflicts } = mergeDatabases(database, database, sameTime);
    expect(conflicts).toEqual([]);
    expect(textOf(merged)).toBe(textOf(database));
  });
});

describe('merging databases that do not quite agree', () => {
  const text = databaseText('cdb-android-export.json');
  const database = parseDatabase(text);
  const mergedWith = (other: string) => mergeDatabases(database, parseDatabase(other), stamp);
  const paths = (other: string) =>
    mergedWith(other).conflicts.map(({ path, severity }) => `${severity} ${path}`);

  test('keeps the first version of a record and says what differs', () => {
    const { conflicts, database: merged } = mergedWith(text.replace('"Dimmer"', '"Lamp"'));
    expect(conflicts).toMatchObject([
      {
        code: 'meshdb/merge-conflict',
        path: 'nodes[3]',
        message: expect.stringContaining('differs in name'),
      },
    ]);
    expect(merged.node(3).name).toBe('Dimmer');
    expect(paths(text.replace('"Room 1"', '"Hall"'))).toEqual(['warning groups[0]']);
  });

  test('leaves out a node whose addresses or device key another has', () => {
    const renamed = text.replace(
      'B9AE12C1-AD2E-4AB3-8CF2-AD76C4F1FFFF',
      'B9AE12C1-AD2E-4AB3-8CF2-AD76C4F10000',
    );
    expect(paths(renamed)).toEqual(['error nodes[3]']);
    expect(paths(renamed.replace('"unicastAddress": "0006"', '"unicastAddress": "0106"'))).toEqual([
      'error nodes[3]',
    ]);
    expect(mergedWith(renamed).database.nodes).toHaveLength(4);
  });

  test('unites groups, scenes, exclusions and provisioners', () => {
    const other = text
      .replace('"address": "C001"', '"address": "C005"')
      .replace(/"addresses": \[\s+"0002"/, '"addresses": ["0003"')
      .replace('"0009"', '"0019"')
      .replace('"highAddress": "199A"', '"highAddress": "2000"');
    const { database: merged, conflicts } = mergedWith(other);
    expect(conflicts).toEqual([]);
    expect(merged.groups.map(({ address }) => address)).toContain(0xc005);
    expect(merged.scenes[0]!.addresses).toEqual([2, 3]);
    expect(merged.exclusions).toEqual([{ ivIndex: 0, addresses: [8, 9, 0x19] }]);
    expect(merged.provisioners[0]!.unicastRanges).toEqual([{ low: 1, high: 0x2000 }]);
  });

  test('works across the two phone apps', () => {
    const ios = press(readDatabase('cdb-ios-export.json'), 2, 2, 5);
    const { database: merged } = mergeDatabases(database, ios, stamp);
    expect(merged.nodes).toHaveLength(6);
    expect(merged.node(5).name).toBe(ios.node(5).name);
    expect(seriousCodes(parseDatabase(textOf(merged)))).toEqual([]);
  });

  test('refuses another network or format', () => {
    const refused = (other: string) =>
      expect(() => mergedWith(other)).toThrowError(expect.objectContaining({ code: 'meshdb/other-network' }));
    refused(databaseText('pyaci-example.json'));
    refused(text.replace('6518AD6E-0D08', '6518AD6E-0D09'));
    refused(text.replace('DD018041EB350977E0147ED11E10047C', 'DD018041EB350977E0147ED11E10047D'));
  });
});

test.each([
  [1, 'two shares'],
  [7, 'only 6 addresses'],
])('a range is not split into %i shares when %s', (shares, reason) => {
  const database = parseDatabase(
    databaseText('pyaci-3-node-types.json').replace('"highAddress": 32767', '"highAddress": 27'),
  );
  expect(() => splitRange(database, undefined, shares, stamp)).toThrowError(
    expect.objectContaining({ code: 'meshdb/cannot-split', message: expect.stringContaining(reason) }),
  );
  expect(splitRange(database, undefined, 6, stamp)).toHaveLength(6);
});

test('shares are cut behind the highest address, and lower gaps stay with the first', () => {
  const [first, second] = splitRange(readCase('moved-phone'), undefined, 2, stamp);
  // 0x1235 to 0x199A are free behind the phone
  expect(first!.provisioners[0]!.unicastRanges).toEqual([{ low: 0x0001, high: 0x15e7 }]);
  expect(second!.provisioners[0]!.unicastRanges).toEqual([{ low: 0x15e8, high: 0x199a }]);
  expect(notesOnShares(readCase('moved-phone'))).toMatchObject([
    { code: 'meshdb/same-provisioner', message: expect.stringContaining("'Phone'") },
  ]);
});
