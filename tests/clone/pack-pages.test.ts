import { createCipheriv } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packPages } from '../../src/clone/pack-pages.ts';
import { crc32 } from '../../src/crc32.ts';
import { findChip, MemoryImage } from '../../src/image/index.ts';
import { sampleDatabase, sampleDump, sessionHere } from '../support/session.ts';
import { firmware } from '../target/firmware.ts';

const PAGE = 0x1000;
const chip = findChip('nRF52832')!;
const code = firmware(0x10000);
const image = MemoryImage.of([{ address: 0, bytes: code }]);
const own = (...pages: number[]) => pages.map((page) => ({ address: page * PAGE, length: PAGE }));
/** As a chip would, but by another program. */
const unpack = (from: MemoryImage, { packed, history }: { packed: Uint8Array; history: number }) =>
  inflateRawSync(packed, {
    dictionary: Buffer.from(from.read(Math.max(0, history - 0x8000), Math.min(history, 0x8000))),
  });

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
    expect(bytes).toBeLessThan(0.75 * code.length);
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
      const dictionary = Buffer.from(other.read(from, one.history - from));
      const page = inflateRawSync(one.packed, dictionary.length > 0 ? { dictionary } : {});
      expect(Buffer.compare(page, image.read(one.address, PAGE))).toBe(0);
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
