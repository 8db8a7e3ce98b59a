/** A cable is pulled at any transfer of a proof: nothing that was not seen is told as passed, and nothing is lost. */
import { describe, expect, test } from 'vitest';
import type { ChipReader } from '../../src/bench/index.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { u16 } from '../../src/bytes.ts';
import type { FirmwareSetup, ProbeName } from '../../src/virtual/index.ts';
import { AGAIN, placesIn, sized } from '../support/every-transfer.ts';
import { leapWaits } from '../support/leaping-waits.ts';
import { pattern } from '../target/bench.ts';
import { jobAt, NETWORK, PROBES, Workshop } from './workshop.ts';

const UNICAST = 0x11;
const STATE = 0x1000;
/** Two pages: code, and the address of the node. */
const image = MemoryImage.of([
  { address: 0, bytes: Uint8Array.of(0, 0x40, 0, 0x20, 0x81, 0, 0, 0, ...pattern(0x40, 7)) },
  { address: STATE, bytes: Uint8Array.of(UNICAST, 0, ...pattern(0x20, 5)) },
]);
const firmware: FirmwareSetup = {
  rtt: { address: 0x20000400 },
  log: [{ atUs: 200_000, text: `<t: 1>, main.c,  312, Node Address: 0x00${UNICAST.toString(16)} \n` }],
};

/** Finds the address where the image has it: what a real stack keeps is asked about elsewhere. */
const reader: ChipReader = {
  lookForNode: async ({ segments }) => {
    const read = segments.find(({ address, bytes }) => address <= STATE && address + bytes.length > STATE);
    if (!read) return { wanted: [{ address: STATE, length: 16 }] };
    const start = u16.read(new DataView(read.bytes.buffer, read.bytes.byteOffset), STATE - read.address);
    return { node: start === 0xffff ? null : { start, count: 2 } };
  },
  stateOf: async () => [{ address: STATE, length: 0x1000 }],
  deviceUuid: async () => null,
  startFault: async () => null,
};

/** A board in a full proof, with the transfers after which each step was in the journal. */
async function proved(probe: ProbeName, unplugAt?: number) {
  const workshop = await Workshop.open({ jobs: [jobAt(UNICAST, image)] }, { proof: 'full', reader });
  const place = workshop.addBoard({ probe, silicon: sized(0x2000), firmware });
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
