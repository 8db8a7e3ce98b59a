/**
 * A hub loses its power: all its boards vanish at the same moment, whatever each was about, and come back in another order as new devices.
 *
 * The usual run takes a sample by seed. `npm run faults:chips` takes every request over USB.
 */
import { expect, test } from 'vitest';
import { dice, settle } from './mischief.ts';
import { jobsFrom, NEW, OLD, PROBES, Workshop, type TableBoard } from './workshop.ts';

const ALL = process.env['CHIP_FAULTS'] === 'all';
const SEED = Number(process.env['CHIP_FAULTS_SEED'] ?? 1);
const SAMPLE = Number(process.env['CHIP_FAULTS_SAMPLE'] ?? 3);
/** Boards on the hub, and one with a cable of its own. */
const ON_HUB = 4;

async function table() {
  const workshop = await Workshop.open(
    { jobs: jobsFrom(0x53, ON_HUB + 1) },
    { permissions: { lockedChips: true } },
  );
  const boards = Array.from({ length: ON_HUB + 1 }, (_, i) =>
    workshop.addBoard({ probe: PROBES[i % PROBES.length]!, silicon: i % 2 === 0 ? OLD : NEW }),
  );
  return { workshop, boards, hub: boards.slice(0, ON_HUB), alone: boards[ON_HUB]! };
}

/** Plug in all boards, and do something at one of the requests that they get together. */
async function serve(
  { workshop, boards }: Awaited<ReturnType<typeof table>>,
  at: number,
  strike: () => void,
): Promise<number> {
  let requests = 0;
  for (const { board } of boards)
    board.device.forge = (reply) => {
      if (++requests === at) queueMicrotask(strike);
      return reply;
    };
  for (const one of boards) workshop.plug(one);
  await settle(workshop);
  return requests;
}

async function lostAt(at: number, order: (boards: readonly TableBoard[]) => readonly TableBoard[]) {
  const why = `(at request ${at})`;
  const all = await table();
  const { workshop, hub, boards, alone } = all;
  await serve(all, at, () => {
    for (const { board } of hub) {
      const { device } = board;
      board.unplug();
      workshop.bench.unplug(device);
    }
  });
  await workshop.expectAgreement(why);
  expect(workshop.slotOf(alone).state, `the board beside the hub is done ${why}`).toBe('verified');
  const begun = new Map(
    hub.map(({ chipId }) => [chipId, workshop.bench.journal.ledger.onChip(chipId)[0]?.unicast]),
  );

  for (const one of order(hub)) {
    one.board.plugIn();
    workshop.plug(one);
  }
  await settle(workshop);
  expect(workshop.states(), why).toEqual(workshop.jobs.map(() => 'verified'));
  for (const { chipId } of boards) {
    const [account, ...more] = workshop.bench.journal.ledger.onChip(chipId);
    expect(more, why).toEqual([]);
    expect(account?.unicast, `what was begun stays with its board ${why}`).toBe(
      begun.get(chipId) ?? account?.unicast,
    );
  }
  await workshop.expectAgreement(why);
}

test(
  `boards that vanish together come back to what they were begun as (${ALL ? 'at every request' : `seed ${SEED}`})`,
  { timeout: 3_600_000 },
  async () => {
    const count = await serve(await table(), Infinity, () => {});
    const roll = dice(SEED);
    const shuffled = (boards: readonly TableBoard[]) => {
      const keys = new Map(boards.map((board) => [board, roll()]));
      return boards.toSorted((a, b) => keys.get(a)! - keys.get(b)!);
    };
    const places = ALL
      ? Array.from({ length: count }, (_, i) => i + 1)
      : Array.from({ length: SAMPLE }, () => 1 + Math.floor(roll() * count));
    for (const at of places) await lostAt(at, shuffled);
    if (ALL) console.log(`hub power: lost at each of ${count} requests, ${ON_HUB} boards each time`);
  },
);
