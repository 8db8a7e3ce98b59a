import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packValue, unpackValue } from '../../../src/app/browser/vault/pack.ts';

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0), // JSON has no −0
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'length', '0')),
      tie('value'),
      {
        noNullPrototype: true,
      },
    ),
  ),
})).value;

describe('a value as bytes', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(unpackValue(packValue(value))).toEqual(value);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
    );
  });

  test('comes back from the middle of other bytes', () => {
    const packed = packValue({ key: Uint8Array.of(1, 2, 3), list: [Uint8Array.of(), 'ä'] });
    const room = new Uint8Array(packed.length + 7);
    room.set(packed, 5);
    expect(unpackValue(room.subarray(5, 5 + packed.length))).toEqual({
      key: Uint8Array.of(1, 2, 3),
      list: [Uint8Array.of(), 'ä'],
    });
  });

  test.each([[new Map()], [1n], [Number.NaN], [() => 1], [new Date(0)], [{ deep: [new Uint16Array(1)] }]])(
    'is refused where it would come back as something else: %s',
    (value) => expect(() => packValue(value)).toThrow(TypeError),
  );
});
