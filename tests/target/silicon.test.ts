/** What the old firmware and the silicon do while somebody programs the chip: closing at resets, watchdogs, transfers into RAM. */
import { describe, expect, test } from 'vitest';
import { findChip, MemoryImage, UICR_START } from '../../src/image/index.ts';
import { busMastersOf } from '../../src/target/bus-masters.ts';
import { directWriter } from '../../src/target/index.ts';
import { BUFFERS, LOADER_START } from '../../src/target/loader-code.ts';
import { CHIP_PROFILES, type ChipProfile } from '../../src/virtual/index.ts';
import { benchWith, expectHolds, meshLikeImage, pattern } from './bench.ts';

const permission = { mayEraseAll: true };
const opensItself = MemoryImage.of([
  { address: 0, bytes: pattern(0x3000, 60) },
  { address: UICR_START + 0x208, bytes: Uint8Array.of(0x5a, 0xff, 0xff, 0xff) },
]);
const image = meshLikeImage(0x80000);

describe('a chip that closes at a reset though its build code is in no table', () => {
  const silicon: ChipProfile = { ...CHIP_PROFILES['nRF52832-rev3'], variant: 'AAE1' };
  const probe = 'mcu-link';

  test('whose firmware opens the port again: it is found out, and the chip is written without another reset', async () => {
    const { board, attach } = benchWith({ probe, silicon, contents: opensItself, firmwareUnlocks: true });
    const target = await attach();
    expect(target.identity).toMatchObject({ variant: 'AAE1', relocks: false });
    const report = await target.program(image);
    expect(report.identity.relocks).toBe(true);
    expect(report.plan.chipErase?.reason).toBe('closes at reset');
    expectHolds(board.chip, image);
    expect(board.chip.violations).toEqual([]);
    expect(board.chip.events.map(({ kind }) => kind)).toEqual(['reset', 'reset', 'erase-all', 'reset']);
  });

  test('that stays closed: the first attempt says so and that nothing was changed, the next has a way out', async () => {
    const contents = MemoryImage.of([{ address: 0, bytes: pattern(0x3000, 60) }]);
    const { board, attach } = benchWith({ probe, silicon, contents });
    board.chip.eraseEverything(); // somebody else has opened it, and it was not reset since
    board.chip.advance(400_000);
    await expect((await attach()).program(image)).rejects.toMatchObject({
      code: 'target/closed-by-reset',
      message: expect.stringContaining('Nothing was written or erased.'),
      facts: { variant: 'AAE1', changed: 'nothing' },
    });
    const again = await attach();
    expect(again.isLocked).toBe(true);
    await again.unlock(permission);
    await again.program(image);
    expectHolds(board.chip, image);
    expect(board.chip.violations).toEqual([]);
  });

  test('is compared with what it should hold, and runs again afterwards', async () => {
    const { board, attach } = benchWith({ probe, silicon, contents: opensItself, firmwareUnlocks: true });
    const target = await attach();
    const page = { address: 0, bytes: opensItself.read(0, 0x1000) };
    expect(await target.compare([page])).toBe('same');
    await target.restart();
    expect(board.chip.core.halted).toBe(false);
    expect(board.chip.erasures).toEqual([]);
  });
});

describe('a watchdog that the old firmware has started', () => {
  const old = MemoryImage.of([{ address: 0, bytes: pattern(0x80000, 61) }]);

  test.each([false, true])(
    'runs on over a soft reset and is fed all the same (also while the core is halted: %s)',
    async (runsWhileHalted) => {
      const watchdog = { timeoutUs: 30_000, reloadRegisters: 0b101, runsWhileHalted };
      const { board, attach } = benchWith({ probe: 'mcu-link', contents: old, watchdog });
      await (await attach()).program(image);
      expectHolds(board.chip, image);
      const causes = board.chip.events.flatMap((one) => (one.kind === 'reset' ? [one.cause] : []));
      expect(causes).toEqual(['power-on', 'soft', 'soft']);
      expect(board.chip.read(0x40010400, 4), 'RUNSTATUS').toBe(1);
    },
  );

  test('is fed where words are written through the debug port, too', async () => {
    const watchdog = { timeoutUs: 60_000, runsWhileHalted: true };
    const profile = CHIP_PROFILES.nRF52832;
    const silicon = { ...profile, chip: { ...profile.chip, flashSize: 0x4000 } };
    const contents = MemoryImage.of([{ address: 0, bytes: pattern(0x4000, 62) }]);
    const { board, attach } = benchWith({ probe: 'mcu-link', silicon, contents, watchdog });
    const small = MemoryImage.of([{ address: 0, bytes: pattern(0x2800, 63) }]);
    await (await attach()).program(small, { writer: directWriter });
    expectHolds(board.chip, small);
    expect(board.chip.events).not.toContainEqual({ kind: 'reset', cause: 'watchdog' });
  });

  test('bites a chip that nobody feeds, as the model must know it', async () => {
    const watchdog = { timeoutUs: 30_000, runsWhileHalted: true };
    const { board, attach } = benchWith({ probe: 'mcu-link', contents: old, watchdog });
    await (await attach()).haltForJob();
    board.chip.advance(40_000);
    expect(board.chip.events.at(-1)).toEqual({ kind: 'reset', cause: 'watchdog' });
    expect(board.chip.core.halted).toBe(false);
  });
});

describe('transfers that the old firmware has started, on a chip that must not be reset', () => {
  const masters = [
    ['SAADC', 0x40007008, 0x40007500, undefined, BUFFERS[0]],
    ['SPIM2', 0x40023014, 0x40023500, 3, LOADER_START + 0x40],
    ['PDM', 0x4001d004, 0x4001d500, undefined, BUFFERS[1] + 0x80],
    ['NFCT', 0x40005004, undefined, 7, LOADER_START],
  ] as const;
  const busMasters = masters.map(([name, stop, enable, ppiChannel, target]) => ({
    name,
    stop,
    target,
    ...(enable !== undefined && { enable }),
    ...(ppiChannel !== undefined && { ppiChannel }),
  }));
  const silicon = 'nRF52832-rev3';

  test('are stopped before the program in RAM is loaded, those first that would be started again', async () => {
    const setup = {
      probe: 'mcu-link',
      silicon,
      contents: opensItself,
      firmwareUnlocks: true,
      busMasters,
    } as const;
    const { board, attach } = benchWith(setup);
    await (await attach()).program(image);
    expectHolds(board.chip, image);
    expect(board.chip.violations).toEqual([]);
  });

  test('do write over what lies there until then, as the model must know it', async () => {
    const { board, attach } = benchWith({
      silicon,
      contents: opensItself,
      firmwareUnlocks: true,
      busMasters,
    });
    const { memory } = await attach();
    await memory.run([{ kind: 'write', address: BUFFERS[0], words: [0x12345678] }]);
    board.chip.advance(1_000);
    expect(await memory.readWord(BUFFERS[0])).not.toBe(0x12345678);
  });

  test.each(['nRF52810', 'nRF52820', 'nRF52832', 'nRF52833', 'nRF52840'])(
    '%s: every place in the table is one peripheral, and none is named twice',
    (name) => {
      const found = busMastersOf(findChip(name)!);
      expect(new Set(found.map(({ base }) => base)).size).toBe(found.length);
      for (const one of found) expect(one.base % 0x1000, one.name).toBe(0);
      expect(found.map((one) => one.name)).toContain('RADIO');
    },
  );
});

describe('in a hidden tab, whose timers are slow or silent', () => {
  test.each(['nRF52840', 'nRF52832-rev3'] as const)(
    'a used %s is written without any of them',
    async (silicon) => {
      const bench = benchWith({ probe: 'mcu-link', silicon, contents: opensItself, firmwareUnlocks: true });
      const { board, clock } = bench;
      const target = await bench.attach();
      const wanted = meshLikeImage(board.chip.flash.length);
      let sleeps = 0;
      const hidden = Object.assign(Object.create(clock) as typeof clock, {
        now: () => board.chip.timeUs / 1000,
        sleep: () => {
          sleeps++;
          return new Promise<never>(() => {});
        },
      });
      Object.defineProperty(target.port, 'clock', { value: hidden });
      await target.program(wanted);
      expectHolds(board.chip, wanted);
      expect(sleeps).toBe(0);
    },
  );
});
