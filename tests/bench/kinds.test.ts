/** A run of several kinds of node: each board gets an image for its chip, of the kind that a person chose. */
import { describe, expect, test } from 'vitest';
import { findChip } from '../../src/image/index.ts';
import { jobsFrom, Workshop } from './workshop.ts';

const NRF52832 = findChip('nRF52832')!;
const NRF52840 = findChip('nRF52840')!;
const lights = (chip = NRF52832) => jobsFrom(0x53, 2).map((job) => ({ ...job, kind: 'light', chip }));
const switches = (chip = NRF52832) => jobsFrom(0x63, 2).map((job) => ({ ...job, kind: 'switch', chip }));

describe('boards of a run with lights and switches', () => {
  test('become them in the order of the queue', async () => {
    const workshop = await Workshop.open({ jobs: [...lights().slice(0, 1), ...switches()] });
    expect(await workshop.serve(workshop.addBoard())).toMatchObject({ job: { unicast: 0x53 } });
    expect(await workshop.serve(workshop.addBoard())).toMatchObject({ job: { unicast: 0x63 } });
    await workshop.expectAgreement();
  });

  test('become the kind that was chosen, and none of another once it is used up', async () => {
    const workshop = await Workshop.open({ jobs: [...lights(), ...switches().slice(0, 1)] });
    workshop.bench.chooseKind('switch');
    expect(workshop.bench.view.next).toMatchObject({ kind: 'switch' });
    const first = workshop.addBoard();
    expect(await workshop.serve(first)).toMatchObject({ state: 'verified', job: { unicast: 0x63 } });
    const second = workshop.addBoard();
    expect(await workshop.serve(second)).toMatchObject({ state: 'waiting', job: null });
    expect(second.board.chip.erasures).toEqual([]);
    workshop.bench.chooseKind(null);
    await workshop.bench.idle();
    expect(workshop.slotOf(second)).toMatchObject({ state: 'verified', job: { unicast: 0x53 } });
  });

  test('become what their chip is for, whatever comes first in the queue', async () => {
    const workshop = await Workshop.open({ jobs: [...lights(NRF52840), ...switches()] });
    expect(await workshop.serve(workshop.addBoard())).toMatchObject({
      state: 'verified',
      job: { unicast: 0x63 },
    });
    await workshop.expectAgreement();
  });

  test('are known again, of whatever kind new boards become by then', async () => {
    const workshop = await Workshop.open({ jobs: [...lights(), ...switches()] });
    const board = workshop.addBoard();
    await workshop.serve(board);
    workshop.unplug(board);
    workshop.bench.chooseKind('switch');
    expect(await workshop.serve(board)).toMatchObject({ state: 'known', job: { unicast: 0x53 } });
  });
});
