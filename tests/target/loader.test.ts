import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packPages } from '../../src/clone/pack-pages.ts';
import { MemoryImage, type Chip } from '../../src/image/index.ts';
import { haltCore } from '../../src/target/core.ts';
import { hashPage, UNPACKER_START } from '../../src/target/loader-code.ts';
import { loaderWriter } from '../../src/target/index.ts';
import { Nvmc } from '../../src/target/nvmc.ts';
import { pagesOf } from '../../src/target/write-plan.ts';
import { firmware } from './firmware.ts';
import { benchWith, expectHolds, pattern, PROBES } from './bench.ts';

async function loader(setup: Parameters<typeof benchWith>[0] = {}) {
  const bench = benchWith(setup);
  const { memory } = await bench.attach();
  await haltCore(memory);
  const writer = await loaderWriter({ memory, nvmc: new Nvmc(memory), pageSize: 0x1000 });
  return { ...bench, memory, writer };
}
const page = (address: number, seed: number) => ({ address, bytes: pattern(0x1000, seed) });
const nobody = () => {};

describe('the hash of a page', () => {
  const bytes = fc.uint8Array({ minLength: 0x1000, maxLength: 0x1000 });

  test('is the same in the chip and here', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const { writer } = await loader({
          contents: MemoryImage.of([{ address: 0x3000, bytes: content }]),
          probe: 'mcu-link',
        });
        expect(await writer.findDifferent([{ address: 0x3000, bytes: content }], nobody)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  test('changes in both halves with any one bit', () => {
    fc.assert(
      fc.property(bytes, fc.nat(0xfff), fc.nat(7), (content, at, bit) => {
        const changed = content.slice();
        changed[at]! ^= 1 << bit;
        const [before, after] = [hashPage(content), hashPage(changed)];
        expect(after.a).not.toBe(before.a);
        expect(after.b).not.toBe(before.b);
      }),
    );
  });
});

describe.each(PROBES)('the loader over a %s', (probe) => {
  test('writes pages to erased flash and erases where it is told', async () => {
    const { board, writer } = await loader({
      probe,
      contents: MemoryImage.of([page(0x5000, 77), page(0x6000, 78)]),
    });
    const first = [page(0x0000, 1), page(0x1000, 2), page(0x3000, 3)];
    await writer.write(first, false, nobody);
    const second = [page(0x5000, 4), { address: 0x6000, bytes: new Uint8Array(0x1000).fill(0xff) }];
    await writer.write(second, true, nobody);
    await writer.close();
    expectHolds(board.chip, MemoryImage.of([...first, ...second]));
    expect(board.chip.violations).toEqual([]);
    expect(board.chip.core.halted).toBe(true);
    expect(board.chip.read(0x4001e504, 4), 'CONFIG').toBe(0);
  });

  test('finds the pages that differ, wherever they are', async () => {
    const pages = [0, 1, 2, 5, 6, 9].map((i) => page(i * 0x1000, i));
    const { board, writer } = await loader({ probe, contents: MemoryImage.of(pages) });
    board.chip.flash[0x1fff]! ^= 1;
    board.chip.flash[0x9000]! ^= 0x80;
    const told: number[] = [];
    const different = await writer.findDifferent(pages, (doneBytes) => told.push(doneBytes));
    expect(different.map((one) => one.address)).toEqual([0x1000, 0x9000]);
    expect(told).toEqual(pages.map((_, i) => (i + 1) * 0x1000));
  });
});

describe('the loader', () => {
  test('reads only what is none of the guesses', async () => {
    const { board, writer } = await loader({
      probe: 'mcu-link',
      contents: MemoryImage.of([page(0x3000, 1)]),
    });
    const [right, wrong] = [page(0x3000, 1).bytes, new Uint8Array(0x1000)];
    const transfersFor = async (...guesses: Uint8Array[]) => {
      const before = board.port.transfers;
      expect(await writer.read(0x3000, guesses)).toEqual(right);
      return board.port.transfers - before;
    };
    expect(await transfersFor(wrong, right)).toBeLessThan(0x1000 / 4);
    expect(await transfersFor(wrong)).toBeGreaterThan(0x1000 / 4);
  });

  test('is written in no more time than the flash takes, one page under way while another is written', async () => {
    const { board, writer } = await loader({ probe: 'mcu-link' });
    const pages = Array.from({ length: 10 }, (_, i) => page(i * 0x1000, i));
    const start = board.chip.timeUs;
    await writer.write(pages, false, nobody);
    const flashAlone = 10 * 1024 * board.chip.profile.timing.writeWord;
    expect(board.chip.timeUs - start).toBeLessThan(1.1 * flashAlone);
  });

  test('hands the flash of later chips a word while it writes the one before', async () => {
    const { board, writer } = await loader({ probe: 'mcu-link', silicon: 'nRF52840' });
    const pages = Array.from({ length: 10 }, (_, i) => page(i * 0x1000, i));
    const toldAtUs: number[] = [];
    await writer.write(pages, false, () => toldAtUs.push(board.chip.timeUs));
    const perPage = (toldAtUs.at(-1)! - toldAtUs.at(-5)!) / 4; // the first pages only fill the buffers
    expect(perPage).toBeLessThan(1.01 * 1024 * board.chip.profile.timing.writeWord);
    expectHolds(board.chip, MemoryImage.of(pages));
    expect(board.chip.violations).toEqual([]);
  });

  test('feeds a watchdog that the old firmware started', async () => {
    const { board, writer } = await loader();
    await writer.findDifferent([page(0, 1)], nobody);
    for (let channel = 0; channel < 8; channel++)
      expect(board.chip.read(0x40010600 + 4 * channel, 4)).toBe(0x6e524635);
  });

  test('fits the chip with the least RAM', async () => {
    const { board, writer } = await loader({ silicon: 'nRF52810' });
    const pages = Array.from({ length: 48 }, (_, i) => page(i * 0x1000, i));
    await writer.write(pages, false, nobody);
    expect(await writer.findDifferent(pages, nobody)).toEqual([]);
    expectHolds(board.chip, MemoryImage.of(pages));
  });
});

describe('pages that go packed', () => {
  const image = MemoryImage.of([{ address: 0, bytes: firmware(0xa000) }]);
  const packedOf = (chip: Chip) => packPages(image, chip, []);
  const pagesWith = (chip: Chip) => {
    const packed = new Map(packedOf(chip).map((one) => [one.address, one]));
    return pagesOf(image, chip)
      .slice(0, 10)
      .map((one) => ({ ...one, packed: packed.get(one.address) }));
  };

  test.each(['nRF52810', 'nRF52832', 'nRF52840'] as const)('arrive on an %s', async (silicon) => {
    const { board, writer } = await loader({ silicon });
    const pages = pagesWith(board.chip.profile.chip);
    expect(pages.every(({ packed }) => packed)).toBe(true);
    await writer.write(pages, false, nobody);
    expectHolds(board.chip, image);
    expect(board.chip.violations).toEqual([]);
  });

  test('that come to the chip wrong are not erased, not programmed, and sent again as they are', async () => {
    const { board, writer } = await loader({ contents: image });
    const pages = pagesWith(board.chip.profile.chip);
    const write = board.chip.write.bind(board.chip);
    let wrong = 0;
    board.chip.write = (address, size, value) => {
      if (address !== 0x20001040 || wrong > 0) return write(address, size, value);
      wrong++;
      return write(address, size, value ^ 0x00100000);
    };
    await writer.write(pages, true, nobody);
    expect(wrong).toBe(1);
    expectHolds(board.chip, image);
    expect(board.chip.violations).toEqual([]);
    expect(board.chip.erasures, 'each page was erased once').toHaveLength(pages.length);
  });

  test('of another image are never asked for: the plan passes them over', async () => {
    const { board, attach } = benchWith({ probe: 'daplink', silicon: 'nRF52840' });
    const target = await attach();
    const other = MemoryImage.of([{ address: 0, bytes: pattern(0x8000, 3) }]);
    const { chip } = target.identity!;
    const { plan } = await target.program(other, { packed: packedOf(chip) });
    expectHolds(board.chip, other);
    expect(plan.pages.filter(({ transfer }) => transfer.form === 'packed')).toEqual([]);
  });

  test('go so where the probe is slow, and get there sooner', async () => {
    const took = async (withPacked: boolean) => {
      const { board, attach, clock } = benchWith({ probe: 'jlink-sam3u', silicon: 'nRF52840' });
      const target = await attach();
      const { chip } = target.identity!;
      const start = clock.now();
      const { plan } = await target.program(image, withPacked ? { packed: packedOf(chip) } : {});
      expectHolds(board.chip, image);
      expect(board.chip.violations).toEqual([]);
      const packedPages = plan.pages.filter(({ transfer }) => transfer.form === 'packed').length;
      return { ms: clock.now() - start, packedPages };
    };
    const [plain, packed] = [await took(false), await took(true)];
    expect(packed.packedPages).toBeGreaterThan(0);
    expect(plain.packedPages).toBe(0);
    expect(packed.ms).toBeLessThan(plain.ms);
  });

  test('go as they are where RAM does not hold what unpacks them', async () => {
    const { board, attach } = benchWith({ probe: 'jlink-sam3u', silicon: 'nRF52840' });
    const target = await attach();
    const write = board.chip.write.bind(board.chip);
    board.chip.write = (address, size, value) =>
      write(address, size, address === UNPACKER_START + 0x40 ? value ^ 4 : value);
    await target.program(image, { packed: packedOf(target.identity!.chip) });
    expectHolds(board.chip, image);
  });
});

describe('when the loader cannot be trusted', () => {
  const image = MemoryImage.of([page(0, 1), page(0x7000, 2)]);

  test('a cell of RAM that keeps its value sends the job the direct way', async () => {
    const { board, attach } = benchWith({ probe: 'mcu-link' });
    const target = await attach();
    const write = board.chip.write.bind(board.chip);
    board.chip.write = (address, size, value) =>
      write(address, size, address === 0x20000010 ? value ^ 4 : value);
    await target.program(image);
    expectHolds(board.chip, image);
    expect(board.chip.violations).toEqual([]);
  });

  test('a core that does not run it sends the job the direct way', async () => {
    const { board, attach } = benchWith({ probe: 'mcu-link' });
    const target = await attach();
    board.chip.core.run = () => {};
    await target.program(image);
    expectHolds(board.chip, image);
  });

  test('one that stops in the middle of a job ends it', async () => {
    const { board, attach } = benchWith({ probe: 'mcu-link' });
    const target = await attach();
    const job = target.program(image, {
      progress: (stage) => {
        if (stage === 'writing') board.chip.ram.fill(0xff, 0, 0x200);
      },
    });
    await expect(job).rejects.toMatchObject({ code: 'target/loader-stopped' });
    expect(board.chip.core.halted).toBe(true);
  });
});
