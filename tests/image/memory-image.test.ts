import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHUNK_SIZE, MemoryImage, findOverlap } from '../../src/image/index.ts';

/** Stretches without overlap around chunk borders, as a map from address to byte for comparison. */
const stretches = fc
  .array(
    fc.record({
      address: fc.oneof(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: CHUNK_SIZE - 60, max: 2 * CHUNK_SIZE + 60 }),
      ),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 120 }),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.filter((one, i) => !findOverlap([...all.slice(0, i), one])))
  .filter((all) => !findOverlap(all));

const byAddress = (segments: Iterable<{ address: number; bytes: Uint8Array }>) => {
  const map = new Map<number, number>();
  for (const { address, bytes } of segments) bytes.forEach((byte, i) => map.set(address + i, byte));
  return map;
};

describe('an image of some stretches', () => {
  test('holds exactly the bytes that were given', () => {
    fc.assert(
      fc.property(stretches, (segments) => {
        const image = MemoryImage.of(segments);
        expect(byAddress(image.runs)).toEqual(byAddress(segments));
        expect(image.size).toBe(byAddress(segments).size);
      }),
    );
  });

  test('reads what is missing as erased flash', () => {
    fc.assert(
      fc.property(stretches, fc.nat(9000), fc.integer({ min: 1, max: 300 }), (segments, address, length) => {
        const image = MemoryImage.of(segments);
        const map = byAddress(segments);
        const expected = Array.from({ length }, (_, i) => map.get(address + i) ?? 0xff);
        expect([...image.read(address, length)]).toEqual(expected);
        expect(image.definedBytes(address, length)).toBe(
          expected.filter((_, i) => map.has(address + i)).length,
        );
      }),
    );
  });

  test('is the same however its bytes were cut', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i);
    const whole = MemoryImage.of([{ address: 0xff0, bytes }]);
    const pieces = MemoryImage.of([
      { address: 0xff0 + 1000, bytes: bytes.subarray(1000) },
      { address: 0xff0, bytes: bytes.subarray(0, 7) },
      { address: 0xff0 + 7, bytes: bytes.subarray(7, 1000) },
    ]);
    expect(pieces.runs).toEqual(whole.runs);
  });

  test('refuses two claims to one address', () => {
    expect(() =>
      MemoryImage.of([
        { address: 0, bytes: new Uint8Array(4) },
        { address: 3, bytes: new Uint8Array(1) },
      ]),
    ).toThrow(RangeError);
  });
});

describe('what an image leaves out of a stretch', () => {
  test('is just the addresses that it does not define, in stretches without a break', () => {
    fc.assert(
      fc.property(stretches, fc.nat(9000), fc.integer({ min: 1, max: 300 }), (segments, address, length) => {
        const gaps = MemoryImage.of(segments).gaps(address, length);
        const map = byAddress(segments);
        const missing = Array.from({ length }, (_, i) => address + i).filter((at) => !map.has(at));
        expect(gaps.flatMap((gap) => Array.from({ length: gap.length }, (_, i) => gap.address + i))).toEqual(
          missing,
        );
        for (const [i, { address: at }] of gaps.entries())
          if (i > 0) expect(at).toBeGreaterThan(gaps[i - 1]!.address + gaps[i - 1]!.length);
      }),
    );
  });
});

describe('changing an image', () => {
  test('gives a new one with those bytes and leaves the old one alone', () => {
    fc.assert(
      fc.property(stretches, stretches, (segments, changes) => {
        const image = MemoryImage.of(segments);
        const changed = image.with(changes);
        expect(byAddress(changed.runs)).toEqual(new Map([...byAddress(segments), ...byAddress(changes)]));
        expect(byAddress(image.runs)).toEqual(byAddress(segments));
      }),
    );
  });

  test('shares the chunks it does not touch', () => {
    const image = MemoryImage.of([{ address: 0, bytes: new Uint8Array(4 * CHUNK_SIZE) }]);
    const changed = image.with([{ address: CHUNK_SIZE + 5, bytes: Uint8Array.of(1) }]);
    expect(changed.runs.filter((run, i) => run.bytes === image.runs[i]!.bytes)).toHaveLength(3);
  });
});
