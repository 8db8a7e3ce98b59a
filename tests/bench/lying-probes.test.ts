/**
 * Probes that lie, at each transfer in turn. A board is never called done with a wrong flash, no other board is touched, nothing hangs,
 * and once the probe is honest the run goes on. The account is kept from the chips.
 *
 * The usual run takes a sample by seed. `npm run faults:chips` takes every lie at every transfer.
 */
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import { MemoryImage, UICR_START } from '../../src/image/index.ts';
import type { ProbeName } from '../../src/virtual/index.ts';
import { sized } from '../support/every-transfer.ts';
import { pattern } from '../target/bench.ts';
import { honest, REPLY_LIES, SWD_LIES, type ReplyLie, type SwdLie } from './lies.ts';
import { dice, settle } from './mischief.ts';
import { holds, jobAt, Workshop, type TableBoard } from './workshop.ts';

const ALL = process.env['CHIP_FAULTS'] === 'all';
const SEED = Number(process.env['CHIP_FAULTS_SEED'] ?? 1);
const SAMPLE = Number(process.env['CHIP_FAULTS_SAMPLE'] ?? 12);

const TINY = sized(0x3000);
const SILICON = { ...TINY, chip: { ...TINY.chip, ramSize: 0x6000 } };
/** Two pages that differ from what is there, and one that does not; a word of the UICR to write and one that must go. */
const imageOf = (unicast: number) =>
  MemoryImage.of([
    { address: 0, bytes: Uint8Array.of(0, 0x40, 0, 0x20, 0x81, 0, 0, 0, ...pattern(0x19, 7)) },
    { address: 0x2000, bytes: Uint8Array.of(unicast & 0xff, unicast >> 8, ...pattern(0x13, unicast)) },
    { address: UICR_START + 0x200, bytes: Uint8Array.of(0x15, 0, 0, 0) },
  ]);
const before = MemoryImage.of([
  { address: 0, bytes: Uint8Array.of(0, 0x40, 0, 0x20, 0x81, 0, 0, 0, ...pattern(0x19, 9)) },
  { address: 0x1000, bytes: pattern(0x13, 3) },
  { address: UICR_START + 0x80, bytes: Uint8Array.of(1, 2, 3, 4) },
]);
const FIRST = 0x7d2f_0000_0000_91c1n;
const SECOND = 0x7d2f_0000_0000_91c2n;

/** A board that is done already behind an honest probe, and one to come behind another. */
async function tableFor(probe: ProbeName) {
  const jobs = [0x53, 0x55].map((unicast) => jobAt(unicast, imageOf(unicast)));
  const workshop = await Workshop.open({ jobs });
  const [done, one] = [FIRST, SECOND].map((deviceId) =>
    workshop.addBoard({ probe, silicon: SILICON, contents: before, deviceId }),
  ) as [TableBoard, TableBoard];
  expect((await workshop.serve(done)).state).toBe('verified');
  return { workshop, jobs, done, one };
}

/** SWD transfers and USB requests of an honest visit. */
async function lengthOf(
  probe: ProbeName,
): Promise<{ readonly transfers: number; readonly requests: number }> {
  const { workshop, one } = await tableFor(probe);
  let requests = 0;
  one.board.device.forge = (reply) => (requests++, reply);
  expect((await workshop.serve(one)).state).toBe('verified');
  return { transfers: one.board.port.transfers, requests };
}

/** What came of one visit: done, or the code of what ended it. */
async function lied(probe: ProbeName, lie: SwdLie | ReplyLie, at: number): Promise<string> {
  const why = `${probe}: ${lie.name}, at ${at}`;
  const { workshop, jobs, done, one } = await tableFor(probe);
  const { chip } = one.board;
  lie.tell(one.board, at, FIRST);
  workshop.plug(one);
  await settle(workshop);
  const { state, error, job } = workshop.slotOf(one);
  if (state === 'verified') {
    expect(job?.unicast, why).toBe(0x55);
    expect(holds(one.board, await jobs[1]!.image()), `done means done (${why})`).toBe(true);
  } else if (state === 'failed') {
    expect(error!.code, why).not.toBe('bug/unexpected');
    expect(`${error!.message} ${error!.hint}`, why).toMatch(/^[A-Z].*\. .*\.$/s);
  } else expect(['asks', 'known', 'waiting'], why).toContain(state);
  expect(holds(done.board, await jobs[0]!.image()), `the other board is as it was (${why})`).toBe(true);

  // The probe is honest from now on. Whatever is asked is answered by a person who looks at the board.
  honest(one.board);
  const { ledger } = workshop.bench.journal;
  for (let round = 0; workshop.slotOf(one).state !== 'verified'; round++) {
    expect(round, `it comes to an end (${why}, ${state} ${error?.code})`).toBeLessThan(4);
    for (const { unicast, network, chips } of ledger.accounts.filter((account) => account.chips.length > 1))
      for (const chipId of chips.filter((other) => other !== (unicast === 0x53 ? done : one).chipId))
        await workshop.bench.release({ network, unicast }, chipId);
    workshop.unplug(one);
    await workshop.serve(one);
    const { letter, needs } = workshop.slotOf(one);
    if (!needs) continue;
    workshop.bench.allow(letter);
    await workshop.bench.idle();
  }
  expect(workshop.slotOf(one).job?.unicast, why).toBe(0x55);
  if (ledger.onChip(done.chipId)[0]?.state !== 'verified') {
    workshop.unplug(done);
    await workshop.serve(done);
  }
  for (const [board, wanted] of [
    [done, jobs[0]!],
    [one, jobs[1]!],
  ] as const) {
    expect(holds(board.board, await wanted.image()), why).toBe(true);
    expect(ledger.onChip(board.chipId), why).toMatchObject([{ unicast: wanted.unicast, state: 'verified' }]);
  }
  expect(equalBytes(chip.flash, done.board.chip.flash), why).toBe(false);
  return state === 'failed' ? error!.code : state;
}

test('a blank chip that passed for another until it was written is told, and no chip is written before a person has spoken', async () => {
  const jobs = [0x53, 0x55].map((unicast) => jobAt(unicast, imageOf(unicast)));
  const workshop = await Workshop.open({ jobs });
  const [done, one] = [FIRST, SECOND].map((deviceId) =>
    workshop.addBoard({ silicon: SILICON, deviceId }),
  ) as [TableBoard, TableBoard];
  await workshop.serve(done);
  SWD_LIES.find(({ name }) => name.endsWith('up to here'))!.tell(one.board, Infinity, FIRST);
  workshop.bench.onEvent(({ kind }) => kind === 'writing' && honest(one.board));
  expect(await workshop.serve(one)).toMatchObject({ state: 'failed', error: { code: 'target/other-chip' } });
  const { ledger } = workshop.bench.journal;
  expect(ledger.accounts.map(({ unicast, chips }) => [unicast, chips])).toEqual([
    [0x53, [done.chipId, one.chipId]],
  ]);
  for (const board of [done, one]) {
    workshop.unplug(board);
    const erasures = board.board.chip.erasures.length;
    expect(await workshop.serve(board)).toMatchObject({ error: { code: 'station/identity-twice' } });
    expect(board.board.chip.erasures.length).toBe(erasures);
  }
  await workshop.bench.release(ledger.accounts[0]!, one.chipId);
  for (const board of [one, done]) {
    workshop.unplug(board);
    expect(await workshop.serve(board)).toMatchObject({ state: 'verified' });
  }
  expect([done, one].map(({ chipId }) => ledger.onChip(chipId)[0]!.unicast)).toEqual([0x53, 0x55]);
  for (const [i, { board }] of [done, one].entries()) expect(holds(board, await jobs[i]!.image())).toBe(true);
});

const PROBES: readonly ProbeName[] = ['mcu-link', 'jlink-nrf5340', 'jlink-sam3u', 'daplink', 'debug-probe'];
const kindOf = (probe: ProbeName) => (probe.startsWith('jlink') ? 'jlink' : 'cmsis-dap');
const repliesOf = (probe: ProbeName) =>
  REPLY_LIES.filter(({ probes }) => probes === 'all' || probes === kindOf(probe));

if (ALL) {
  const report = (title: string, count: number, outcomes: ReadonlyMap<string, number>) =>
    console.log(`${title}: ${count} lies; ${[...outcomes].map(([what, n]) => `${what} ${n}`).join(', ')}`);
  const tellAll = async (probe: ProbeName, lie: SwdLie | ReplyLie, count: number) => {
    const outcomes = new Map<string, number>();
    for (let at = 1; at <= count; at++) {
      const outcome = await lied(probe, lie, at);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    report(`lies of ${probe}: ${lie.name}`, count, outcomes);
  };
  describe.each(PROBES)('lies of %s', (probe) => {
    test.each(SWD_LIES)('$name, at every transfer', { timeout: 3_600_000 }, async (lie) => {
      await tellAll(probe, lie, (await lengthOf(probe)).transfers);
    });
    test.each(repliesOf(probe))('$name, at every reply', { timeout: 3_600_000 }, async (lie) => {
      await tellAll(probe, lie, (await lengthOf(probe)).requests);
    });
  });
} else
  test(
    `a probe that lies once is found out or does no harm (seed ${SEED})`,
    { timeout: 400_000 },
    async () => {
      const roll = dice(SEED);
      const lengths = new Map<ProbeName, Awaited<ReturnType<typeof lengthOf>>>();
      for (let i = 0; i < SAMPLE; i++) {
        const probe = PROBES[Math.floor(roll() * PROBES.length)]!;
        if (!lengths.has(probe)) lengths.set(probe, await lengthOf(probe));
        const { transfers, requests } = lengths.get(probe)!;
        const isReply = roll() < 0.4;
        const lies = isReply ? repliesOf(probe) : SWD_LIES;
        const at = 1 + Math.floor(roll() * (isReply ? requests : transfers));
        await lied(probe, lies[i % lies.length]!, at);
      }
    },
  );
