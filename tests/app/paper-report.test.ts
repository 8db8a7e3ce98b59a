import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { attemptsOf } from '../../src/app/paper/attempts.ts';
import { buildReport, formatReportJson, type ReportFacts } from '../../src/app/paper/report.ts';
import { answerText } from '../../src/app/paper/words.ts';
import type { OnAirResult } from '../../src/on-air/index.ts';
import { VisitLog } from '../../src/app/paper/visit-log.ts';
import type { BenchView, JobEvent, JournalRecord, SlotView } from '../../src/bench/index.ts';
import { breaches } from '../support/schema.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../docs/report.schema.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

const NETWORK = 'b32221de1684da7b7644ba6b0bb6d84b';
const CHIP = '7d2f000000009114';
const OTHER_CHIP = '7d2f0000000091c4';
const HASH = 'f0'.repeat(32);
const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 19, 0, 0) + second * 1000).toISOString();

const record = (
  second: number,
  kind: JournalRecord['kind'],
  { unicast = 0x53, chipId = CHIP, result = '' } = {},
): JournalRecord => ({
  run: 'run',
  number: second + 1,
  at: at(second),
  kind,
  identity: { network: NETWORK, clone: `light_${unicast.toString(16)}`, unicast, elementCount: 3 },
  chipId,
  probe: 'DEMO0001',
  imageSha256: HASH,
  result,
});
const attempts = (...records: JournalRecord[]) => attemptsOf(records, NETWORK).get(0x53);

describe('attempts told from the journal', () => {
  test('last from the first record of a visit to its last', () => {
    const told = attempts(record(0, 'reserved'), record(1, 'writing'), record(6, 'verified'));
    expect(told).toMatchObject([{ outcome: 'verified', chipId: CHIP, probe: 'DEMO0001' }]);
    expect(told![0]!.endMs! - told![0]!.startMs).toBe(6000);
  });

  test('that failed keep their code, and the next one stands by itself', () => {
    expect(
      attempts(
        record(0, 'reserved'),
        record(1, 'writing'),
        record(3, 'failed', { result: 'probe/disconnected' }),
        record(10, 'writing'),
        record(15, 'verified'),
      ),
    ).toMatchObject([
      { outcome: 'failed', code: 'probe/disconnected' },
      { outcome: 'verified', code: '' },
    ]);
  });

  test('cut off by a crash stay open', () => {
    expect(
      attempts(record(0, 'reserved'), record(1, 'writing'), record(60, 'writing'), record(65, 'locked')),
    ).toMatchObject([
      { outcome: 'open', endMs: null },
      { outcome: 'locked', startMs: Date.parse(at(60)) },
    ]);
  });

  test('where nothing was written are given back', () => {
    expect(
      attempts(record(0, 'reserved'), record(1, 'released', { result: 'station/stopped' })),
    ).toMatchObject([{ outcome: 'released', code: 'station/stopped' }]);
  });

  test('have no length where a board was found changed, and are none where a person spoke', () => {
    const [done, changed, ...more] = attempts(
      record(0, 'reserved'),
      record(1, 'writing'),
      record(6, 'verified'),
      record(100, 'failed', { result: 'station/changed-elsewhere' }),
      record(200, 'released', { result: 'station/person' }),
    )!;
    expect(done!.outcome).toBe('verified');
    expect(changed!.endMs).toBe(changed!.startMs);
    expect(more).toEqual([]);
  });

  test('of another network are left out', () => {
    expect(attemptsOf([record(0, 'reserved')], 'f'.repeat(32)).size).toBe(0);
  });
});

describe('what the page remembers of visits', () => {
  const slot = (state: SlotView['state']) => [{ letter: 'A', state }] as unknown as SlotView[];
  const event = (second: number, details: object): JobEvent =>
    ({ job: 'light_53', slot: 'A', at: at(second), ...details }) as JobEvent;
  const ms = (second: number) => Date.parse(at(second));

  function visited() {
    const log = new VisitLog();
    log.see(slot('attaching'), ms(0));
    log.see(slot('attaching'), ms(0.5));
    log.tell(event(1, { kind: 'attached', chipId: CHIP }));
    log.see(slot('working'), ms(1));
    for (const [second, kind] of [
      [1, 'comparing'],
      [1.2, 'comparing'],
      [2, 'erasing'],
      [2.5, 'writing'],
      [4, 'writing'],
      [6, 'verifying'],
    ] as const)
      log.tell(event(second, { kind, doneBytes: 0, totalBytes: 1 }));
    return log;
  }

  test('begins when the board is found, and knows when each stage did', () => {
    const log = visited();
    log.tell(event(7, { kind: 'verified', imageSha256: HASH }));
    log.see(slot('verified'), ms(7));
    expect(log.visits).toEqual([
      {
        slot: 'A',
        job: 'light_53',
        chipId: CHIP,
        outcome: 'verified',
        endMs: ms(7),
        stages: [
          { stage: 'looking', startMs: ms(0) },
          { stage: 'comparing', startMs: ms(1) },
          { stage: 'erasing', startMs: ms(2) },
          { stage: 'writing', startMs: ms(2.5) },
          { stage: 'verifying', startMs: ms(6) },
        ],
      },
    ]);
  });

  test('holds no visit that ended with nothing to do', () => {
    const log = new VisitLog();
    log.see(slot('attaching'), ms(0));
    log.tell(event(1, { kind: 'attached', chipId: CHIP }));
    log.see(slot('known'), ms(2));
    expect(log.visits).toEqual([]);
    log.tell(event(3, { kind: 'writing', doneBytes: 0, totalBytes: 1 }));
    expect(log.visits).toEqual([]);
  });

  test('tells boards side by side apart, also when one of them comes to nothing', () => {
    const log = new VisitLog();
    log.tell({ ...event(0, { kind: 'attached', chipId: CHIP }), slot: 'A' });
    log.tell({ ...event(0, { kind: 'attached', chipId: OTHER_CHIP }), slot: 'B', job: 'light_56' });
    log.see(slot('waiting'), ms(1));
    log.tell({ ...event(2, { kind: 'failed', code: 'x/y' }), slot: 'B', job: 'light_56' });
    expect(log.visits).toMatchObject([{ slot: 'B', job: 'light_56', outcome: 'failed', endMs: ms(2) }]);
  });
});

describe('a report', () => {
  const clone = (unicast: number) => ({
    name: `light_${unicast.toString(16)}`,
    unicast,
    elementCount: 3,
    uuid: `3f2504e0-4f89-41d3-9a0c-0305e82c33${unicast.toString(16)}`,
    fileName: `light_${unicast.toString(16)}.hex`,
  });
  const job = (unicast: number, state: string, chipId = '') => ({
    name: `light_${unicast.toString(16)}`,
    unicast,
    elementCount: 3,
    imageSha256: HASH,
    state,
    chipId,
  });
  const facts = {
    version: '0.1.0',
    commit: 'c0ffee0123456789c0ffee0123456789c0ffee01+changes',
    browser: 'A browser',
    now: new Date(at(100)),
    project: {
      database: { meshName: 'BT Mesh', meshUuid: NETWORK, fileName: 'client.db.json' },
      kinds: [
        {
          dumpNames: ['client.hex'],
          chip: 'nRF52832',
          releases: ['4.0.0'],
          donor: { name: 'light', unicast: 0x11, elementCount: 3 },
        },
        { dumpNames: [], chip: '', releases: [], donor: null },
        {
          dumpNames: ['switch.hex'],
          chip: 'nRF52840',
          releases: ['5.0.0'],
          donor: { name: 'switch', unicast: 0x20, elementCount: 1 },
        },
      ],
    },
    dumpFiles: [
      { name: 'client.hex', sha256: HASH },
      { name: 'switch.hex', sha256: HASH },
    ],
    plan: {
      clones: [0x53, 0x56, 0x59, 0x5c].map(clone),
      groups: [
        { kind: 0, count: 3 },
        { kind: 2, count: 1 },
      ],
    },
    press: null,
    bench: {
      boards: 'virtual',
      begun: at(0),
      view: {
        jobs: [
          job(0x53, 'verified', CHIP),
          job(0x56, 'maybe', OTHER_CHIP),
          job(0x59, 'free'),
          job(0x5c, 'discarded'),
        ],
        records: [
          record(10, 'reserved'),
          record(10, 'writing'),
          record(20, 'reserved', { unicast: 0x56, chipId: OTHER_CHIP }),
          record(20, 'writing', { unicast: 0x56, chipId: OTHER_CHIP }),
          record(24, 'verified'),
          record(30, 'failed', { unicast: 0x56, chipId: OTHER_CHIP, result: 'target/verify-failed' }),
        ],
      } as unknown as BenchView,
      visits: [
        {
          slot: 'A',
          job: 'light_53',
          chipId: CHIP,
          outcome: 'verified',
          endMs: Date.parse(at(24)),
          stages: [
            { stage: 'looking', startMs: Date.parse(at(8)) },
            { stage: 'writing', startMs: Date.parse(at(11)) },
          ],
        },
      ],
    },
    heard: new Map<number, OnAirResult>(),
  } as unknown as ReportFacts;
  const answer = (unicast: number, verdict: OnAirResult['verdict'], ...codes: string[]): OnAirResult => ({
    name: `light_${unicast.toString(16)}`,
    unicast,
    elementCount: 3,
    verdict,
    rttMs: verdict === 'silent' ? null : 81.6,
    rssi: verdict === 'silent' ? null : -60,
    hops: verdict === 'silent' ? null : 2,
    findings: codes.map((code) => ({ severity: 'error', code, message: '', hint: '' })),
    at: at(unicast),
  });
  const pressed = {
    result: {
      fileName: 'light-4-clones.zip',
      zipBytes: 1234,
      images: [{ fileName: 'light_53.hex', imageSha256: HASH }],
    },
    saved: true,
    seconds: 1.23456,
  } as unknown as NonNullable<ReportFacts['press']>;

  test('names every kind of node that clones were made of, with the dump of each', () => {
    const { donor, donors } = buildReport(facts)!;
    expect(donors).toMatchObject([
      { name: 'light', chip: 'nRF52832', files: [{ name: 'client.hex' }], clones: 3 },
      { name: 'switch', chip: 'nRF52840', files: [{ name: 'switch.hex' }], clones: 1 },
    ]);
    expect(donor).toEqual(donors[0]);
  });

  test('of a run keeps to its documented shape, which leaves nothing out', () => {
    const json = JSON.parse(formatReportJson(buildReport(facts)!)) as unknown;
    expect(breaches(json, schema)).toEqual([]);
  });

  test('of a press alone does so too', () => {
    const report = buildReport({ ...facts, press: pressed, bench: null })!;
    expect(breaches(JSON.parse(formatReportJson(report)), schema)).toEqual([]);
    expect(report.press).toEqual({ zip: 'light-4-clones.zip', zipBytes: 1234, saved: true, seconds: 1.235 });
    expect(report.clones[0]).toMatchObject({
      state: 'pressed',
      imageSha256: HASH,
      chipId: null,
      attempts: [],
    });
  });

  test('with a member too many, one too few or a wrong one would not', () => {
    const report = JSON.parse(formatReportJson(buildReport(facts)!)) as Record<string, unknown>;
    expect(breaches({ ...report, key: '' }, schema)).not.toEqual([]);
    expect(breaches({ ...report, created: 'today' }, schema)).not.toEqual([]);
    delete report['donor'];
    expect(breaches(report, schema)).not.toEqual([]);
  });

  test('counts every clone once', () => {
    const { bench, clones } = buildReport(facts)!;
    expect(bench!.counts).toEqual({ verified: 1, failed: 1, working: 0, left: 1, discarded: 1, taken: 0 });
    expect(Object.values(bench!.counts).reduce((sum, one) => sum + one, 0)).toBe(clones.length);
  });

  test('tells what became of each: chip, probe, when, how long, why not', () => {
    const [done, failed, left] = buildReport(facts)!.clones;
    expect(done).toMatchObject({
      unicastAddress: '0x0053',
      lastUnicastAddress: '0x0055',
      chipId: CHIP,
      attempts: [{ begun: at(10), seconds: 14, probe: 'DEMO0001', outcome: 'verified', code: null }],
    });
    expect(failed!.attempts).toMatchObject([
      { outcome: 'failed', code: 'target/verify-failed', stages: null },
    ]);
    expect(left!.attempts).toEqual([]);
  });

  test('has the stages of a visit that this page saw, the search for the board included', () => {
    expect(buildReport(facts)!.clones[0]!.attempts[0]!.stages).toEqual([
      { stage: 'looking', seconds: 3 },
      { stage: 'writing', seconds: 13 },
    ]);
  });

  test('tells what each answered over the air, in its documented shape', () => {
    const heard = new Map([
      [0x53, answer(0x53, 'alive')],
      [0x59, answer(0x59, 'silent', 'on-air/silent')],
    ]);
    const report = buildReport({ ...facts, heard })!;
    expect(breaches(JSON.parse(formatReportJson(report)), schema)).toEqual([]);
    expect(report.onAir).toEqual({
      ended: at(0x59),
      counts: { alive: 1, differs: 0, 'wrong-device-key': 0, silent: 1, untried: 2 },
    });
    expect(report.clones.map(({ onAir }) => onAir)).toEqual([
      { at: at(0x53), verdict: 'alive', hops: 2, roundTripMs: 82, rssi: -60, findings: [] },
      null,
      {
        at: at(0x59),
        verdict: 'silent',
        hops: null,
        roundTripMs: null,
        rssi: null,
        findings: ['on-air/silent'],
      },
      null,
    ]);
    expect(answerText(report.clones[0]!.onAir!, at(0))).toMatch(
      /^\d\d:\d\d:\d\d on air: answers, 2 hops, 82 ms, -60 dBm$/,
    );
    expect(buildReport(facts)!.onAir).toBeNull();
  });

  test('ends with the last attempt, and its pace is that of verified boards', () => {
    const { bench } = buildReport(facts)!;
    expect(bench!.ended).toBe(at(30));
    expect(bench!.boardsPerMinute).toBeCloseTo(60 / 14, 2);
  });

  test('is none where nothing was made', () => {
    expect(buildReport({ ...facts, bench: null })).toBeNull();
  });
});
