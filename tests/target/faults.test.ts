import { describe, expect, test } from 'vitest';
import { equalBytes, isFilledWith } from '../../src/bytes.ts';
import type { KnownError } from '../../src/errors.ts';
import { MemoryImage, UICR_START } from '../../src/image/index.ts';
import { directWriter, type ProgramOptions } from '../../src/target/index.ts';
import { CHIP_PROFILES, type ChipProfile, type VirtualNrf52 } from '../../src/virtual/index.ts';
import { benchWith, expectHolds, pattern, PROBES } from './bench.ts';

/** Three pages: small enough to break a whole job off at each of its transfers. */
const small = (profile: ChipProfile): ChipProfile => ({
  ...profile,
  chip: { ...profile.chip, flashSize: 0x3000 },
});
const OLD = small(CHIP_PROFILES.nRF52832);
const NEW = small(CHIP_PROFILES['nRF52832-rev3']);
/** Erases its three pages sooner all at once than one by one. */
const SLOW_TO_ERASE = small(CHIP_PROFILES.nRF52840);

const before = MemoryImage.of([
  { address: 0, bytes: pattern(0x3000, 50) },
  { address: UICR_START + 0x14, bytes: Uint8Array.of(0, 0x70, 0, 0) },
]);
const image = MemoryImage.of([
  { address: 0, bytes: pattern(0x123, 3) },
  { address: 0x2000, bytes: pattern(0x45, 4) },
  { address: UICR_START + 0x14, bytes: Uint8Array.of(0, 0x60, 0, 0) },
  { address: UICR_START + 0x200, bytes: Uint8Array.of(0x15, 0, 0, 0) },
]);
const permission = { mayEraseAll: true };

/**
 * What a chip may hold after a job that ended early: its past; an erase cut short; or the image up to some word, that word
 * undefined if it was being written, and erased flash behind it.
 */
function expectPartOf(chip: VirtualNrf52): void {
  if (chip.erasures.length === 0) return expectHolds(chip, before);
  const cutShort = chip.events.find((one) => one.kind === 'cut-short')?.operation;
  if (cutShort === 'erase') return;

  const wanted = new Uint32Array(image.read(0, chip.flash.length).slice().buffer);
  const found = new Uint32Array(chip.flash.slice().buffer);
  const at = wanted.findIndex((word, i) => word !== found[i]);
  if (at === -1) return;
  expect(isFilledWith(chip.uicr, 0xff), 'the UICR comes after the flash').toBe(true);
  const behind = chip.flash.subarray(4 * (cutShort === 'write' ? at + 1 : at));
  expect(isFilledWith(behind, 0xff), 'flash is written in order').toBe(true);
}

/** What it may hold after a job that changed page by page: each page its past or its future, but for the one in work; UICR last. */
function expectPagesOf(chip: VirtualNrf52): void {
  const equals = (page: number, one: MemoryImage) =>
    equalBytes(chip.flash.subarray(page, page + 0x1000), one.read(page, 0x1000));
  const pages = [0, 0x1000, 0x2000];
  expect(pages.filter((page) => !equals(page, before) && !equals(page, image)).length).toBeLessThan(2);
  if (pages.every((page) => equals(page, image))) return;
  expect(equalBytes(chip.uicr, before.read(UICR_START, 0x1000)), 'the UICR comes after the flash').toBe(true);
}

const failureOf = (job: Promise<unknown>): Promise<KnownError> =>
  job.then(
    () => expect.unreachable('it went through'),
    (error) => error,
  );

/** What the error says about the chip is so: untouched is untouched, and whatever was erased or written is owned to. */
function expectTold({ message, facts }: KnownError, chip: VirtualNrf52): void {
  const { changed = 'nothing' } = facts; // a chip that nobody got to is as it was
  if (changed === 'nothing') return expectHolds(chip, before);
  if (changed === 'all') return expectHolds(chip, image);
  expect(message).toMatch(/erased|changed|written/);
  const most = /^(?:(?!verything).)*at most (\d) of/.exec(message)?.[1];
  if (most === undefined) return; // all of it was erased
  expect(chip.erasures.every(({ kind }) => kind === 'erase-page')).toBe(true);
  expect(chip.erasures.length).toBeLessThanOrEqual(Number(most));
}

describe.each(PROBES)('when the cable of a %s comes out', (probe) => {
  const jobs: [string, ChipProfile, ProgramOptions][] = [
    ['on an open chip', OLD, {}],
    ['that erases everything first', SLOW_TO_ERASE, {}],
    ['on a protected chip', NEW, { permission }],
    ['without the loader', OLD, { writer: directWriter }],
  ];
  test.each(jobs)('at any transfer of a job %s', { timeout: 120_000 }, async (where, silicon, options) => {
    const setup = { probe, silicon, contents: before };
    const whole = benchWith(setup);
    await (await whole.attach()).program(image, options);
    expectHolds(whole.board.chip, image);
    const transfers = whole.board.device.transfers;
    expect(transfers).toBeGreaterThan(50);

    // A job on an open chip at every transfer, but for long streams of the same; so the others on one kind of probe, and here and
    // there on the rest: what differs between probes lies below the job, what differs between jobs above the probe.
    const isThorough = probe === 'mcu-link' || where === 'on an open chip';
    const stride = isThorough ? (transfers > 300 ? 4 : 1) : Math.ceil(transfers / 40);
    for (let n = 1; n <= transfers; n += isThorough && n < 60 ? 1 : stride) {
      const { board, attach } = benchWith(setup);
      board.device.faults.unplugAt = n;
      const job = attach().then((target) => target.program(image, options));
      const error = await failureOf(job);
      expect(error, `transfer ${n}`).toMatchObject({ code: 'probe/disconnected' });
      const expectHalf = silicon === OLD ? expectPagesOf : expectPartOf;
      expectHalf(board.chip);
      expectTold(error, board.chip);

      if (n % 7 !== 0) continue;
      board.plugIn();
      await (await attach()).program(image, { permission });
      expectHolds(board.chip, image);
    }
  });
});

describe('when the chip loses its power and the probe keeps its own', () => {
  test('the job says that no chip answers, wherever it was', { timeout: 120_000 }, async () => {
    const whole = benchWith({ silicon: OLD, contents: before });
    await (await whole.attach()).program(image);
    const total = whole.board.port.transfers;
    for (let i = 0; i < 60; i++) {
      const { board, attach } = benchWith({ silicon: OLD, contents: before });
      board.port.faults.powerLoss = { after: Math.floor((i * total) / 60) };
      const job = attach().then((target) => target.program(image));
      await expect(job, `step ${i}`).rejects.toMatchObject({ code: 'probe/no-ack' });
      expectPagesOf(board.chip);
    }
  });
});

describe('when the chip answers WAIT', () => {
  test('a storm that ends is sat out and harms nothing', async () => {
    for (const after of [20, 200, 800, 2000]) {
      const { board, attach } = benchWith({ silicon: OLD, contents: before });
      board.port.faults.wait = { after, count: 2000 };
      await (await attach()).program(image);
      expectHolds(board.chip, image);
      expect(board.chip.violations).toEqual([]);
    }
  });

  test('a storm without end is told as such, and the chip can be written once it is over', async () => {
    const { board, attach } = benchWith({ silicon: OLD, contents: before });
    const target = await attach();
    board.port.faults.wait = { after: 300, count: 1e9 };
    await expect(target.program(image)).rejects.toMatchObject({ code: 'probe/wait' });
    delete board.port.faults.wait;
    await target.program(image);
    expectHolds(board.chip, image);
  });
});

describe('when an access faults half-way', () => {
  test.each([30, 120, 600, 1500])(
    'the error is told and the next job finds everything in order (after %i)',
    async (after) => {
      const { board, attach } = benchWith({ silicon: OLD, contents: before });
      const target = await attach();
      board.port.faults.fault = { after };
      await expect(target.program(image)).rejects.toMatchObject({ code: 'probe/fault' });
      expect(board.chip.read(0x4001e504, 4), 'CONFIG').toBe(0);
      await target.program(image);
      expectHolds(board.chip, image);
    },
  );

  test('a job that says it is done has reset the chip, even where the reset cuts off an answer', async () => {
    const whole = benchWith({ silicon: OLD, contents: before });
    await (await whole.attach()).program(image);
    const total = whole.board.port.transfers;
    const outcomes = new Set<string>();
    for (let after = total - 90; after < total; after++) {
      const { board, attach } = benchWith({ silicon: OLD, contents: before });
      board.port.faults.fault = { after };
      const outcome = await attach()
        .then((target) => target.program(image))
        .then(
          () => 'done',
          (error) => error.code as string,
        );
      outcomes.add(outcome);
      expect(['done', 'probe/fault']).toContain(outcome);
      if (outcome !== 'done') continue;
      expectHolds(board.chip, image);
      expect(board.chip.events.at(-1), `fault after ${after}`).toEqual({ kind: 'reset', cause: 'soft' });
      expect(board.chip.core.halted).toBe(false);
    }
    expect(outcomes.size).toBe(2);
  });

  test('no cache outlives it: the next access goes to the port and place it names', async () => {
    const { board, attach } = benchWith();
    const { memory, control } = await attach();
    board.chip.ram.set(pattern(16, 9));
    board.port.faults.fault = { after: 1 }; // SELECT is through, what it was for is not
    await expect(control.isOpen()).rejects.toMatchObject({ code: 'probe/fault' });
    expect(await memory.readBytes(0x20000000, 16)).toEqual(pattern(16, 9));
    await expect(memory.readWord(0x60000000)).rejects.toMatchObject({ code: 'probe/fault' });
    expect(await control.isOpen()).toBe(true);
    expect(await memory.readBytes(0x20000000, 16)).toEqual(pattern(16, 9));
    const never = {
      kind: 'poll',
      address: 0x20000000,
      mask: 0xff,
      value: ~pattern(1, 9)[0]! & 0xff,
    } as const;
    await expect(memory.run([never])).rejects.toMatchObject({ code: 'probe/mismatch' });
    expect(await memory.readBytes(0x20000000, 16)).toEqual(pattern(16, 9));
  });
});

describe('when the chip is not what was hoped for', () => {
  test('nobody answers', async () => {
    const { board, attach } = benchWith();
    board.chip.powerOff();
    await expect(attach()).rejects.toMatchObject({ code: 'probe/no-ack' });
  });

  test('an nRF52 that Meshpress does not know is refused by its part', async () => {
    const profile = CHIP_PROFILES.nRF52832;
    const { attach } = benchWith({ silicon: { ...profile, chip: { ...profile.chip, part: 0x52899 } } });
    await expect(attach()).rejects.toMatchObject({ code: 'target/unknown-part', facts: { part: 0x52899 } });
  });
});
