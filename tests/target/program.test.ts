import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import { findChip, MemoryImage, UICR_START } from '../../src/image/index.ts';
import { directWriter, type ProgramStage } from '../../src/target/index.ts';
import { CHIP_PROFILES, type ChipName, type ChipProfile, type ProbeName } from '../../src/virtual/index.ts';
import { benchWith, expectHolds, meshLikeImage, pattern, PROBES } from './bench.ts';

const silicon = Object.keys(CHIP_PROFILES) as ChipName[];
const permission = { mayEraseAll: true };
const uicrOf = (image: MemoryImage) => image.read(UICR_START, 0x1000);

/** Flash and UICR as another node left them: its code, its mesh pages, its bootloader address. */
const usedChip = (flashSize: number) =>
  MemoryImage.of([
    { address: 0, bytes: pattern(0x5000, 99) },
    { address: flashSize - 0x4000, bytes: pattern(0x4000, 98) },
    { address: UICR_START + 0x14, bytes: Uint8Array.of(0, 0xf0, 0x01, 0) },
    { address: UICR_START + 0x80, bytes: Uint8Array.of(1, 2, 3, 4) },
  ]);

/** With all of its flash over one kind of probe, with 16 pages of it over the others: those have no part in how far it reaches. */
function sized(name: ChipName, probe: ProbeName): ChipProfile {
  const profile: ChipProfile = CHIP_PROFILES[name];
  const flashSize = probe === 'mcu-link' ? profile.chip.flashSize : 0x10000;
  return { ...profile, chip: { ...profile.chip, flashSize } };
}

describe.each(PROBES)('programming over a %s', (probe) => {
  test.each(silicon)('a used %s holds the image and nothing else, and runs', async (name) => {
    const profile = sized(name, probe);
    const { flashSize } = profile.chip;
    const { board, attach } = benchWith({
      probe,
      silicon: profile,
      contents: usedChip(flashSize),
      tarWrap: 1024,
      losesStores: true,
    });
    const image = meshLikeImage(flashSize);
    const report = await (await attach()).program(image, { permission });

    expectHolds(board.chip, image);
    expect(board.chip.violations).toEqual([]);
    expect(board.chip.core.halted).toBe(false);
    expect(board.chip.events.at(-1)).toEqual({ kind: 'reset', cause: 'soft' });
    expect(report).toMatchObject({ identity: { chip: { name: name.slice(0, 8) } }, uicrWords: 3 });
  });

  test('an open chip of newer silicon is never reset before it was read back', async () => {
    const { flashSize } = CHIP_PROFILES['nRF52840-rev3'].chip;
    const contents = MemoryImage.of([
      ...usedChip(flashSize).runs,
      { address: UICR_START + 0x208, bytes: Uint8Array.of(0x5a, 0xff, 0xff, 0xff) },
    ]);
    const { board, attach } = benchWith({
      probe,
      silicon: 'nRF52840-rev3',
      contents,
      firmwareUnlocks: true,
    });
    const target = await attach();
    expect(target.identity).toMatchObject({ relocks: true, variant: 'AAF0' });
    const image = meshLikeImage(flashSize);
    await target.program(image);
    expectHolds(board.chip, image);
    expect(board.chip.events.map((one) => one.kind)).toEqual(['reset', 'erase-all', 'reset']);
    expect(board.chip.locked).toBe(true);
    expect(board.chip.violations).toEqual([]);
  });
});

describe.each(PROBES)('programming over a %s without the loader', (probe) => {
  test.each(['nRF52832', 'nRF52840-rev3'] as const)('a used %s holds the image', async (name) => {
    const profile = sized(name, probe);
    const { flashSize } = profile.chip;
    const { board, attach } = benchWith({
      probe,
      silicon: profile,
      contents: usedChip(flashSize),
      tarWrap: 1024,
      losesStores: true,
    });
    const image = meshLikeImage(flashSize);
    await (await attach()).program(image, { permission, writer: directWriter });
    expectHolds(board.chip, image);
    expect(board.chip.violations).toEqual([]);
  });
});

describe('a protected chip', () => {
  const lockedBench = (setup: Parameters<typeof benchWith>[0] = {}) =>
    benchWith({
      contents: MemoryImage.of([
        { address: 0, bytes: pattern(0x2000) },
        { address: UICR_START + 0x208, bytes: Uint8Array.of(0, 0xff, 0xff, 0xff) },
      ]),
      ...setup,
    });

  test('is recognised and left alone without permission', async () => {
    const { board, attach } = lockedBench();
    const target = await attach();
    expect(target.isLocked).toBe(true);
    expect(target.identity).toBeUndefined();
    const before = board.chip.flash.slice();
    const locked = { code: 'target/locked' };
    await expect(target.program(meshLikeImage(0x80000))).rejects.toMatchObject(locked);
    await expect(
      target.program(meshLikeImage(0x80000), { permission: { mayEraseAll: false } }),
    ).rejects.toMatchObject(locked);
    await expect(target.unlock({ mayEraseAll: false })).rejects.toMatchObject(locked);
    await expect(target.readImage()).rejects.toMatchObject(locked);
    expect(board.chip.erasures).toEqual([]);
    expect(equalBytes(board.chip.flash, before)).toBe(true);
  });

  test.each([false, true])(
    'of older silicon is erased and opened (only a reset opens it: %s)',
    async (opensAtReset) => {
      const { board, attach } = lockedBench({ opensAtReset });
      const target = await attach();
      const identity = await target.unlock(permission);
      expect(identity).toMatchObject({ chip: { name: 'nRF52832' }, relocks: false });
      expect(board.chip.flash.every((byte) => byte === 0xff)).toBe(true);
      expect(target.isLocked).toBe(false);
      await target.program(meshLikeImage(0x80000));
      expectHolds(board.chip, meshLikeImage(0x80000));
    },
  );

  test('of newer silicon is opened by the erase alone, as a reset would close it', async () => {
    const { board, attach } = lockedBench({ silicon: 'nRF52832-rev3' });
    const target = await attach();
    await target.program(meshLikeImage(0x80000), { permission });
    expect(board.chip.events.map((one) => one.kind)).toEqual(['reset', 'erase-all', 'reset']);
    expect(board.chip.locked).toBe(true); // the image holds no 0x5A: the firmware runs, the port is shut
  });

  test('and a brand-new one of newer silicon counts as protected too', async () => {
    const { attach } = benchWith({ silicon: 'nRF52833-rev2' });
    expect((await attach()).isLocked).toBe(true);
  });
});

describe('an image that does not belong on the chip', () => {
  const contents = usedChip(0x80000);
  const untouched = async (image: MemoryImage, expected: object, options = {}) => {
    const { board, attach } = benchWith({ contents });
    const before = board.chip.flash.slice();
    const target = await attach();
    await expect(target.program(image, { permission, ...options })).rejects.toMatchObject(expected);
    expect(board.chip.erasures).toEqual([]);
    expect(equalBytes(board.chip.flash, before)).toBe(true);
    expect(board.chip.core.halted).toBe(false);
  };

  test('is refused before anything is erased when it reaches beyond the flash', async () => {
    await untouched(meshLikeImage(0x100000), {
      code: 'target/outside-memory',
      facts: { address: 0xff000, chip: 'nRF52832', flashSize: 0x80000 },
    });
  });
  test('is refused when it is one byte too long', async () => {
    const image = MemoryImage.of([{ address: 0x7ff00, bytes: new Uint8Array(0x101) }]);
    await untouched(image, { code: 'target/outside-memory', facts: { address: 0x80000 } });
  });
  test('is refused when it holds RAM', async () => {
    const image = MemoryImage.of([{ address: 0x20000000, bytes: new Uint8Array(4) }]);
    await untouched(image, { code: 'target/outside-memory' });
  });
  test('is refused when it was made for another chip', async () => {
    await untouched(
      meshLikeImage(0x40000),
      { code: 'target/wrong-chip', facts: { wanted: 'nRF52820', found: 'nRF52832' } },
      { chip: findChip('nRF52820')! },
    );
  });
  test('may hold factory information, which stays the chip’s own', async () => {
    const { board, attach } = benchWith();
    const image = MemoryImage.of([
      ...meshLikeImage(0x80000).runs,
      { address: 0x10000060, bytes: new Uint8Array(8) },
    ]);
    const report = await (await attach()).program(image);
    expect(report.identity.deviceId).toBe('1122334455667788');
    expect(board.chip.violations).toEqual([]);
  });
  test('a smaller variant of a chip is measured, not looked up', async () => {
    const usual = CHIP_PROFILES.nRF52832;
    const half = { ...usual, chip: { ...usual.chip, flashSize: 0x40000, ramSize: 0x8000 } };
    const { board, attach } = benchWith({ silicon: half });
    const target = await attach();
    expect(target.identity?.chip).toMatchObject({ flashSize: 0x40000, ramSize: 0x8000 });
    await expect(target.program(meshLikeImage(0x80000))).rejects.toMatchObject({
      code: 'target/outside-memory',
    });
    expect(board.chip.erasures).toEqual([]);
  });
});

describe('reading back', () => {
  test('finds flash that did not take its bytes, and names the first by address, expected and found', async () => {
    const { board, attach } = benchWith();
    const image = meshLikeImage(0x80000);
    const target = await attach();
    const { flash } = board.chip;
    const programming = target.program(image, {
      progress: (stage, doneBytes) => {
        if (stage !== 'verifying' || doneBytes > 0) return;
        flash[0x1234]! ^= 0x10;
        flash[0x7f003]! ^= 0x01;
      },
    });
    const expected = image.read(0x1234, 1)[0]!;
    await expect(programming).rejects.toMatchObject({
      code: 'target/verify-failed',
      facts: { address: 0x1234, expected, found: expected ^ 0x10 },
    });
    expect(board.chip.uicr.every((byte) => byte === 0xff)).toBe(true);
  });

  test('finds what should be erased and is not', async () => {
    const { board, attach } = benchWith();
    const target = await attach();
    const programming = target.program(meshLikeImage(0x80000), {
      progress: (stage) => {
        if (stage === 'verifying') board.chip.flash[0x40000] = 0;
      },
    });
    await expect(programming).rejects.toMatchObject({
      code: 'target/verify-failed',
      facts: { address: 0x40000, expected: 0xff, found: 0 },
    });
  });
});

describe.each(PROBES)('a board whose UICR differs, over a %s', (probe) => {
  const word = (offset: number, value: number) => ({
    address: UICR_START + offset,
    bytes: new Uint8Array(Uint32Array.of(value).buffer),
  });
  const image = (...words: ReturnType<typeof word>[]) =>
    MemoryImage.of([{ address: 0, bytes: pattern(0x100) }, ...words]);
  const past = image(word(0x14, 0x1f000), word(0x80, 0x1234), word(0x200, 0x12), word(0x204, 0x12));

  test('is told so before anything is erased, and then has the words of the image', async () => {
    const { board, attach } = benchWith({ probe, contents: past });
    const wanted = image(word(0x14, 0x7e000), word(0x80, 0x1234), word(0x200, 0x12), word(0x204, 0x12));
    let erasedWhenTold = -1;
    const toErase: number[] = [];
    await (
      await attach()
    ).program(wanted, {
      planned: ({ uicr }) => {
        erasedWhenTold = board.chip.erasures.length;
        toErase.push(...uicr.toErase);
      },
    });
    expect(toErase).toEqual([UICR_START + 0x14]);
    expect(erasedWhenTold).toBe(0);
    expect(board.chip.erasures).toEqual([{ kind: 'erase-uicr' }]);
    expectHolds(board.chip, wanted);
  });

  test('keeps its own words where the image brings none, but not the address of code that is gone', async () => {
    const { board, attach } = benchWith({ probe, contents: past });
    await (await attach()).program(image());
    expectHolds(board.chip, image(word(0x80, 0x1234), word(0x200, 0x12), word(0x204, 0x12)));
    const { board: other, attach: again } = benchWith({ probe, contents: past });
    const whole = MemoryImage.of([{ address: 0, bytes: pattern(0x80000) }]); // everything differs: erased at once
    await (await again()).program(whole);
    expect(other.chip.erasures.map(({ kind }) => kind)).toContain('erase-all');
    expect(equalBytes(other.chip.uicr, uicrOf(past))).toBe(true);
  });

  test('is not touched by an image that brings the UICR of another family', async () => {
    const { board, attach } = benchWith({ probe, contents: past });
    const foreign = image().with([]);
    const stray = MemoryImage.of([
      ...foreign.runs,
      { address: 0x00ff8000, bytes: Uint8Array.of(0, 0, 0, 0) },
    ]);
    await expect((await attach()).program(stray)).rejects.toMatchObject({
      code: 'target/foreign-uicr',
      facts: { family: 'nRF5340', changed: 'nothing' },
    });
    expectHolds(board.chip, past);
  });
});

describe('UICR', () => {
  const word = (address: number, value: number) => ({
    address: UICR_START + address,
    bytes: new Uint8Array(Uint32Array.of(value).buffer),
  });
  const image = (...words: ReturnType<typeof word>[]) =>
    MemoryImage.of([{ address: 0, bytes: pattern(0x100) }, ...words]);
  const program = async (contents: MemoryImage, wanted: MemoryImage, options = {}) => {
    const { board, attach } = benchWith({ contents });
    const report = await (await attach()).program(wanted, options);
    expect(board.chip.violations).toEqual([]);
    return { board, report, chip: board.chip };
  };

  test('that is right already is not touched', async () => {
    const contents = image(word(0x14, 0x7e000), word(0x80, 0x1234));
    const { chip } = await program(contents, image(word(0x14, 0x7e000), word(0x80, 0x1234)));
    expect(chip.erasures).toEqual([]);
    expect(equalBytes(chip.uicr, uicrOf(contents))).toBe(true);
  });

  test('that only loses bits is written without an erase', async () => {
    const wanted = image(word(0x14, 0x7e000), word(0x80, 0x1234));
    const { chip } = await program(image(word(0x80, 0x1234)), wanted);
    expect(chip.erasures).toEqual([]);
    expect(equalBytes(chip.uicr, uicrOf(image(word(0x14, 0x7e000), word(0x80, 0x1234))))).toBe(true);
  });

  test('that needs a bit back is erased once and written whole', async () => {
    const wanted = image(word(0x14, 0x7e000), word(0x200, 0x15));
    const { chip } = await program(image(word(0x14, 0x1f000), word(0x200, 0x15)), wanted);
    expect(chip.erasures).toEqual([{ kind: 'erase-uicr' }]);
    expect(equalBytes(chip.uicr, uicrOf(wanted))).toBe(true);
  });

  test('words that the image says are erased become so', async () => {
    const wanted = image(word(0x14, 0xffffffff));
    const { chip, report } = await program(image(word(0x14, 0x7e000)), wanted);
    expect(chip.uicr.every((byte) => byte === 0xff)).toBe(true);
    expect(report.uicrWords).toBe(0);
  });

  test('is erased with everything else where the image has none', async () => {
    const { chip } = await program(image(word(0x14, 0x7e000)), image());
    expect(chip.uicr.every((byte) => byte === 0xff)).toBe(true);
  });

  test('protection is asked for, written last, and closes the port with the reset', async () => {
    const wanted = image(word(0x200, 0x15));
    const { chip } = await program(MemoryImage.empty, wanted, { lock: true });
    expect(chip.locked).toBe(true);
    expectHolds(chip, image(word(0x200, 0x15), word(0x208, 0xffffff00)));
  });
});

describe('writing changes only', () => {
  const donor = meshLikeImage(0x80000);
  const clone = donor.with([{ address: 0x7f050, bytes: Uint8Array.of(1, 2, 3, 4) }]);

  test('erases and writes the pages that differ and no other', async () => {
    const { board, attach } = benchWith({ contents: donor });
    const report = await (await attach()).program(clone);
    expect(report).toMatchObject({ pagesWritten: 1, pages: 128 });
    expect(board.chip.erasures).toEqual([{ kind: 'erase-page', address: 0x7f000 }]);
    expectHolds(board.chip, clone);
    expect(board.chip.violations).toEqual([]);
  });

  test('erases pages that the image leaves empty', async () => {
    const contents = donor.with([{ address: 0x40010, bytes: Uint8Array.of(0) }]);
    const { board, attach } = benchWith({ contents });
    await (await attach()).program(donor);
    expectHolds(board.chip, donor);
  });

  test('does nothing to a chip that holds the image, and runs it', async () => {
    const { board, attach } = benchWith({ contents: donor });
    const report = await (await attach()).program(donor);
    expect(report.pagesWritten).toBe(0);
    expect(board.chip.erasures).toEqual([]);
    expect(board.chip.core.halted).toBe(false);
  });
});

describe('without a word about erasing', () => {
  const donor = meshLikeImage(0x80000);
  const clone = donor.with([{ address: 0x7f050, bytes: Uint8Array.of(1, 2, 3, 4) }]);
  const program = async (image: MemoryImage, setup: Parameters<typeof benchWith>[0]) => {
    const { board, attach } = benchWith(setup);
    const report = await (await attach()).program(image);
    expectHolds(board.chip, image);
    expect(board.chip.violations).toEqual([]);
    expect(board.chip.core.halted).toBe(false);
    return { report, erasures: board.chip.erasures };
  };

  test('a chip that holds the image is left as it is', async () => {
    const { report, erasures } = await program(donor, { contents: donor });
    expect(report.pagesWritten).toBe(0);
    expect(erasures).toEqual([]);
  });

  test('a new identity costs the pages that it changes', async () => {
    const { report, erasures } = await program(clone, { contents: donor });
    expect(report.pagesWritten).toBe(1);
    expect(erasures).toEqual([{ kind: 'erase-page', address: 0x7f000 }]);
  });

  test.each([
    ['nRF52832', 3, 'erase-page'],
    ['nRF52832', 4, 'erase-all'],
    ['nRF52840', 1, 'erase-page'],
    ['nRF52840', 2, 'erase-all'],
  ] as const)('a blank %s gets %i pages after %s', async (silicon, pages, kind) => {
    const image = MemoryImage.of([{ address: 0, bytes: pattern(pages * 0x1000) }]);
    const { erasures } = await program(image, { silicon });
    expect(new Set(erasures.map((one) => one.kind))).toEqual(new Set([kind]));
  });

  test('a UICR with words that the image does not know is erased, and no more than that', async () => {
    const contents = donor.with([{ address: UICR_START + 0x80, bytes: Uint8Array.of(1, 2, 3, 4) }]);
    const { erasures } = await program(donor, { contents });
    expect(erasures).toEqual([{ kind: 'erase-uicr' }]);
  });

  test('a UICR that only loses bits is written, and that is told', async () => {
    const { board, attach } = benchWith({ contents: donor });
    const image = donor.with([{ address: UICR_START + 0x80, bytes: Uint8Array.of(1, 2, 3, 4) }]);
    const stages = new Set<ProgramStage>();
    await (await attach()).program(image, { progress: (stage) => stages.add(stage) });
    expectHolds(board.chip, image);
    expect([...stages]).toEqual(['comparing', 'verifying', 'writing']);
    expect(board.chip.erasures).toEqual([]);
  });
});

describe('progress and calling off', () => {
  test('each stage runs from nothing to all, in order', async () => {
    const { attach } = benchWith({ contents: usedChip(0x80000) });
    const told: { stage: ProgramStage; doneBytes: number; totalBytes: number }[] = [];
    await (
      await attach()
    ).program(meshLikeImage(0x80000), {
      progress: (stage, doneBytes, totalBytes) => told.push({ stage, doneBytes, totalBytes }),
    });
    const order = told.map((one) => one.stage).filter((stage, i, all) => stage !== all[i - 1]);
    expect(order).toEqual(['comparing', 'erasing', 'writing', 'verifying']);
    for (const stage of order) {
      const steps = told.filter((one) => one.stage === stage);
      expect(steps[0]!.doneBytes).toBe(0);
      expect(steps.at(-1)!.doneBytes).toBe(steps.at(-1)!.totalBytes);
      expect(steps.map((one) => one.doneBytes)).toEqual(
        steps.map((one) => one.doneBytes).sort((a, b) => a - b),
      );
    }
  });

  test.each(['erasing', 'writing', 'verifying'] as const)(
    'a job called off while %s ends there',
    async (at) => {
      const { board, attach } = benchWith({ contents: usedChip(0x80000) });
      const stop = new AbortController();
      const target = await attach();
      const job = target.program(meshLikeImage(0x80000), {
        signal: stop.signal,
        progress: (stage, doneBytes) => {
          if (stage === at && doneBytes > 0) stop.abort();
        },
      });
      await expect(job).rejects.toMatchObject({ name: 'AbortError' });
      expect(board.chip.read(0x4001e504, 4)).toBe(0); // CONFIG
      expect(board.chip.uicr.every((byte) => byte === 0xff)).toBe(true);
      expect(board.chip.violations).toEqual([]);
      await target.program(meshLikeImage(0x80000));
      expectHolds(board.chip, meshLikeImage(0x80000));
    },
  );

  test('a job called off before it began changes nothing', async () => {
    const { board, attach } = benchWith({ contents: usedChip(0x80000) });
    const target = await attach();
    const job = target.program(meshLikeImage(0x80000), { signal: AbortSignal.abort() });
    await expect(job).rejects.toMatchObject({ name: 'AbortError' });
    expect(board.chip.erasures).toEqual([]);
  });
});
