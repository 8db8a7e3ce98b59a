/** Many boards at once, on every kind of probe, with faults on each of them at the same time. */
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/virtual/index.ts';
import { attend, dice, harm, heal, settle } from './mischief.ts';
import { jobsFrom, NEW, OLD, PROBES, Workshop } from './workshop.ts';

async function table(count: number): Promise<Workshop> {
  const jobs = jobsFrom(0x53, count);
  const workshop = await Workshop.open(
    { jobs, clock: new VirtualClock() },
    { permissions: { lockedChips: true } },
  );
  for (let i = 0; i < count; i++)
    workshop.addBoard({ probe: PROBES[i % PROBES.length]!, silicon: i % 3 === 2 ? NEW : OLD });
  return workshop;
}

const isDone = (workshop: Workshop) => workshop.bench.view.counts.verified === workshop.jobs.length;

describe.each([4, 16])('%i boards at once', (count) => {
  test.each([1, 2, 3])(
    'with faults on all of them: each clone comes onto one board, and the journal says which (seed %i)',
    { timeout: 60_000 },
    async (seed) => {
      const roll = dice(seed * 7919);
      const workshop = await table(count);
      for (const one of workshop.boards) harm(one, roll);
      for (const one of workshop.boards) workshop.plug(one);
      await settle(workshop);
      await workshop.expectAgreement(`seed ${seed}`);
      for (let round = 1; !isDone(workshop); round++) {
        expect(round, 'it comes to an end').toBeLessThan(20);
        for (const one of workshop.boards) {
          heal(one);
          if (round < 4) harm(one, roll);
        }
        attend(workshop);
        await settle(workshop);
        await workshop.expectAgreement(`seed ${seed}, round ${round}`);
      }
      const chips = workshop.bench.view.jobs.map(({ chipId }) => chipId);
      expect(new Set(chips).size).toBe(count);
    },
  );

  test.each([40, 400, 1500])(
    'on a hub that loses its power after %i packets: all are lost at once, and all are finished afterwards',
    { timeout: 60_000 },
    async (packets) => {
      const workshop = await table(count);
      let left = packets;
      for (const { board } of workshop.boards) {
        const execute = board.device.firmware.execute.bind(board.device.firmware);
        board.device.firmware.execute = (request) => {
          if (--left === 0) for (const one of workshop.boards) if (one.board.isPluggedIn) one.board.unplug();
          return execute(request);
        };
      }
      for (const one of workshop.boards) workshop.plug(one);
      await settle(workshop);
      await workshop.expectAgreement('the hub is dark');
      for (const { error } of workshop.bench.view.slots)
        if (error)
          expect(['probe/disconnected', 'probe/no-ack', 'probe/no-target-power']).toContain(error.code);
      for (let round = 0; !isDone(workshop); round++) {
        expect(round, 'it comes to an end').toBeLessThan(10);
        attend(workshop);
        await settle(workshop);
      }
      await workshop.expectAgreement('the hub is back');
    },
  );
});
