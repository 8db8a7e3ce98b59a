/** Images that are made for one chip: their hash is known only with their board. */
import { describe, expect, test } from 'vitest';
import type { MemoryImage } from '../../src/image/index.ts';
import type { Job, JobBoard } from '../../src/bench/index.ts';
import { hashOf, holds, imageOf, jobAt, Workshop } from './workshop.ts';

/** The clone's image with the chip's own number sealed into it. */
const sealedTo = (unicast: number, { chipId, chip }: JobBoard): MemoryImage =>
  imageOf(unicast).with([{ address: 0x1000, bytes: new TextEncoder().encode(`${chipId} ${chip.name}`) }]);

const sealed = (unicast: number): Job & { readonly boards: JobBoard[] } => {
  const boards: JobBoard[] = [];
  return {
    ...jobAt(unicast),
    imageSha256: null,
    boards,
    image: async (board) => {
      boards.push(board);
      return sealedTo(unicast, board);
    },
  };
};

const openWith = async (jobs: readonly Job[]) => {
  const workshop = new Workshop({ jobs: [] });
  await workshop.openBench({ jobs });
  return workshop;
};

describe('a clone whose image is sealed to its chip', () => {
  test('is made for the board that it goes onto, and the journal has the hash of just that image', async () => {
    const jobs = [sealed(0x53), sealed(0x55)];
    const workshop = await openWith(jobs);
    for (const [i, { unicast }] of jobs.entries()) {
      const added = workshop.addBoard();
      expect(await workshop.serve(added)).toMatchObject({ state: 'verified', job: { unicast } });
      workshop.unplug(added);
      const { boards } = jobs[i]!;
      expect(new Set(boards.map(({ chipId }) => chipId))).toEqual(new Set([added.chipId]));
      const image = sealedTo(unicast, boards[0]!);
      expect(holds(added.board, image)).toBe(true);
      expect(
        workshop.bench.journal.ledger.find({ network: workshop.bench.setup.network, unicast }),
      ).toMatchObject({
        state: 'verified',
        chipId: added.chipId,
        imageSha256: hashOf(image),
      });
    }
    expect(workshop.bench.confirmed().map(({ unicast }) => unicast)).toEqual([0x53, 0x55]);
  });

  test('is known again on its board, and seen to be changed', async () => {
    const workshop = await openWith([sealed(0x53)]);
    const added = workshop.addBoard();
    await workshop.serve(added);
    workshop.unplug(added);
    expect(await workshop.serve(added)).toMatchObject({ state: 'known', job: { unicast: 0x53 } });
    workshop.unplug(added);
    added.board.chip.flash[0x1003] = 0;
    expect(await workshop.serve(added)).toMatchObject({
      state: 'asks',
      needs: { kind: 'reflash-known', facts: { found: 'changed' } },
    });
  });

  test('is made anew for another board once a person says that it is not on the first', async () => {
    const job = sealed(0x53);
    const workshop = await openWith([job]);
    const [first, second] = [workshop.addBoard(), workshop.addBoard()];
    await workshop.serve(first);
    workshop.unplug(first);
    await workshop.bench.release({ network: workshop.bench.setup.network, unicast: 0x53 }, first.chipId);
    expect(await workshop.serve(second)).toMatchObject({ state: 'verified', job: { unicast: 0x53 } });
    expect(holds(second.board, sealedTo(0x53, job.boards.at(-1)!))).toBe(true);
    expect(second.board.chip.flash).not.toEqual(first.board.chip.flash);
  });
});
