import fc from 'fast-check';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { withAbsoluteBranches } from '../../src/clone/thumb-branches.ts';
import { LISTING } from '../../src/target/loader-listing.ts';
import { UNPACK_PAGE_MS } from '../../src/target/transfers.ts';
import { assembleListing } from '../support/thumb-assembler.ts';
import { firmware } from './firmware.ts';
import { unpackInChip } from './loader-machine.ts';

const PAGE = 0x1000;
const flash = firmware(0x10000);
const pageAt = (address: number) => flash.slice(address, address + PAGE);

const absoluteFlash = withAbsoluteBranches(flash, PAGE);

/** By another packer than the one of the page. */
const pack = (page: Uint8Array, before?: Uint8Array, options = {}) =>
  new Uint8Array(
    deflateRawSync(page, { ...options, ...(before?.length && { dictionary: Buffer.from(before) }) }),
  );

/** Bytes that pack, bytes that do not, and both in turns. */
const pages = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 600 }),
      fc
        .tuple(fc.nat(255), fc.integer({ min: 1, max: 900 }))
        .map(([byte, n]) => new Uint8Array(n).fill(byte)),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 40 }))
        .map(([bytes, n]) =>
          Uint8Array.from({ length: n * bytes.length }, (_, i) => bytes[i % bytes.length]!),
        ),
    ),
    { minLength: 1, maxLength: 20 },
  )
  .map((parts) => {
    const page = new Uint8Array(PAGE).fill(0xff);
    let at = 0;
    for (const part of parts) {
      page.set(part.subarray(0, PAGE - at), at);
      at = Math.min(PAGE, at + part.length);
    }
    return page;
  });

test('the words of the program are what its source says', () => {
  expect(LISTING).toBe(`\n${assembleListing(LISTING.slice(1, -1))}\n`);
});

describe('a page that comes packed', () => {
  test('is unpacked, whatever kinds of block its packer chose', () => {
    const options = fc.record({
      level: fc.integer({ min: 0, max: 9 }),
      memLevel: fc.integer({ min: 1, max: 9 }),
      strategy: fc.constantFrom(
        constants.Z_DEFAULT_STRATEGY,
        constants.Z_FILTERED,
        constants.Z_HUFFMAN_ONLY,
        constants.Z_RLE,
        constants.Z_FIXED,
      ),
    });
    fc.assert(
      fc.property(pages, options, (page, how) => {
        const {
          accepted,
          page: found,
          strayWrites,
        } = unpackInChip(flash, { packed: pack(page, undefined, how), history: 0 }, page);
        expect({ accepted, strayWrites }).toEqual({ accepted: true, strayWrites: [] });
        expect(Buffer.compare(found, page)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test.each([0, 0x1000, 0x9000, 0xf000])('may repeat what stands in flash before %i', (history) => {
    const page = pageAt(history);
    const packed = pack(page, flash.slice(Math.max(0, history - 0x8000), history), { level: 9 });
    const { accepted, page: found, readsBehind } = unpackInChip(flash, { packed, history }, page);
    expect({ accepted, readsBehind }).toEqual({ accepted: true, readsBehind: 0 });
    expect(Buffer.compare(found, page)).toBe(0);
  });

  test('may repeat what stands anywhere else in flash', () => {
    const page = pageAt(0x3000);
    const packed = pack(page, page);
    expect(packed.length).toBeLessThan(64);
    expect(unpackInChip(flash, { packed, history: 0x4000 }, page).accepted).toBe(true);
  });

  test('takes no more cycles than the plan counts on, with branches that say where to', () => {
    const address = 0xf000;
    const packed = pack(absoluteFlash.slice(address, address + PAGE), absoluteFlash.slice(0x7000, address), {
      level: 9,
    });
    const stream = { packed, address, history: address, absoluteBranches: true };
    const { accepted, cycles } = unpackInChip(flash, stream, pageAt(address));
    expect(accepted).toBe(true);
    expect(cycles / 64_000).toBeLessThan(1.1 * UNPACK_PAGE_MS);
  });

  test('may have branches that say where to, whatever the bytes and wherever it stands', () => {
    const halfWord = fc.oneof(
      fc.integer({ min: 0xf000, max: 0xf7ff }), // first halves, and second ones
      fc.integer({ min: 0xf800, max: 0xffff }),
      fc.nat(0xffff),
    );
    const few = fc.array(halfWord, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        few,
        few,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(3),
        fc.nat(1),
        (one, other, at, seed, odd) => {
          const words = Uint16Array.from({ length: 0x2000 }, (_, i) => {
            const from = (i * (seed + 1)) % 7 < 5 ? one : other;
            return from[(i + (i >> 9)) % from.length]!;
          });
          const bytes = new Uint8Array(words.buffer);
          bytes.copyWithin(0x0800 + odd, 0, 0x0800); // matches of odd places
          const absolute = withAbsoluteBranches(bytes, PAGE);
          const address = at * PAGE;
          const packed = pack(absolute.slice(address, address + PAGE), absolute.slice(0, address), {
            level: 9,
          });
          const page = bytes.slice(address, address + PAGE);
          const found = unpackInChip(
            bytes,
            { packed, address, history: address, absoluteBranches: true },
            page,
          );
          expect(found).toMatchObject({ accepted: true, strayWrites: [], readsBehind: 0 });
          expect(Buffer.compare(found.page, page)).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a stream that is torn, wrong or hostile', () => {
  /** Refused unless it gives the page after all; nothing is touched but what the program has for itself. */
  const holds = (packed: Uint8Array, history: number, page: Uint8Array, absoluteBranches = false) => {
    const {
      accepted,
      page: found,
      strayWrites,
      readsBehind,
    } = unpackInChip(flash, { packed, address: history, history, absoluteBranches }, page);
    expect(strayWrites).toEqual([]);
    expect(readsBehind).toBe(0);
    if (accepted) expect(Buffer.compare(found, page)).toBe(0);
    return accepted;
  };
  const history = 0x9000;
  const page = pageAt(history);
  const [packed, packedAbsolute] = [flash, absoluteFlash].map((bytes) =>
    pack(bytes.slice(history, history + PAGE), bytes.slice(0x1000, history), { level: 9 }),
  ) as [Uint8Array, Uint8Array];
  const streams = fc
    .boolean()
    .map((isAbsolute) => ({ isAbsolute, whole: isAbsolute ? packedAbsolute : packed }));

  test('cut off anywhere: refused', () => {
    fc.assert(
      fc.property(streams, fc.nat(packedAbsolute.length - 16), ({ isAbsolute, whole }, length) => {
        expect(holds(whole.slice(0, length), history, page, isAbsolute)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test('with bits that changed on the way', () => {
    fc.assert(
      fc.property(
        streams,
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
          minLength: 1,
          maxLength: 6,
        }),
        ({ isAbsolute, whole }, places) => {
          const wrong = whole.slice();
          for (const place of places) {
            const bit = Math.floor(place * 8 * whole.length);
            wrong[bit >> 3]! ^= 1 << (bit & 7);
          }
          holds(wrong, history, page, isAbsolute);
        },
      ),
      { numRuns: 120 },
    );
  });

  test('of bytes at random', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: PAGE }),
        fc.constantFrom(0, 0x1000, 0x9000),
        fc.boolean(),
        (bytes, before, isAbsolute) => {
          expect(holds(bytes, before, page, isAbsolute)).toBe(false);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('that begins like one with its own codes, and goes on at random', () => {
    fc.assert(
      fc.property(
        streams,
        fc.uint8Array({ minLength: 8, maxLength: 400 }),
        fc.nat(60),
        ({ isAbsolute, whole }, bytes, kept) => {
          const wrong = Uint8Array.from([...whole.slice(0, kept), ...bytes]);
          wrong[0] = (wrong[0]! & ~7) | 0b101; // the last block, with codes of its own
          expect(holds(wrong, history, page, isAbsolute)).toBe(false);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('that gives more than a page', () => {
    for (const level of [0, 1, 9]) {
      const long = pack(flash.slice(0, PAGE + 1), undefined, { level });
      if (long.length <= PAGE) expect(holds(long, 0, pageAt(0))).toBe(false);
      const longer = pack(new Uint8Array(0x8000).fill(7), undefined, { level: Math.max(1, level) });
      expect(holds(longer, 0, new Uint8Array(PAGE).fill(7))).toBe(false);
    }
  });

  test('that gives less', () => {
    expect(holds(pack(page.slice(0, PAGE - 1)), history, page)).toBe(false);
  });

  test('that reaches back before all flash', () => {
    const wrong = pack(page, flash.slice(0x1000, history), { level: 9 });
    expect(holds(wrong, 0x40, page)).toBe(false);
  });

  test('whose branches were taken for what they are not', () => {
    expect(holds(packedAbsolute, history, page, false)).toBe(false);
    expect(holds(packed, history, page, true)).toBe(false);
  });

  test('another page than the one that was announced', () => {
    const other = pack(pageAt(0x2000));
    expect(inflateRawSync(other).length).toBe(PAGE);
    expect(holds(other, history, page)).toBe(false);
  });
});
