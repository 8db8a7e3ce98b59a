import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { cloneName, newDeviceKeys, newUuids, parseUuid } from '../../src/meshdb/index.ts';
import { readDatabase, seededBytes } from './fixtures.ts';

test.each([
  ['Light bulb', 0x10, 0x11, 'Light bulb_0011'],
  ['Light bulb_0010', 0x10, 0x11, 'Light bulb_0011'],
  ['Light bulb_00AB', 0xab, 0xac, 'Light bulb_00ac'],
  ['Light bulb_17', 17, 0x12, 'Light bulb_0012'], // as older scripts named it
  ['Light bulb_0011', 0x10, 0x12, 'Light bulb_0011_0012'], // another's address is part of the name
  ['Room_2', 0x10, 0x11, 'Room_2_0011'],
  ['1234_4660', 4660, 0x7fff, '1234_7fff'],
  ['', 0x10, 0x11, 'Node_0011'],
  ['_0010', 0x10, 0x11, 'Node_0011'],
])('a clone of %j at %i for %i is called %j', (donor, donorUnicast, unicast, expected) => {
  expect(cloneName(donor, donorUnicast, unicast)).toBe(expected);
});

test('a clone of a clone has one suffix', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 1, max: 0x7fff }),
      fc.integer({ min: 1, max: 0x7fff }),
      (name, first, second) => {
        const clone = cloneName(name, 0, first);
        expect(cloneName(clone, first, second)).toBe(cloneName(name, 0, second));
      },
    ),
  );
});

describe('fresh identities', () => {
  const database = readDatabase('cdb-ios-export.json');

  test('UUIDs are of version 4 and unlike each other', () => {
    const uuids = newUuids(database, 200, seededBytes(7));
    expect(new Set(uuids).size).toBe(200);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('device keys use all their bits', () => {
    const keys = newDeviceKeys(database, 500, seededBytes(9));
    const everSet = new Uint8Array(16);
    const everClear = new Uint8Array(16);
    for (const key of keys)
      key.forEach((byte, i) => {
        everSet[i]! |= byte;
        everClear[i]! |= ~byte;
      });
    expect([toHex(everSet), toHex(everClear)]).toEqual(['ff'.repeat(16), 'ff'.repeat(16)]);
  });

  test('a key that some node has, or that is trivial, is drawn again', () => {
    const draws = [
      database.node(2).deviceKey!,
      new Uint8Array(16),
      new Uint8Array(16).fill(0xff),
      new Uint8Array(16).fill(5),
      new Uint8Array(16).fill(5),
      new Uint8Array(16).fill(6),
    ];
    const keys = newDeviceKeys(database, 2, () => draws.shift()!);
    expect(keys.map((key) => key[0])).toEqual([5, 6]);
  });

  test('a source that repeats itself is refused', () => {
    expect(() => newDeviceKeys(database, 2, (count) => new Uint8Array(count).fill(3))).toThrowError(
      expect.objectContaining({ code: 'meshdb/bad-random' }),
    );
    expect(() => newUuids(database, 2, (count) => new Uint8Array(count))).toThrowError(
      expect.objectContaining({ code: 'meshdb/bad-random' }),
    );
  });
});

test('a UUID is read with or without dashes, and nothing else', () => {
  const expected = '00112233-4455-6677-8899-aabbccddeeff';
  expect(parseUuid('00112233445566778899AABBCCDDEEFF')).toBe(expected);
  expect(parseUuid('00112233-4455-6677-8899-AABBCCDDEEFF')).toBe(expected);
  for (const text of ['', '0011', '0011223344556677-8899aabbccddeeff', `${expected}0`])
    expect(parseUuid(text)).toBeUndefined();
});
