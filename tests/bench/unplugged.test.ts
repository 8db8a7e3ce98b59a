/** A cable is pulled at any transfer of a proof: nothing that was not seen is told as passed, and nothing is lost. */
import { describe, expect, test } from 'vitest';
import type { ProbeName } from '../../src/virtual/index.ts';
import { AGAIN, placesIn } from '../support/every-transfer.ts';
import { leapWaits } from '../support/leaping-waits.ts';
import { image, says, TINY, tinyReader as reader } from './tiny-node.ts';
import { jobAt, NETWORK, PROBES, Workshop } from './workshop.ts';

const UNICAST = 0x11;
/** A board in a full proof, with the transfers after which each step was in the journal. */
async function proved(probe: ProbeName, unplugAt?: number) {
  const workshop = await Workshop.open({ jobs: [jobAt(UNICAST, image(UNICAST))] }, { proof: 'full', reader });
  const place = workshop.addBoard({ probe, silicon: TINY, firmware: says(UNICAST) });
  const { device } = place.board;
  const wait = leapWaits(place.board, workshop.clock);
  if (unplugAt !== undefined) device.faults.unplugAt = unplugAt;
  const after: number[] = [];
  workshop.bench.subscribe(({ slots }) => {
    while (after.length < (slots[0]?.proof.length ?? 0)) after.push(device.transfers);
  });
  await workshop.serve(place);
  if (!device.isPluggedIn) {
    workshop.bench.unplug(device);
    await workshop.bench.idle();
  }
  const records = await workshop.store.load();
  return { workshop, place, device, after, records, wait };
}

describe('the cable is pulled', () => {
  test.each(PROBES)(
    'at any transfer of a proof over a %s: only what was seen before is told, and the board is proved when it comes back',
    { timeout: 600_000 },
    async (probe) => {
      const whole = await proved(probe);
      const [readBack, ...later] = whole.after;
      expect(later).toHaveLength(4);
      const { transfers } = whole.device;
      whole.wait.end();
      for (const unplugAt of placesIn(readBack! + 1, transfers, probe, 16)) {
        const { workshop, place, records, wait } = await proved(probe, unplugAt);
        const where = `transfer ${unplugAt} of ${transfers}`;
        const [slot] = workshop.bench.view.slots;
        const steps = records.filter(({ proof }) => proof);
        const seen = whole.after.filter((at) => at < unplugAt).length;
        expect(
          steps.map(({ kind }) => kind),
          where,
        ).toEqual(Array(seen).fill('proved'));
        const account = () => workshop.bench.journal.ledger.find({ network: NETWORK, unicast: UNICAST });
        if (seen < 5) {
          expect(slot, where).toMatchObject({
            state: 'failed',
            plugged: false,
            error: { code: 'probe/disconnected' },
          });
          expect(records.at(-1), where).toMatchObject({ kind: 'failed', result: 'probe/disconnected' });
          expect(
            records.some(({ kind }) => kind === 'verified'),
            where,
          ).toBe(false);
          expect(account(), where).toMatchObject({ state: 'maybe', chips: [place.chipId] });
        } else expect(account()?.state, where).toBe('verified'); // it was let go of only
        if (unplugAt % AGAIN === 0) {
          place.board.unplug();
          workshop.bench.plugIn(place.board.plugIn());
          await workshop.bench.idle();
          expect(account()?.state, where).toBe('verified');
          await workshop.expectAgreement(where);
        }
        wait.end();
      }
    },
  );
});
