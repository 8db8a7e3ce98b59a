import { randomFillSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { KnownError } from '../../src/errors.ts';
import { testedSource } from '../../src/random/index.ts';

const good = (count: number): Uint8Array => randomFillSync(new Uint8Array(count));

/** Gives bytes from a stream that is worked out by place. */
function stream(byteAt: (place: number) => number) {
  let place = 0;
  return (count: number) => Uint8Array.from({ length: count }, () => byteAt(place++));
}

/** Good for so many draws, then another. */
function breaksAfter(draws: number, broken: (count: number) => Uint8Array) {
  let drawn = 0;
  return (count: number) => (drawn++ < draws ? good(count) : broken(count));
}

function refusal(draw: () => unknown): KnownError {
  try {
    draw();
  } catch (error) {
    if (error instanceof KnownError) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

const pattern = good(4096);
const BROKEN: Readonly<Record<string, readonly [fault: string, (count: number) => Uint8Array]>> = {
  'all zeros': ['zeros', (count) => new Uint8Array(count)],
  'one byte over and over': ['constant', (count) => new Uint8Array(count).fill(0xa5)],
  'the same with every call': ['repeats', (count) => pattern.slice(0, count)],
  'the same after 256 bytes': ['repeats', stream((place) => pattern[place % 256]!)],
  'the same after 1,021 bytes': ['repeats', stream((place) => pattern[place % 1021]!)],
  'a block twice': ['repeats', stream((place) => (place < 4000 ? good(1)[0]! : pattern[place % 8]!))],
  'a counter of bytes': ['repeats', stream((place) => place & 0xff)],
  'a counter of 32 bits': ['uneven', stream((place) => ((place >> 2) >>> (8 * (place & 3))) & 0xff)],
  'digits alone': ['uneven', (count) => good(count).map((byte) => 0x30 + (byte % 10))],
  'zeros in the place of one block': [
    'zeros',
    (count) => good(count).fill(0, count - 8 * Number(count > 1000)),
  ],
  'only its beginning filled': [
    'zeros',
    (count) => (count > 256 ? new Uint8Array([...good(256), ...new Uint8Array(count - 256)]) : good(count)),
  ],
  'too few': ['short', (count) => good(Math.min(count, 15))],
  nothing: ['short', () => new Uint8Array()],
};

describe('a source of random bytes', () => {
  test('that works is taken, and its bytes come as they are', () => {
    const given: Uint8Array[] = [];
    const tested = testedSource((count) => {
      given.push(good(count));
      return given.at(-1)!;
    });
    for (const count of [16, 1, 0, 4, 32, 16]) {
      const bytes = tested(count);
      expect(bytes).toHaveLength(count);
      expect(bytes).toBe(given.at(-1));
    }
  });

  test('that works is never refused', () => {
    for (let start = 0; start < 200; start++) expect(testedSource(good)(16)).toHaveLength(16);
  });

  test.each(Object.entries(BROKEN))('is refused at the start: %s', (_, [fault, source]) => {
    const tested = testedSource(source);
    const error = refusal(() => tested(16));
    expect(error).toMatchObject({ code: 'random/broken-source', facts: { fault } });
  });

  test.each([
    ['zeros', (count: number) => new Uint8Array(count)],
    ['constant', (count: number) => new Uint8Array(count).fill(0xff)],
    ['repeats', (count: number) => pattern.slice(0, count)],
    ['short', (count: number) => good(count - 1)],
  ] as const)('that breaks later is refused then: %s', (fault, broken) => {
    const tested = testedSource(breaksAfter(100, broken));
    const error = refusal(() => {
      for (let draw = 0; draw < 100; draw++) tested(16);
    });
    expect(error.facts).toEqual({ fault });
  });

  test('that failed once is not asked again', () => {
    let asked = 0;
    const tested = testedSource((count) => {
      asked++;
      return new Uint8Array(count);
    });
    refusal(() => tested(16));
    const before = asked;
    expect(refusal(() => tested(16)).code).toBe('random/broken-source');
    expect(asked).toBe(before);
  });

  test('says nothing of its bytes', () => {
    const { message, hint } = refusal(() => testedSource((count) => new Uint8Array(count).fill(0xa5))(16));
    expect(message + hint).not.toMatch(/a5|165/i);
  });
});
