import { describe, expect, test } from 'vitest';
import { MemoryImage, UICR_START } from '../../src/image/index.ts';
import { benchWith, pattern, PROBES } from './bench.ts';

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
      chip: { name: 'nRF52840', flashSize: 0x100000, pageSize: 0x1000, ramSize: 0x40000, part: 0x52840 },
      variant: 'AAF0',
      deviceId: '0123456789abcdef',
      deviceAddress: 'C2:A1:B2:C3:D4:E5',
      addressType: 'random static',
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

  test('can be called off', async () => {
    const { attach } = benchWith({ contents });
    const target = await attach();
    const reading = target.readImage(undefined, { signal: AbortSignal.abort() });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});
