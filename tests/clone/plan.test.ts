import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planClones } from '../../src/clone/index.ts';
import { sampleDonor, samplePlan, seededBytes } from '../support/projects.ts';

describe('a plan', () => {
  test('gives each clone its own address range, name, key, UUID and file', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
        const { clones } = samplePlan({ count });
        const addresses = clones.flatMap((clone) => [0, 1, 2].map((element) => clone.unicast + element));
        expect(new Set(addresses).size).toBe(3 * count);
        for (const key of ['name', 'uuid', 'fileName'] as const) {
          expect(new Set(clones.map((clone) => clone[key])).size).toBe(count);
        }
        expect(new Set(clones.map((clone) => clone.deviceKey.join())).size).toBe(count);
      }),
      { numRuns: 20 },
    );
  });

  test('is the same every time with the same random bytes', () => {
    expect(samplePlan({ count: 5 }).clones).toEqual(samplePlan({ count: 5 }).clones);
  });

  test('fills in donor, address and number', () => {
    const { clones } = samplePlan({ count: 2, nameTemplate: '{number} {donor} at {address}' });
    expect(clones.map((clone) => clone.name)).toEqual(['1 light at 0053', '2 light at 0056']);
    expect(clones.map((clone) => clone.fileName)).toEqual(['1_light_at_0053.hex', '2_light_at_0056.hex']);
  });

  test('refuses a name that all clones would share', () => {
    expect(() => samplePlan({ count: 2, nameTemplate: 'bulb' })).toThrow(
      expect.objectContaining({ code: 'clone/name-twice' }),
    );
    expect(samplePlan({ count: 1, nameTemplate: 'bulb' }).clones[0]!.name).toBe('bulb');
  });

  test('keeps files apart that differ only in what file systems cannot tell', () => {
    const { clones } = samplePlan({ count: 3, table: 'name\na/b\na?b\nA_B' });
    expect(clones.map((clone) => clone.fileName)).toEqual(['a_b.hex', 'a_b_0056.hex', 'A_B_0059.hex']);
  });

  test('cannot be made of a database with faults', () => {
    const { donor } = sampleDonor();
    expect(() => planClones(donor, { count: 0 }, seededBytes())).toThrow(
      expect.objectContaining({ code: 'clone/bad-count' }),
    );
  });

  test('leaves addresses alone that earlier clones hold', () => {
    const { clones } = samplePlan({ count: 1, reserved: [{ start: 0x53, count: 14 }] });
    expect(clones[0]!.unicast).toBe(0x61);
  });
});
