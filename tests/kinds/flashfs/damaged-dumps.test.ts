import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KnownError } from '../../../src/errors.ts';
import { indexOfBytes } from '../../../src/bytes.ts';
import { flashManagerKind } from '../../../src/kinds/flashfs/index.ts';
import { changesOf, type MemoryImage } from '../../../src/image/index.ts';
import { type Identity } from '../../../src/mesh/index.ts';
import { key } from './area-writer.ts';
import { fixtures, readDump } from './fixtures.ts';
import { mutate } from './mutations.ts';

const NEW: Identity = { unicast: 0x7a00, deviceKey: Uint8Array.from(key(0x40)) };
const sample = fixtures.filter(({ history }) => history !== 'blank' && history !== 'multipage');

/** A damaged dump, as fast-check sees it: which one, and a stream of choices. */
const damaged = fc
  .record({
    index: fc.nat(sample.length - 1),
    choices: fc.array(fc.nat(0xffffff), { minLength: 8, maxLength: 64 }),
  })
  .map(({ index, choices }) => {
    const { release, history } = sample[index]!;
    let next = 0;
    const image = mutate(readDump(release, history), (below) => choices[next++ % choices.length]! % below);
    return { name: `${release}/${history}`, image };
  });

/** The clone of an image, or `undefined` where it is refused. */
function cloneOf(
  image: MemoryImage,
): { readonly clone: MemoryImage; readonly donorKey: Uint8Array; readonly left: boolean } | undefined {
  const reading = flashManagerKind.read(image);
  if (!reading || reading.refusal) return undefined;
  const press = reading.prepare({});
  const clone = image.with(changesOf([...press.shared, ...press.patchesFor(NEW)]));
  press.check(clone, NEW);
  const { unicast, deviceKeys } = reading.settled;
  return {
    clone,
    donorKey: deviceKeys.find(({ owner }) => owner === unicast!.start)!.key,
    left: press.notes.some(({ code }) => code === 'flashfs/key-left'),
  };
}

describe('a damaged dump', () => {
  test('is read, or refused with a reason; nothing else happens', () => {
    fc.assert(
      fc.property(damaged, ({ image }) => {
        const reading = flashManagerKind.read(image);
        if (!reading?.refusal) return;
        expect(reading.refusal.code).toMatch(/^flashfs\//);
        expect(() => reading.prepare({})).toThrow(KnownError);
      }),
      { numRuns: 300 },
    );
  });

  test('that is not refused gives a clone that boots as it should and does not know its donor', () => {
    fc.assert(
      fc.property(damaged, ({ image }) => {
        const made = cloneOf(image);
        if (!made || made.left) return;
        for (const { address, length } of made.clone.stretches()) {
          expect(indexOfBytes(made.clone.read(address, length), made.donorKey)).toBe(-1);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is read the same way twice', () => {
    fc.assert(
      fc.property(damaged, ({ image }) => {
        const [first, second] = [flashManagerKind.read(image), flashManagerKind.read(image)];
        expect(first?.nextBoot).toEqual(second?.nextBoot);
        expect(first?.refusal).toEqual(second?.refusal);
      }),
      { numRuns: 50 },
    );
  });

  test('is mapped without a gap, and its entries lie in its pages', () => {
    fc.assert(
      fc.property(damaged, ({ image }) => {
        const reading = flashManagerKind.read(image);
        if (!reading) return;
        let end = 0;
        for (const { address, length } of reading.regions.filter(
          ({ address: at }) => at < reading.chip.chip.flashSize,
        )) {
          expect(address).toBe(end);
          end = address + length;
        }
        for (const page of reading.areas.flatMap(({ pages }) => pages)) {
          for (const entry of page.entries) {
            expect(entry.address).toBeGreaterThanOrEqual(page.address);
            expect(entry.address + entry.length).toBeLessThanOrEqual(page.address + page.length + 4);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
