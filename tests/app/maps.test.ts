import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ADDRESSES, countUses, firstRunAt, stretchesIn, stripPath } from '../../src/app/text/address-map.ts';
import { barsOf, labelsOf, lensOf } from '../../src/app/text/flash-map.ts';
import type { AreaReading } from '../../src/kinds/flashfs/area-reading.ts';
import { evidenceOf } from '../../src/kinds/flashfs/evidence.ts';
import type { AddressRun, DumpView, PatchView } from '../../src/worker/index.ts';

const run = (start: number, count: number, use: AddressRun['use'], owner = ''): AddressRun => ({
  start,
  count,
  use,
  owner,
});

describe('the address map', () => {
  const runs = [
    run(1, 15, 'reserved'),
    run(16, 1, 'free'),
    run(17, 3, 'used', 'light'),
    run(20, ADDRESSES - 20, 'free'),
  ];

  test('cuts runs where a row ends, and knows where each begins', () => {
    const stretches = stretchesIn(
      [run(1, 62, 'free'), run(63, 4, 'new', 'a'), run(67, 100, 'free')],
      0,
      2,
      64,
    );
    expect(
      stretches
        .filter(({ use }) => use === 'new')
        .map(({ row, column, cells, starts }) => ({ row, column, cells, starts })),
    ).toEqual([
      { row: 0, column: 63, cells: 1, starts: true },
      { row: 1, column: 0, cells: 3, starts: false },
    ]);
  });

  test('shows every address under the lens once', () => {
    const partition = fc
      .array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 })
      .map((counts) => {
        let start = 1;
        return counts.map((count, i) => {
          const one = run(start, count, (['free', 'new', 'used', 'reserved'] as const)[i % 4]!);
          start += count;
          return one;
        });
      });
    fc.assert(
      fc.property(
        partition,
        fc.integer({ min: 0, max: 20 }),
        fc.constantFrom(32, 64),
        (runs, firstRow, columns) => {
          const start = firstRow * columns;
          const end = runs.at(-1)!.start + runs.at(-1)!.count;
          const cells = stretchesIn(runs, start, 4, columns).flatMap(({ row, column, cells }) =>
            Array.from({ length: cells }, (_, i) => start + row * columns + column + i),
          );
          const from = Math.max(1, start);
          const to = Math.min(end, start + 4 * columns);
          expect(cells).toEqual(Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i));
        },
      ),
    );
  });

  test('finds who has an address', () => {
    expect(runs[firstRunAt(runs, 18)]?.owner).toBe('light');
    expect(runs[firstRunAt(runs, 0x7fff)]?.use).toBe('free');
    expect(firstRunAt(runs, ADDRESSES)).toBe(runs.length);
  });

  test('counts addresses and those who have them', () => {
    const { addresses, owners } = countUses(runs);
    expect(addresses).toEqual({ reserved: 15, free: ADDRESSES - 19, used: 3, new: 0 });
    expect(owners.used).toBe(1);
  });

  test('draws neighbours in one piece', () => {
    expect(
      stripPath(
        [run(10, 3, 'new', 'a'), run(13, 3, 'new', 'b'), run(16, 4, 'free'), run(20, 1, 'new', 'c')],
        'new',
      ),
    ).toBe('M10 0h6v10h-6zM20 0h1v10h-1z');
  });
});

const PAGE = 0x1000;
function area(address: number, pages: number, role: AreaReading['role']): AreaReading {
  return {
    address,
    length: pages * PAGE,
    role,
    title: role,
    pages: Array.from({ length: pages }, (_, i) => ({
      address: address + i * PAGE,
      length: PAGE,
      usedBytes: 100,
      liveBytes: 80,
      note: '',
      entries: [],
    })),
  };
}
/** Of a dump, what the picture needs. */
const dumpWith = (areas: readonly AreaReading[]) =>
  ({
    chip: { name: 'nRF52832', flashSize: 0x80000, pageSize: PAGE, certain: true, reasons: [] },
    evidence: evidenceOf(areas),
    regions: [
      { address: 0, length: 0x44000, use: 'code', kind: 'application', title: 'application' },
      { address: 0x44000, length: 0x37000, use: 'erased', kind: 'erased', title: 'erased' },
      ...areas.map(({ address, length }) => ({
        address,
        length,
        use: 'state' as const,
        kind: 'area',
        title: 'area',
      })),
    ],
    pageUse: Array.from({ length: 128 }, (_, page) => (page < 0x44 ? 1 : 0)),
  }) as unknown as DumpView;
const patch = (address: number, length: number) => ({ address, length, purpose: 'identity' }) as PatchView;

describe('the flash map', () => {
  const dump = dumpWith([area(0x7c000, 1, 'access'), area(0x7d000, 1, 'dsm')]);

  test('magnifies at least eight pages, up to the end of the last area', () => {
    const lens = lensOf(dump, [])!;
    expect(lens.pages.map(({ title }) => title)).toEqual([
      ...Array<string>(6).fill('empty'),
      'Access',
      'DSM',
    ]);
    expect([lens.start, lens.end]).toEqual([0x76000, 0x7e000]);
    expect(lens.pages[0]!.emptyUntil).toBe(0x7bfff);
    expect(lens.pages[1]!.emptyUntil).toBeNull();
  });

  test('counts changed bytes on the page they lie on, also across its end', () => {
    const lens = lensOf(dump, [patch(0x7d01c, 2), patch(0x7d050, 16), patch(0x7cffc, 8)])!;
    expect(lens.pages.map(({ newBytes }) => newBytes)).toEqual([0, 0, 0, 0, 0, 0, 4, 22]);
  });

  test('numbers the pages of an area that has several', () => {
    const lens = lensOf(dumpWith([area(0x7b000, 3, 'dsm')]), [])!;
    expect(lens.pages.slice(-3).map(({ title }) => title)).toEqual(['DSM 1/3', 'DSM 2/3', 'DSM 3/3']);
  });

  test('lists the pages of areas where they lie too far apart to be drawn to scale', () => {
    const lens = lensOf(dumpWith([area(0x40000, 1, 'dsm'), area(0x7d000, 1, 'access')]), [])!;
    expect(lens.toScale).toBe(false);
    expect(lens.pages.map(({ title }) => title)).toEqual(['DSM', 'Access']);
  });

  test('has no lens where there are no areas', () => {
    expect(lensOf(dumpWith([]), [])).toBeNull();
  });

  test('labels what is wide enough for words', () => {
    expect(labelsOf(dump, lensOf(dump, [])).map(({ text }) => text)).toEqual([
      'application, 272 KB',
      'erased',
    ]);
  });

  test('draws a bar for each page in use', () => {
    expect(barsOf([1, 0, 0.5])).toBe('M0 40v-40.0h1v40.0zM2 40v-20.0h1v20.0z');
  });
});
