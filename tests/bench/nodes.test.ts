/** Boards with somebody's node on them, and boards that are asked which they are. */
import { beforeAll, describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import { readDump } from '../../src/clone/index.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { VirtualClock, type ChipName, type ProbeName, type VirtualNrf52 } from '../../src/virtual/index.ts';
import { sampleDumpText } from '../support/samples.ts';
import { pattern } from '../target/bench.ts';
import { holds, imageOf, jobAt, PROBES, verifiedRecord, Workshop } from './workshop.ts';

/** A light switch of three elements, 0x0011 to 0x0013, on an nRF52832. */
let node: MemoryImage;
beforeAll(() => {
  node = readDump([{ name: 'client.hex', bytes: Buffer.from(sampleDumpText(), 'latin1') }]).image;
});
const donor = () => jobAt(0x11, node, 3);

const DHCSR = 0xe000edf0;
const S_HALT = 1 << 17;

const openWith = async (contents: MemoryImage, setup = {}, jobs = [jobAt(0x53)]) => {
  const workshop = await Workshop.open({ jobs }, setup);
  const board = workshop.addBoard({ silicon: 'nRF52832', probe: 'mcu-link', contents });
  return { workshop, board };
};

describe('a board with a provisioned node that the journal does not know', () => {
  test('is not touched before a person allows it', async () => {
    const { workshop, board } = await openWith(node);
    expect(await workshop.serve(board)).toMatchObject({
      state: 'asks',
      needs: { kind: 'erase-node', facts: { unicast: 0x11, elementCount: 3 } },
    });
    expect(workshop.slot('A').needs!.message).toContain('0x0011');
    expect(board.board.chip.erasures).toEqual([]);
    expect(board.board.chip.core.halted).toBe(false);
    expect(await workshop.account()).toEqual([]);

    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0053' } });
    expect(holds(board.board, imageOf(0x53)), 'no page of the old node is left').toBe(true);
  });

  test('is erased without a question once that was allowed for the run', async () => {
    const { workshop, board } = await openWith(node, { permissions: { provisionedNodes: true } });
    expect(await workshop.serve(board)).toMatchObject({ state: 'verified' });
    expect(holds(board.board, imageOf(0x53))).toBe(true);
  });

  test('is left in peace when no identity is left for it anyway', async () => {
    const { workshop, board } = await openWith(node, {}, []);
    expect(await workshop.serve(board)).toMatchObject({ state: 'waiting', needs: null });
  });
});

describe('a board whose clone was verified and is in the queue', () => {
  /** A page of firmware, and one of the state that its node keeps. */
  const FIRMWARE = 0x5000;
  const FIRMWARE_END = 0x8000;
  const STATE = 0x7e000;
  const ERASED = 0x60000;
  const UICR_PIN_RESET = 0x10001200;

  const verified = async (probe: ProbeName = 'mcu-link') => {
    const image = MemoryImage.of([
      ...node.slice(0, FIRMWARE_END).runs, // some of it is enough
      ...node.slice(STATE - 0x4000, 0x80000).runs,
      { address: UICR_PIN_RESET, bytes: Uint8Array.of(0x15, 0, 0, 0) },
    ]);
    const workshop = await Workshop.open({ jobs: [jobAt(0x11, image, 3)] });
    const added = workshop.addBoard({ silicon: 'nRF52832', probe, contents: image });
    const { chip } = added.board;
    await workshop.bench.import([verifiedRecord(workshop.jobs[0]!, added.chipId)]);
    return { workshop, board: added, chip };
  };

  test.each(PROBES)('is recognised over a %s, changed in nothing, and runs again', async (probe) => {
    const { workshop, board, chip } = await verified(probe);
    const flash = chip.flash.slice();
    expect(await workshop.serve(board)).toMatchObject({
      state: 'known',
      needs: { facts: { found: 'same' } },
    });
    expect(equalBytes(chip.flash, flash)).toBe(true);
    expect(chip.erasures).toEqual([]);
    expect(chip.violations).toEqual([]);
    expect(chip.core.halted).toBe(false);
    expect(chip.core.runsFromRam).toBe(false);
    expect(chip.events.at(-1)).toEqual({ kind: 'reset', cause: 'soft' });
    expect((await workshop.account()).length, 'nothing to tell').toBe(1);
  });

  test('is recognised with state that its node has written since, and pages that it began', async () => {
    const { workshop, board, chip } = await verified();
    chip.flash.set([0x12, 0x34], STATE + 0x200);
    chip.flash.set([0], ERASED);
    chip.uicr.set([0], 0x80); // words that the image leaves erased
    expect(await workshop.serve(board)).toMatchObject({ state: 'known' });
  });

  test.each([
    ['at the first byte of its firmware', 0],
    ['deep inside its firmware', FIRMWARE + 0x7ff],
    ['in the last page of its firmware', FIRMWARE_END - 1],
  ])('and changed %s is asked about', async (_, at) => {
    const { workshop, board, chip } = await verified();
    chip.flash[at]! ^= 0x10;
    expect(await workshop.serve(board)).toMatchObject({
      state: 'asks',
      needs: { facts: { found: 'changed' } },
    });
    expect(await workshop.account()).toContain('failed 11 c1 station/changed-elsewhere');
    expect(chip.core.halted).toBe(false);
    expect(chip.events.at(-1)).toEqual({ kind: 'reset', cause: 'soft' });
  });

  test('and changed in the UICR is asked about', async () => {
    const { workshop, board, chip } = await verified();
    chip.uicr[0x200] = 0x05;
    expect(await workshop.serve(board)).toMatchObject({
      state: 'asks',
      needs: { facts: { found: 'changed' } },
    });
  });

  test('and whose firmware was erased is written again, its state apart that nobody else has', async () => {
    const { workshop, board, chip } = await verified();
    chip.flash.fill(0xff, 0, FIRMWARE_END);
    expect(await workshop.serve(board)).toMatchObject({ state: 'verified', job: { name: 'light_0011' } });
    expect(holds(board.board, await workshop.jobs[0]!.image())).toBe(true);
  });

  test('and whose core cannot be halted is recognised by its beginning, and not asked to halt any more', async () => {
    const { workshop, board, chip } = await verified();
    const read = chip.core.readRegister.bind(chip.core);
    chip.core.readRegister = (address) => read(address) & ~(address === DHCSR ? S_HALT : 0);
    expect(await workshop.serve(board)).toMatchObject({ state: 'known' });
    expect(chip.core.halted).toBe(false);
    workshop.unplug(board);
    chip.flash[0x10] = 0;
    expect(await workshop.serve(board)).toMatchObject({
      state: 'asks',
      needs: { facts: { found: 'changed' } },
    });
  });

  test('is recognised where the program in RAM does not run, too', async () => {
    const { workshop, board, chip } = await verified();
    chip.core.run = () => {};
    expect(await workshop.serve(board)).toMatchObject({ state: 'known' });
    expect(chip.core.halted).toBe(false);
  });

  test('is still done, whenever the cable comes out meanwhile', async () => {
    const whole = await verified();
    await whole.workshop.serve(whole.board);
    const { transfers } = whole.board.board.device;
    for (let n = 1; n <= transfers; n += Math.ceil(transfers / 12)) {
      const { workshop, board, chip } = await verified();
      board.board.device.faults.unplugAt = n;
      expect(await workshop.serve(board), `transfer ${n}`).toMatchObject({ state: 'failed' });
      expect(workshop.states()).toEqual(['verified']);
      expect(chip.erasures).toEqual([]);
      workshop.unplug(board);
      expect(await workshop.serve(board), `transfer ${n}`).toMatchObject({ state: 'known' });
    }
  });
});

describe('a board without a node', () => {
  test('is written without a question, whatever firmware it carries', async () => {
    const firmware = MemoryImage.of([
      ...node.slice(0, 0x20000).runs,
      { address: 0x7f000, bytes: pattern(0x1000, 3) },
    ]);
    const { workshop, board } = await openWith(firmware);
    expect(await workshop.serve(board)).toMatchObject({ state: 'verified' });
  });
});

describe('a board that failed half-way', () => {
  test.each([
    ['with its own node on it is written again at once', 0x11, 'verified'],
    ['and now carries another node is asked about', 0x53, 'asks'],
  ])('%s', async (_, unicast, state) => {
    const jobs = [unicast === 0x11 ? donor() : jobAt(unicast)];
    const { workshop, board } = await openWith(MemoryImage.empty, {}, jobs);
    workshop.loseWhileWriting(board);
    await workshop.serve(board);
    expect(workshop.states()).toEqual(['maybe']);
    workshop.unplug(board);
    for (const { address, bytes } of node.slice(0, 0x80000).runs) board.board.chip.flash.set(bytes, address);
    board.board.chip.flash[0x10000]! ^= 0xff; // seen whether it was written again
    expect(await workshop.serve(board)).toMatchObject({ state });
    expect(holds(board.board, node)).toBe(state === 'verified');
  });
});

describe.each(PROBES)('asked to blink over a %s', (probe) => {
  const GPIO_OUT = 0x50000504;
  const GPIO_DIR = 0x50000514;

  test.each<[ChipName, number]>([
    ['nRF52832', 0x1e0000],
    ['nRF52840', 0x01e000],
  ])('a kit with an %s lights its LEDs, and runs on as before', async (silicon, leds) => {
    const seen: number[] = [];
    class WatchfulClock extends VirtualClock {
      chip?: VirtualNrf52;
      override async sleep(ms: number, signal?: AbortSignal) {
        const { chip } = this;
        const lights = chip?.core.halted ? chip.read(GPIO_OUT, 4)! & leds : undefined;
        if (lights !== undefined && lights !== seen.at(-1) && chip!.read(GPIO_DIR, 4)! & leds)
          seen.push(lights);
        await super.sleep(ms, signal);
      }
    }
    const clock = new WatchfulClock();
    const workshop = await Workshop.open({ jobs: [], clock });
    const added = workshop.addBoard({ probe, silicon });
    const { chip } = added.board;
    clock.chip = chip;
    await workshop.serve(added);
    chip.write(GPIO_OUT, 4, 0x40000001);
    chip.write(GPIO_DIR, 4, 0x40000003);
    await workshop.bench.blink('A');
    expect(seen).toEqual([0, leds, 0, leds, 0, leds, 0, leds]);
    expect([GPIO_OUT, GPIO_DIR].map((address) => chip.read(address, 4))).toEqual([0x40000001, 0x40000003]);
    expect(chip.core.halted).toBe(false);
    expect(chip.events.map(({ kind }) => kind)).toEqual(['reset']);
  });
});

describe('asked to blink', () => {
  test('a protected chip cannot, and says so', async () => {
    const workshop = await Workshop.open({ jobs: [] });
    const board = workshop.addBoard({ silicon: 'nRF52832-rev3' });
    await workshop.serve(board);
    await expect(workshop.bench.blink('A')).rejects.toMatchObject({ code: 'target/locked' });
  });
});
