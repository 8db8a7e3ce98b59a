/** What a report says of boards stands in the journal: each claim in a record, and nothing is said that a reload would not say again. */
import { describe, expect, test } from 'vitest';
import { buildReport, type Report, type ReportFacts } from '../../src/app/paper/report.ts';
import { VisitLog } from '../../src/app/paper/visit-log.ts';
import type { Bench, JournalRecord } from '../../src/bench/index.ts';
import { hex } from '../../src/bytes.ts';
import type { OnAirResult } from '../../src/on-air/index.ts';
import type { FirmwareSetup } from '../../src/virtual/index.ts';
import { image, says, tinyReader, TINY } from '../bench/tiny-node.ts';
import { jobAt, NETWORK, Workshop } from '../bench/workshop.ts';
import { leapWaits } from '../support/leaping-waits.ts';

const CLONES = [0x53, 0x55, 0x57, 0x59];
const uuidAt = (unicast: number) =>
  `00000000-0000-4000-8000-00000000${hex(unicast, 4).slice(2).toLowerCase()}`;

/** A run in which boards come up, hang, are pulled and written again; one clone is left. */
async function run() {
  const jobs = CLONES.map((unicast) => jobAt(unicast, image(unicast)));
  const reader = {
    ...tinyReader,
    deviceUuid: async ({ unicast }: { readonly unicast: number }) => uuidAt(unicast),
  };
  const setup = { proof: 'full', reader } as const;
  const workshop = await Workshop.open({ jobs }, setup);
  const visits = new VisitLog();
  const now = () => Date.UTC(2026, 10, 24) + workshop.clock.now();
  workshop.bench.onEvent((event) => visits.tell(event));
  workshop.bench.subscribe(({ slots }) => visits.see(slots, now()));
  const serve = async (firmware: FirmwareSetup, unplugAt?: number) => {
    const place = workshop.addBoard({ probe: 'mcu-link', silicon: TINY, firmware });
    const waits = leapWaits(place.board, workshop.clock);
    const { device } = place.board;
    if (unplugAt !== undefined) device.faults.unplugAt = unplugAt;
    await workshop.serve(place);
    if (unplugAt !== undefined) {
      workshop.bench.unplug(device);
      place.board.unplug();
      workshop.bench.plugIn(place.board.plugIn());
      await workshop.bench.idle();
    }
    workshop.bench.unplug(place.board.device);
    await workshop.bench.idle();
    waits.end();
  };
  await serve(says(0x53));
  await serve({ ...says(0x55), conduct: 'hangs' });
  await serve(says(0x57), 200);
  return { workshop, setup, visits, now };
}

function factsOf(bench: Bench, visits: VisitLog, now: Date): ReportFacts {
  const clone = (unicast: number) => ({
    name: `light_${hex(unicast, 4).slice(2)}`,
    unicast,
    elementCount: 2,
    uuid: 'f'.repeat(32),
    fileName: `light_${unicast}.hex`,
  });
  return {
    version: '1',
    commit: 'unknown',
    browser: 'A browser',
    now,
    project: {
      database: { meshName: 'Mesh', meshUuid: NETWORK, fileName: 'mesh.json' },
      kinds: [
        { dumpNames: [], chip: '', releases: [], donor: { name: 'donor', unicast: 0x11, elementCount: 2 } },
      ],
    },
    dumpFiles: [],
    plan: { clones: CLONES.map(clone), groups: [{ kind: 0, count: CLONES.length }] },
    press: null,
    bench: { boards: 'virtual', begun: now.toISOString(), view: bench.view, visits: visits.visits },
    heard: new Map<number, OnAirResult>(),
  } as unknown as ReportFacts;
}

/** Every claim about boards, with the record that it is from; what is missing has none. */
function claims(report: Report, records: readonly JournalRecord[]): [claim: string, found: boolean][] {
  return report.clones.flatMap((clone) => {
    const own = records.filter(
      ({ identity }) => identity && hex(identity.unicast, 4) === clone.unicastAddress,
    );
    const has = (claim: string, test: (record: JournalRecord) => boolean): [string, boolean] => [
      `${clone.name}: ${claim}`,
      own.some(test),
    ];
    const about: [string, boolean][] = [];
    if (clone.chipId) about.push(has(`chip ${clone.chipId}`, ({ chipId }) => chipId === clone.chipId));
    if (!clone.uuidIsPlaceholder) about.push(has(`UUID ${clone.UUID}`, ({ uuid }) => uuid === clone.UUID));
    if (clone.state === 'verified')
      about.push(
        has(
          'verified',
          ({ kind, chipId, imageSha256 }) =>
            kind === 'verified' && chipId === clone.chipId && imageSha256 === clone.imageSha256,
        ),
      );
    const attempts = clone.attempts.flatMap(({ begun, seconds, chipId, probe, outcome, code, proof }) => {
      const endMs = Date.parse(begun) + 1_000 * (seconds ?? 0);
      const within = ({ at }: JournalRecord) =>
        Date.parse(at) >= Date.parse(begun) && Date.parse(at) <= endMs;
      return [
        has(`begun ${begun}`, (one) => one.at === begun && one.chipId === chipId && one.probe === probe),
        has(
          `${outcome} after ${seconds} s`,
          (one) =>
            Math.abs(Date.parse(one.at) - endMs) < 1 && one.kind === outcome && one.result === (code ?? ''),
        ),
        ...proof.map((step) =>
          has(
            `${step.step} ${step.outcome}`,
            (one) =>
              within(one) &&
              one.proof?.step === step.step &&
              one.proof.ms === Math.round(1_000 * step.seconds) &&
              one.kind ===
                { passed: 'proved', failed: 'disproved', impossible: 'unprovable' }[step.outcome] &&
              one.result === (step.code ?? ''),
          ),
        ),
      ];
    });
    return [...about, ...attempts];
  });
}

describe('the report of a run', () => {
  test('claims nothing of a board that no record says, and says the same after a reload', async () => {
    const { workshop, setup, visits, now } = await run();
    const at = new Date(now());
    const report = buildReport(factsOf(workshop.bench, visits, at))!;
    expect(report.clones.map(({ state, attempts }) => [state, attempts.length])).toEqual([
      ['verified', 1],
      ['maybe', 1],
      ['verified', 2],
      ['free', 0],
    ]);
    const records = await workshop.store.load();
    const told = claims(report, records);
    expect(told.length).toBeGreaterThan(20);
    expect(told.filter(([claim]) => claim.includes('UUID'))).toHaveLength(2);
    expect(told.filter(([, found]) => !found)).toEqual([]);
    const ends = records.filter(({ kind }) => kind === 'verified' || kind === 'failed').map((one) => one.at);
    expect(ends).toContain(report.bench!.ended);

    // a journal that lacks a record of proof, or of an end, is found out
    for (const kind of ['proved', 'disproved', 'verified', 'failed'] as const) {
      const first = records.find((one) => one.kind === kind)!;
      const lacking = claims(
        report,
        records.filter((one) => one !== first),
      );
      expect(
        lacking.some(([, found]) => !found),
        kind,
      ).toBe(true);
    }

    const again = buildReport(factsOf(await workshop.openBench(setup), new VisitLog(), at))!;
    const stagesOf = ({ clones }: Report) =>
      clones.flatMap(({ attempts }) => attempts.map((one) => one.stages));
    expect(stagesOf(report).some((stages) => stages !== null)).toBe(true);
    expect(
      stagesOf(again).every((stages) => stages === null),
      'how long stages took is the page’s alone',
    ).toBe(true);
    const without = ({ clones, ...rest }: Report) => ({
      ...rest,
      clones: clones.map((clone) => ({
        ...clone,
        attempts: clone.attempts.map((attempt) => ({ ...attempt, stages: null })),
      })),
    });
    expect(without(again)).toEqual(without(report));
  });
});
