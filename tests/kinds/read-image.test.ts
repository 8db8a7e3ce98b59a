import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findChip, MemoryImage } from '../../src/image/index.ts';
import { IMAGE_KINDS, readImage, stillToRead } from '../../src/kinds/index.ts';
import { readDump, releases } from './flashfs/fixtures.ts';
import { fixtureOf } from './zephyr/fixtures.ts';

describe('a dump is read by the kind of image that it is', () => {
  test.each([
    ['nrf5-mesh', () => readDump(releases.at(-1)!, 'client')],
    ['zephyr', () => fixtureOf('v4.2-nvs/fresh-light').readDump()],
  ])('%s', (id, dump) => {
    expect(readImage(dump()).kind.id).toBe(id);
  });
});

describe('what is still to be read of a chip, whatever kind it runs', () => {
  const chip = findChip('nRF52832')!;

  test('is all that any kind wants, in stretches that never overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: chip.flashSize }),
        fc.integer({ min: 0, max: 0x3000 }),
        (address, length) => {
          const image = MemoryImage.of([{ address, bytes: new Uint8Array(length) }]);
          const wanted = stillToRead(image, chip);
          let end = -1;
          for (const one of wanted) {
            expect(one.address).toBeGreaterThan(end);
            end = one.address + one.length;
          }
          for (const kind of IMAGE_KINDS)
            for (const one of kind.stillToRead(image, chip))
              expect(
                wanted.some(
                  (joined) =>
                    joined.address <= one.address &&
                    one.address + one.length <= joined.address + joined.length,
                ),
              ).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('is of a blank chip the ends of its pages, asked for once', () => {
    const wanted = stillToRead(MemoryImage.empty, chip);
    const bytes = wanted.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual((32 * chip.flashSize) / chip.pageSize + 64);
    const blank = wanted.map(({ address, length }) => ({
      address,
      bytes: new Uint8Array(length).fill(0xff),
    }));
    expect(stillToRead(MemoryImage.of(blank), chip)).toEqual([]);
  });
});
