/** Boards with somebody's node on them, and boards that are asked which they are. */
import { beforeAll, describe, expect, test } from 'vitest';
import { readDump } from '../../src/clone/index.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { VirtualClock, type ChipName, type VirtualNrf52 } from '../../src/virtual/index.ts';
import { sampleDumpText } from '../support/samples.ts';
import { pattern } from '../target/bench.ts';
import { holds, imageOf, jobAt, PROBES, Workshop } from './workshop.ts';

/** A light switch of three elements, 0x0011 to 0x0013, on an nRF52832. */
let node: MemoryImage;
beforeAll(() => {
  node = readDump([{ name: 'client.hex', bytes: Buffer.from(sampleDumpText(), 'latin1') }]).image;
});
const donor = () => jobAt(0x11, node, 3);

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
    board.board.device.faults.unplugAt = 400;
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
