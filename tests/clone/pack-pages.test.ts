import { createCipheriv } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { packPages } from '../../src/clone/pack-pages.ts';
import { withAbsoluteBranches } from '../../src/clone/thumb-branches.ts';
import { crc32 } from '../../src/crc32.ts';
import { findChip, MemoryImage, type PackedPage } from '../../src/image/index.ts';
import { sampleDatabase, sampleDump, sessionHere } from '../support/session.ts';
import { firmware } from '../target/firmware.ts';

const PAGE = 0x1000;
const chip = findChip('nRF52832')!;
const code = firmware(0x10000);
const image = MemoryImage.of([{ address: 0, bytes: code }]);
const own = (...pages: number[]) => pages.map((page) => ({ address: page * PAGE, length: PAGE }));
/** As a chip would, but by another program. */
function unpack(image: MemoryImage, { packed, address, history, absoluteBranches }: PackedPage, from = 0) {
  const start = Math.max(from, history - 0x8000);
  const before = image.read(start, history - start).slice();
  if (absoluteBranches) branches(before, start, 'absolute');
  const page = inflateRawSync(packed, before.length > 0 ? { dictionary: before } : {});
  if (absoluteBranches) branches(page, address, 'relative');
  return page;
}

/** In place, a page at a time, as .xz does it byte by byte (its filter for ARM Thumb). */
function branches(bytes: Uint8Array, start: number, to: 'absolute' | 'relative'): void {
  for (let from = 0; from < bytes.length; from += PAGE)
    for (let i = from; i + 4 <= from + PAGE; i += 2) {
      if ((bytes[i + 1]! & 0xf8) !== 0xf0 || (bytes[i + 3]! & 0xf8) !== 0xf8) continue;
      const [b0, b1, b2, b3] = bytes.subarray(i, i + 4) as unknown as [number, number, number, number];
      const said = (((b1 & 7) << 19) | (b0 << 11) | ((b3 & 7) << 8) | b2) << 1;
      const said2 = (to === 'absolute' ? said + start + i + 4 : said - (start + i + 4)) >> 1;
      bytes.set([said2 >> 11, 0xf0 | ((said2 >> 19) & 7), said2, 0xf8 | ((said2 >> 8) & 7)], i);
    }
}

describe('the pages that clones share', () => {
  test('are packed once, and another program unpacks them', () => {
    const packed = packPages(image, chip, []);
    expect(packed.map(({ address }) => address)).toEqual(Array.from({ length: 16 }, (_, i) => i * PAGE));
    for (const one of packed) {
      const page = image.read(one.address, PAGE);
      expect(Buffer.compare(unpack(image, one), page)).toBe(0);
      expect(one.crc32).toBe(crc32(page));
    }
    const bytes = packed.reduce((sum, one) => sum + one.packed.length, 0);
    expect(bytes).toBeLessThan(0.67 * code.length);
    expect(packed.every(({ absoluteBranches }) => absoluteBranches)).toBe(true);
  });

  test('keep their branches where nothing is won by it', () => {
    const noCode = MemoryImage.of([
      { address: 0, bytes: Uint8Array.from({ length: PAGE }, (_, i) => i % 251) },
    ]);
    expect(packPages(noCode, chip, [])).toMatchObject([{ absoluteBranches: false }]);
  });

  test('do not depend on pages in which clones differ', () => {
    const packed = packPages(image, chip, own(3, 9));
    const other = image.with(
      [3, 9].map((page) => ({ address: page * PAGE, bytes: new Uint8Array(PAGE).fill(9) })),
    );
    expect(packed.map(({ address }) => address / PAGE)).toEqual([
      0, 1, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15,
    ]);
    for (const one of packed) {
      const begin = [9, 3].find((page) => page * PAGE < one.address);
      const from = begin === undefined ? 0 : (begin + 1) * PAGE;
      expect(Buffer.compare(unpack(other, one, from), image.read(one.address, PAGE))).toBe(0);
    }
  });

  test('that stand in flash already, however far before, take a few bytes', () => {
    const twice = image.with([{ address: 0x40000, bytes: code.slice(0x2000, 0x3000) }]);
    const last = packPages(twice, chip, []).at(-1)!;
    expect(last).toMatchObject({ address: 0x40000, history: 0x3000 });
    expect(last.packed.length).toBeLessThan(64);
  });

  test('are left out where they are erased, or do not pack', () => {
    const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(
      Buffer.alloc(PAGE),
    );
    expect(packPages(MemoryImage.of([{ address: 0x5000, bytes: new Uint8Array(noise) }]), chip, [])).toEqual(
      [],
    );
    expect(
      packPages(MemoryImage.of([{ address: 0, bytes: new Uint8Array(PAGE).fill(0xff) }]), chip, []),
    ).toEqual([]);
  });
});

test('branches of arbitrary bytes are made absolute as .xz makes them, and what two pages share stays', () => {
  const halfWord = fc.oneof(
    fc.integer({ min: 0xf000, max: 0xf7ff }),
    fc.integer({ min: 0xf800, max: 0xffff }),
    fc.nat(0xffff),
  );
  fc.assert(
    fc.property(fc.array(halfWord, { minLength: 2, maxLength: 300 }), fc.nat(PAGE / 2), (some, turn) => {
      const words = Uint16Array.from({ length: PAGE }, (_, i) => some[(i + turn) % some.length]!);
      const bytes = new Uint8Array(words.buffer);
      const absolute = withAbsoluteBranches(bytes, PAGE);
      const wanted = bytes.slice();
      branches(wanted, 0, 'absolute');
      expect(Buffer.compare(absolute, wanted)).toBe(0);
      branches(wanted, 0, 'relative');
      expect(Buffer.compare(wanted, bytes)).toBe(0);
    }),
  );
});

test('a session packs what its clones share, and each clone has these pages', async () => {
  const session = sessionHere();
  await session.project.open([sampleDump(), sampleDatabase()]);
  session.plan.make({ count: 3 });
  const packed = session.plan.packedPages(0);
  expect(packed.length).toBeGreaterThan(60);
  const images = await Promise.all([0, 2].map((index) => session.plan.image(index)));
  for (const { segments } of images) {
    const clone = MemoryImage.of(segments);
    for (const one of packed) expect(crc32(clone.read(one.address, PAGE))).toBe(one.crc32);
  }
});
