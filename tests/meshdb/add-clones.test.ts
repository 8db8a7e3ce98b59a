import { describe, expect, test } from 'vitest';
import { fromHex } from '../../src/bytes.ts';
import {
  addClones,
  allocate,
  checkDatabase,
  cloneName,
  cloneNotes,
  formatWithClones,
  newDeviceKeys,
  newUuids,
  parseDatabase,
  renewSharedUuids,
  setUuids,
  type AddClonesOptions,
  type CloneIdentity,
  type MeshDatabase,
} from '../../src/meshdb/index.ts';
import { databaseBytes, databaseText, readDatabase, seededBytes, stamp, textOf } from './fixtures.ts';

interface Input {
  readonly deviceKey: string;
  readonly UUID: string;
}
const pyaciInputs = JSON.parse(databaseText('clone-inputs.json')) as Input[];
const cdbInputs = JSON.parse(databaseText('clone-inputs-cdb.json')) as Record<'android' | 'ios', Input[]>;

/** Clones of a node with these keys and UUIDs, addresses and names as the rules give them. */
function clonesOf(database: MeshDatabase, donorIndex: number, inputs: readonly Input[]): CloneIdentity[] {
  const donor = database.node(donorIndex);
  const { addresses } = allocate(database, { elementCount: donor.elementCount, count: inputs.length });
  return inputs.map(({ deviceKey, UUID }, i) => ({
    name: cloneName(donor.name, donor.unicast, addresses[i]!),
    unicast: addresses[i]!,
    deviceKey: fromHex(deviceKey)!,
    uuid: UUID,
  }));
}
const cloned = (
  database: MeshDatabase,
  donorIndex: number,
  inputs: readonly Input[],
  options: AddClonesOptions = stamp,
) => addClones(database, donorIndex, clonesOf(database, donorIndex, inputs), options);

describe('clones in a database', () => {
  test.each([
    ['pyaci-example.json', 'pyaci-example-plus-3-clones.json', 0, pyaciInputs, '2020-03-24 14:50:45.861204'],
    [
      'pyaci-3-node-types.json',
      'pyaci-3-node-types-plus-3-switch-clones.json',
      1,
      pyaciInputs,
      '2020-03-24 14:50:45.861204',
    ],
    [
      'cdb-android-export.json',
      'cdb-android-export-plus-2-switch-clones.json',
      2,
      cdbInputs.android,
      undefined,
    ],
    ['cdb-ios-export.json', 'cdb-ios-export-plus-2-switch-clones.json', 2, cdbInputs.ios, undefined],
  ])('of %s are written as expected', (before, after, donor, inputs, timestamp) => {
    const result = cloned(readDatabase(before), donor, inputs, {
      ...stamp,
      ...(timestamp !== undefined && { timestamp }),
    });
    expect(textOf(result)).toBe(databaseText(after));
  });

  test('keep the line ends of a Windows PyACI', () => {
    const timestamp = '2020-03-24 14:50:45.861204';
    const result = cloned(readDatabase('pyaci-example-crlf.json'), 0, pyaciInputs, { ...stamp, timestamp });
    expect(textOf(result)).toBe(databaseText('pyaci-example-plus-3-clones.json').replaceAll('\n', '\r\n'));
  });

  test('come out as PyACI would write them though the file was edited by hand', () => {
    const value = JSON.parse(databaseText('pyaci-example.json')) as Record<string, unknown>;
    const shuffled = Object.fromEntries(Object.entries(value).reverse());
    const byHand = `${JSON.stringify(shuffled, null, 4).replace('unicastAddress', 'unicast_address')}\n`;
    const timestamp = '2020-03-24 14:50:45.861204';
    const result = cloned(parseDatabase(byHand), 0, pyaciInputs, { ...stamp, timestamp });
    expect(textOf(result)).toBe(databaseText('pyaci-example-plus-3-clones.json'));
  });

  test('stay inside the wrapper of the iOS app', () => {
    const result = cloned(readDatabase('cdb-ios-internal-wrapper.json'), 2, cdbInputs.ios);
    expect(textOf(result)).toBe(
      `{"meshNetwork":${databaseText('cdb-ios-export-plus-2-switch-clones.json')}}`,
    );
    expect(result.nodes).toHaveLength(6);
  });

  test('leave every byte of a CDB alone but for time stamp and new records', () => {
    const text = databaseText('cdb-android-export.json')
      .replaceAll('  ', '\t')
      .replace('"nodes": [', '"x-maker" : [1.0, {"a":[ ]}],\n\t"nodes": [')
      .replace('"Light switch"', '"Licht \\u0041"');
    const result = textOf(cloned(parseDatabase(text), 2, cdbInputs.android));
    const end = result.indexOf('94D54F12');
    const tail = result.slice(result.indexOf('"groups"'));
    const before = result
      .slice(0, result.lastIndexOf('},', end) + 1)
      .replace('2022-09-27T08:00:00Z', '2022-09-26T11:20:31+02:00');
    expect(before).toBe(text.slice(0, before.length));
    expect(text.endsWith(tail)).toBe(true);
    expect(result).toContain('"name": "Licht A_000a"');
    expect(result).toContain('\n\t\t{\n\t\t\t"UUID": "94D54F12');
  });

  test('keep the old style of a file of version 1.0.0', () => {
    const result = cloned(readDatabase('cdb-android-legacy-1.0.0.json'), 2, cdbInputs.android);
    const text = textOf(result);
    expect(text).toContain('"UUID": "94D54F12BE5D4BED8D8F47FF2283779B"');
    expect(text).not.toContain('"excluded"');
    expect(text.match(/"blacklisted": false/g)).toHaveLength(6);
  });

  test('are not excluded though the donor is', () => {
    const result = cloned(readDatabase('malformed/e29-donor-excluded.cdb.json'), 3, cdbInputs.android);
    expect(result.nodes.map(({ excluded }) => excluded)).toEqual([false, false, false, true, false, false]);
  });

  test('have a name where the donor has none', () => {
    const text = databaseText('pyaci-example.json').replace('      "name": "Light bulb",\n', '');
    const result = textOf(cloned(parseDatabase(text), 0, pyaciInputs.slice(0, 1)));
    expect(result).toContain('      },\n      "name": "Node_0011",\n      "netKeys": [');
  });

  test('have their own element addresses where the file lists them', () => {
    const text = databaseText('pyaci-example.json').replace(
      '"location": "0000",',
      '"location": "0000", "unicastAddress": 16,',
    );
    const result = cloned(parseDatabase(text), 0, pyaciInputs.slice(0, 1));
    expect(textOf(result).match(/"unicastAddress": \d+/g)).toEqual(
      ['16', '16', '17', '17'].map((n) => `"unicastAddress": ${n}`),
    );
  });

  test.each([
    ['pyaci-3-node-types.json', 1, pyaciInputs],
    ['cdb-ios-export.json', 2, cdbInputs.ios],
  ])('publish to themselves where the donor does, if asked: %s', (name, donor, inputs) => {
    const database = readDatabase(name);
    const targets = (mapOwnPublications: boolean) => {
      const result = cloned(database, donor, inputs, { ...stamp, mapOwnPublications });
      const clone = result.nodes.at(-1)!;
      return clone.elements.map(({ models }) => {
        const target = models.at(-1)!.publication?.address;
        return typeof target === 'number' && target < 0x8000 ? target - clone.unicast : target;
      });
    };
    const donorTarget = database.node(donor).unicast + 1;
    const clone = clonesOf(database, donor, inputs).at(-1)!;
    expect(targets(false).at(-1)).toBe(donorTarget - clone.unicast);
    expect(targets(true).at(-1)).toBe(1);
    expect(targets(true)[1]).toBe(targets(false)[1]); // the group stays
  });

  test('join the scenes of the donor only if asked', () => {
    const database = readDatabase('cdb-android-export.json');
    expect(cloned(database, 1, cdbInputs.android).scenes[0]!.addresses).toEqual([2]);
    expect(
      cloned(database, 1, cdbInputs.android, { ...stamp, joinScenes: true }).scenes[0]!.addresses,
    ).toEqual([2, 0x0a, 0x0b]);
  });

  test('make a database without new faults', () => {
    for (const [name, donor] of [
      ['pyaci-200-nodes.json.gz', 3],
      ['cdb-android-200-nodes.json.gz', 3],
      ['cdb-ios-200-nodes.json.gz', 4],
    ] as const) {
      const database = readDatabase(name);
      const random = seededBytes(1);
      const { elementCount, unicast, name: donorName } = database.node(donor);
      const { addresses } = allocate(database, { elementCount, count: 50 });
      const keys = newDeviceKeys(database, 50, random);
      const uuids = newUuids(database, 50, random);
      const result = addClones(
        database,
        donor,
        addresses.map((address, i) => ({
          name: cloneName(donorName, unicast, address),
          unicast: address,
          deviceKey: keys[i]!,
          uuid: uuids[i]!,
        })),
        stamp,
      );
      expect(result.nodes).toHaveLength(database.nodes.length + 50);
      expect(new Set(checkDatabase(textOf(result)).map(({ code }) => code))).toEqual(new Set(['E48']));
    }
  });

  test('can be written piece by piece, without the whole text', () => {
    for (const name of ['cdb-ios-export.json', 'pyaci-example.json']) {
      const database = readDatabase(name);
      const donor = database.nodes.length - 1;
      const clones = clonesOf(database, donor, cdbInputs.ios);
      const pieces = [...formatWithClones(database, donor, clones, stamp)];
      expect(pieces.join('')).toBe(textOf(addClones(database, donor, clones, stamp)));
      expect(pieces.length).toBeGreaterThan(clones.length);
      expect([...formatWithClones(database, donor, [], stamp)].join('')).toBe(textOf(database));
    }
  });

  test('leave the original database as it was', () => {
    const database = readDatabase('cdb-ios-export.json');
    cloned(database, 2, cdbInputs.ios);
    expect(textOf(database)).toBe(databaseText('cdb-ios-export.json'));
    expect(addClones(database, 2, [], stamp)).toBe(database);
  });
});

describe('the time stamp', () => {
  const stampOf = (name: string, options: AddClonesOptions) =>
    cloned(readDatabase(name), 0, pyaciInputs.slice(0, 1), options).timestamp;
  test('of PyACI is local, to the microsecond, and without fraction when that is zero', () => {
    const now = new Date('2024-02-29T23:30:00.120Z');
    expect(stampOf('pyaci-example.json', { now, timeZoneOffsetMinutes: -60 })).toBe(
      '2024-03-01 00:30:00.120000',
    );
    expect(stampOf('pyaci-example.json', { now: new Date('2024-02-29T23:30:00Z') })).toBe(
      '2024-02-29 23:30:00',
    );
  });
  test('of a CDB is UTC in whole seconds', () => {
    expect(
      stampOf('cdb-ios-export.json', {
        now: new Date('2024-02-29T23:30:00.120Z'),
        timeZoneOffsetMinutes: -60,
      }),
    ).toBe('2024-02-29T23:30:00Z');
  });
  test('is added where PyACI has not yet stored one', () => {
    const text = databaseText('pyaci-example.json').replace(/,\n {2}"timestamp": "[^"]*"/, '');
    expect(textOf(cloned(parseDatabase(text), 0, pyaciInputs.slice(0, 1)))).toMatch(
      /\n {2}\],\n {2}"timestamp": "2022-09-27 08:00:00"\n\}$/,
    );
  });
});

describe('clones that cannot be added', () => {
  const database = readDatabase('cdb-android-export.json');
  const [good] = clonesOf(database, 2, cdbInputs.android) as [CloneIdentity];
  const add =
    (...clones: CloneIdentity[]) =>
    () =>
      addClones(database, 2, clones, stamp);

  test.each([
    ['an address of a node', { unicast: 0x06 }, 'meshdb/address-taken'],
    ['an address whose last element is a node', { unicast: 0x7ffe }, 'meshdb/bad-identity'],
    ['no address', { unicast: 0 }, 'meshdb/bad-identity'],
    [
      'the UUID of the donor, written otherwise',
      { uuid: '994be771e9ee40ebb9879f5ecf05ffff' },
      'meshdb/duplicate-identity',
    ],
    [
      'the UUID of the network',
      { uuid: '6518AD6E-0D08-4234-B4B6-88DD4F36EDBF' },
      'meshdb/duplicate-identity',
    ],
    ['no UUID', { uuid: '1234' }, 'meshdb/bad-identity'],
    ['the device key of a node', { deviceKey: database.node(3).deviceKey! }, 'meshdb/duplicate-identity'],
    ['a device key of zeros', { deviceKey: new Uint8Array(16) }, 'meshdb/bad-identity'],
    ['a device key that is too short', { deviceKey: new Uint8Array(15).fill(7) }, 'meshdb/bad-identity'],
  ])('%s', (_, wrong, code) => {
    expect(add({ ...good, ...wrong })).toThrowError(expect.objectContaining({ code }));
  });

  test('two with the same address, key or UUID', () => {
    const other = {
      ...good,
      unicast: 0x100,
      uuid: 'F0252718-53D8-488B-8595-3B6AD30C7EC3',
      deviceKey: new Uint8Array(16).fill(7),
    };
    expect(add(good, other)).not.toThrow();
    expect(add(good, { ...other, unicast: good.unicast + 2 })).toThrowError(
      expect.objectContaining({ code: 'meshdb/address-taken' }),
    );
    expect(add(good, { ...other, uuid: good.uuid })).toThrowError(
      expect.objectContaining({ code: 'meshdb/duplicate-identity' }),
    );
    expect(add(good, { ...other, deviceKey: good.deviceKey })).toThrowError(
      expect.objectContaining({ code: 'meshdb/duplicate-identity' }),
    );
  });

  test('a donor without elements', () => {
    const broken = parseDatabase(databaseBytes('malformed/e20-elements-empty.cdb.json'));
    expect(() => addClones(broken, 1, [good], stamp)).toThrowError(
      expect.objectContaining({ code: 'meshdb/no-elements' }),
    );
  });
});

describe('what to know before clones go on the air', () => {
  const codesOf = (name: string, donor: number, count: number) =>
    cloneNotes(readDatabase(name), donor, count).map(({ code }) => code);
  test('replay lists that get too short', () => {
    expect(codesOf('pyaci-3-node-types.json', 0, 36)).toEqual([]); // 3 nodes, PyACI itself and 36 clones make 40
    expect(codesOf('pyaci-3-node-types.json', 0, 37)).toEqual(['meshdb/replay-list-short']);
  });
  test('scenes and heartbeats of the donor', () => {
    expect(codesOf('cdb-ios-export.json', 1, 1)).toEqual(['meshdb/scenes-left']);
    const text = databaseText('cdb-ios-export.json').replaceAll(
      '"excluded":false',
      '"excluded":false,"heartbeatPub":{}',
    );
    expect(cloneNotes(parseDatabase(text), 2, 1)).toMatchObject([{ code: 'meshdb/heartbeat-copied' }]);
  });
});

describe('UUIDs of nodes that are there', () => {
  test('shared ones are renewed for all but the first', () => {
    const database = readDatabase('malformed/e16-duplicate-uuid.pyaci.json');
    const result = renewSharedUuids(database, seededBytes(3), stamp);
    expect(result.node(0).uuid).toBe(database.node(0).uuid);
    expect(result.node(1).uuid).toMatch(/^[0-9a-f]{32}$/);
    expect(checkDatabase(result).map(({ code }) => code)).toEqual(['E48']);
  });
  test('can be set to what a board shows, but not to that of another record', () => {
    const database = readDatabase('cdb-ios-export.json');
    const result = setUuids(database, new Map([[1, '00112233445566778899aabbccddeeff']]), stamp);
    expect(result.node(1).uuid).toBe('00112233-4455-6677-8899-AABBCCDDEEFF');
    expect(() => setUuids(database, new Map([[1, database.node(2).uuid]]), stamp)).toThrowError(
      expect.objectContaining({ code: 'meshdb/duplicate-identity' }),
    );
    expect(setUuids(database, new Map([[1, database.node(1).uuid.toLowerCase()]]), stamp)).toBe(database);
  });
});
