import { describe, expect, test } from 'vitest';
import { MemoryImage, UICR_START } from '../../src/image/index.ts';
import { benchWith, expectHolds, pattern, PROBES } from './bench.ts';

describe.each(PROBES)('attached over a %s', (probe) => {
  test('a chip tells who it is', async () => {
    const { attach } = benchWith({
      probe,
      silicon: 'nRF52840-rev3',
      contents: MemoryImage.of([
        { address: 0, bytes: pattern(16) },
        { address: UICR_START + 0x208, bytes: Uint8Array.of(0x5a) },
      ]),
      firmwareUnlocks: true,
      deviceId: 0x0123456789abcdefn,
      deviceAddress: 0x02a1b2c3d4e5n,
    });
    expect((await attach()).identity).toEqual({
      chip: {
        name: 'nRF52840',
        flashSize: 0x100000,
        pageSize: 0x1000,
        ramSize: 0x40000,
        part: 0x52840,
        erase: 'page',
        uicr: { address: 0x10001000, length: 0x1000 },
        ficr: { address: 0x10000000, length: 0x1000 },
        partOffset: 0x100,
      },
      variant: 'AAF0',
      deviceId: '0123456789abcdef',
      deviceAddress: 'C2:A1:B2:C3:D4:E5',
      addressType: 'random static',
      factoryIds: { deviceId: [0x89abcdef, 0x01234567], deviceAddress: [0xb2c3d4e5, 0xffff02a1] },
      relocks: true,
    });
  });

  test('a running node runs on: nothing is halted, reset or written', async () => {
    const { board, attach } = benchWith({ probe });
    await attach();
    expect(board.chip.core.halted).toBe(false);
    expect(board.chip.events).toEqual([{ kind: 'reset', cause: 'power-on' }]);
  });

  test.each([1024, 4096] as const)('memory is read whole where TAR wraps at %i', async (tarWrap) => {
    const contents = MemoryImage.of([{ address: 0, bytes: pattern(0x80000, 7) }]);
    const { attach } = benchWith({ probe, tarWrap, contents });
    const { memory } = await attach();
    for (const [address, length] of [
      [0, 0x1000],
      [0x3f0, 0x40],
      [0xffc, 8],
      [0x1001, 0x7ff],
      [0x7fffd, 3],
    ] as const) {
      expect(await memory.readBytes(address, length), `${address}`).toEqual(contents.read(address, length));
    }
  });

  test.each([1024, 4096] as const)('memory is written whole where TAR wraps at %i', async (tarWrap) => {
    const { board, attach } = benchWith({ probe, tarWrap });
    const { memory } = await attach();
    const words = Uint32Array.from({ length: 700 }, (_, i) => i * 0x10001);
    await memory.run([{ kind: 'write', address: 0x200003f0, words }]);
    expect(new Uint32Array(board.chip.ram.buffer, 0x3f0, 700)).toEqual(words);
  });
});

describe('reading a chip as an image', () => {
  const contents = MemoryImage.of([
    { address: 0, bytes: pattern(0x6000, 5) },
    { address: UICR_START + 0x14, bytes: Uint8Array.of(0, 0xe0, 7, 0) },
  ]);

  test('brings the whole flash by default, with progress', async () => {
    const { attach } = benchWith({ contents });
    const told: number[] = [];
    const read = await (
      await attach()
    ).readImage(undefined, {
      progress: (doneBytes, totalBytes) => told.push(doneBytes / totalBytes),
    });
    expect(read.stretches()).toEqual([{ address: 0, length: 0x80000 }]);
    expect(read.read(0, 0x6000)).toEqual(contents.read(0, 0x6000));
    expect(told.at(-1)).toBe(1);
  });

  test('brings just the stretches asked for, at any address', async () => {
    const { attach } = benchWith({ contents });
    const read = await (
      await attach()
    ).readImage([
      { address: 0x1235, length: 0x1002 },
      { address: UICR_START, length: 0x100 },
    ]);
    expect(read.stretches()).toEqual([
      { address: 0x1235, length: 0x1002 },
      { address: UICR_START, length: 0x100 },
    ]);
    expect(read.read(0x1235, 0x1002)).toEqual(contents.read(0x1235, 0x1002));
    expect(read.read(UICR_START + 0x14, 4)).toEqual(Uint8Array.of(0, 0xe0, 7, 0));
  });

  test('brings many small stretches with few transfers', async () => {
    const { board, attach } = benchWith({ contents, probe: 'mcu-link' });
    const target = await attach();
    const { transfers } = board.device;
    const heads = Array.from({ length: 128 }, (_, i) => ({ address: 0x1000 * i + 2, length: 14 }));
    const read = await target.readImage(heads);
    for (const { address, length } of heads)
      expect(read.read(address, length)).toEqual(contents.read(address, length));
    expect(board.device.transfers - transfers).toBeLessThan(20);
  });

  test('can be called off', async () => {
    const { attach } = benchWith({ contents });
    const target = await attach();
    const reading = target.readImage(undefined, { signal: AbortSignal.abort() });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('comparing pages', () => {
  const pages = [0, 0x3000, 0x4000].map((address) => ({ address, bytes: pattern(0x1000, address) }));
  const contents = MemoryImage.of(pages);
  const openNewer = {
    silicon: 'nRF52832-rev3',
    firmwareUnlocks: true,
    contents: MemoryImage.of([...pages, { address: UICR_START + 0x208, bytes: Uint8Array.of(0x5a) }]),
  } as const;

  test.each([
    ['older', { contents }],
    ['newer', openNewer],
  ])('on %s silicon tells same, changed and blank, and changes nothing', async (_, setup) => {
    const { board, attach } = benchWith({ probe: 'mcu-link', ...setup });
    const { chip } = board;
    const target = await attach();
    expect(await target.compare(pages)).toBe('same');
    chip.flash[0x4fff]! ^= 1;
    expect(await target.compare(pages)).toBe('changed');
    chip.flash.fill(0xff, 0x3000);
    expect(await target.compare(pages)).toBe('changed');
    expect(await target.compare(pages.slice(1))).toBe('blank');
    expect(chip.erasures).toEqual([]);
    expect(chip.violations).toEqual([]);
  });

  test('stops the core until it is restarted, and only then', async () => {
    const { board, attach } = benchWith({ contents });
    const { chip } = board;
    const target = await attach();
    await target.restart();
    expect(chip.events.length, 'nothing was stopped').toBe(1);
    await target.compare(pages);
    expect(chip.core.halted).toBe(true);
    await target.restart();
    expect(chip.core.halted).toBe(false);
    expect(chip.events.at(-1)).toEqual({ kind: 'reset', cause: 'soft' });
    expect(chip.core.runsFromRam).toBe(false);
  });

  test('resets newer silicon only once all is compared, as its port may close', async () => {
    const { board, attach } = benchWith(openNewer);
    const target = await attach();
    await target.compare(pages);
    expect(board.chip.events.map(({ kind }) => kind)).toEqual(['reset']);
    await target.restart();
    expect(board.chip.events.map(({ kind }) => kind)).toEqual(['reset', 'reset']);
    expect((await attach()).isLocked, 'its firmware opens it again').toBe(false);
  });

  test('can be followed by a job, which then starts the chip', async () => {
    const { board, attach } = benchWith({ probe: 'mcu-link', contents });
    const target = await attach();
    await target.compare(pages);
    const image = contents.with([{ address: 0x3000, bytes: pattern(0x10, 9) }]);
    expect(await target.program(image)).toMatchObject({ pagesWritten: 1 });
    const { length } = board.chip.events;
    await target.restart();
    expect(board.chip.events.length).toBe(length);
    expectHolds(board.chip, image);
  });

  test('is refused by a protected chip', async () => {
    const { attach } = benchWith({ silicon: 'nRF52832-rev3' });
    await expect((await attach()).compare(pages)).rejects.toMatchObject({ code: 'target/locked' });
  });
});
