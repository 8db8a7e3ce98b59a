/**
 * What a production person files: who was made from what, what went onto which board, and when. It holds no key.
 *
 * The report is its own file: `docs/reports.md` tells its members, and the page prints nothing that it does not hold.
 */
import { hex } from '../../bytes.ts';
import { lastUnicast, type HasElements } from '../../mesh/index.ts';
import {
  paceOf,
  type BenchView,
  type JobView,
  type JournalRecord,
  type ProofResult,
} from '../../bench/index.ts';
import type { OnAirResult, Verdict } from '../../on-air/index.ts';
import type { GroupView, KindView, PlanView, PressResult, ProjectView } from '../../worker/index.ts';
import { attemptsOf, type Attempt } from './attempts.ts';
import { groupBy } from './group-by.ts';
import { stageTimes, type Visit } from './visit-log.ts';

export interface Report {
  readonly meshpress: 'report';
  readonly version: 1;
  /** `Meshpress 0.1.0` */
  readonly generator: string;
  /** That Meshpress was built from. */
  readonly commit: string;
  /** What the browser calls itself. */
  readonly browser: string;
  /** UTC, as all times here. */
  readonly created: string;
  readonly network: {
    readonly name: string;
    /** 32 hex digits in small letters. */
    readonly uuid: string;
    /** File name. */
    readonly database: string;
  };
  /** Of the first kind of node. */
  readonly donor: ReportedDonor;
  /** Of every kind of node that clones were made of, in the order of the clones. */
  readonly donors: readonly ReportedDonor[];
  /** `null` where no zip was made, as the bench needs none. */
  readonly press: {
    readonly zip: string;
    readonly zipBytes: number;
    /** Whether it left the page. */
    readonly saved: boolean;
    readonly seconds: number;
  } | null;
  /** `null` where no clone was asked over the air. */
  readonly onAir: {
    /** Of the latest answer, or silence. */
    readonly ended: string;
    readonly counts: Readonly<Record<Verdict | 'untried', number>>;
  } | null;
  /** `null` where nothing was written to boards. */
  readonly bench: {
    readonly boards: 'usb' | 'virtual';
    readonly begun: string;
    /** Of the last attempt; `null` before the first. */
    readonly ended: string | null;
    readonly counts: Readonly<Record<Count, number>>;
    /** Of the latest boards, their changing included; `null` before the first. */
    readonly boardsPerMinute: number | null;
  } | null;
  readonly clones: readonly ReportedClone[];
}

/** How many clones are in which state; together they are all. */
export type Count = 'verified' | 'failed' | 'working' | 'left' | 'discarded' | 'taken';

export interface ReportedClone {
  readonly name: string;
  readonly unicastAddress: string;
  readonly lastUnicastAddress: string;
  readonly elementCount: number;
  /** 32 hex digits with dashes: what its board calls itself, where that is known; a placeholder otherwise. */
  readonly UUID: string;
  readonly uuidIsPlaceholder: boolean;
  /** Of its complete image, as in the manifest; `null` where it was not made. */
  readonly imageSha256: string | null;
  readonly state: 'pressed' | JobView['state'];
  /** FICR DEVICEID of the chip that has it or may have it: 16 hex digits. */
  readonly chipId: string | null;
  /** All that the journal knows, oldest first. */
  readonly attempts: readonly ReportedAttempt[];
  /** What it answered over the air last; `null` where it was not asked. */
  readonly onAir: ReportedAnswer | null;
}

export interface ReportedAnswer {
  readonly at: string;
  readonly verdict: Verdict;
  /** 1 is direct; `null` where it did not tell. */
  readonly hops: number | null;
  /** Of the first answer. */
  readonly roundTripMs: number | null;
  /** Of the last hop, in dBm. */
  readonly rssi: number | null;
  /** Codes of what is behind the verdict. */
  readonly findings: readonly string[];
}

export interface ReportedAttempt {
  readonly begun: string;
  /** `null` where nothing concludes it. */
  readonly seconds: number | null;
  readonly chipId: string;
  readonly probe: string;
  readonly outcome: Attempt['outcome'];
  /** Code of an error or reason. */
  readonly code: string | null;
  /** Steps of proof as the journal has them, in their order. */
  readonly proof: readonly {
    readonly step: ProofResult['step'];
    readonly outcome: ProofResult['outcome'];
    readonly seconds: number;
    readonly code: string | null;
  }[];
  /** Known while the page that did it stays open; `null` otherwise. */
  readonly stages: readonly { readonly stage: string; readonly seconds: number }[] | null;
}

export interface ReportedDonor {
  readonly name: string;
  readonly unicastAddress: string;
  readonly lastUnicastAddress: string;
  readonly chip: string;
  /** Likely releases of the mesh SDK. */
  readonly meshSdk: readonly string[];
  /** The dump, as it was given. */
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  readonly clones: number;
}

export interface ReportFacts {
  readonly version: string;
  readonly commit: string;
  readonly browser: string;
  readonly now: Date;
  readonly project: ProjectView;
  /** Of all kinds of node. */
  readonly dumpFiles: ReportedDonor['files'];
  readonly plan: PlanView;
  readonly press: { readonly result: PressResult; readonly saved: boolean; readonly seconds: number } | null;
  readonly bench: {
    readonly boards: 'usb' | 'virtual';
    /** ISO 8601 */
    readonly begun: string;
    readonly view: BenchView;
    readonly visits: readonly Visit[];
  } | null;
  /** What clones answered over the air, by first unicast address. */
  readonly heard: ReadonlyMap<number, OnAirResult>;
}

/** @returns `null` where there is no donor, or nothing was pressed or put onto boards */
export function buildReport(facts: ReportFacts): Report | null {
  const { version, commit, browser, now, project, dumpFiles, plan, press, bench, heard } = facts;
  const { database } = project;
  const donors = plan.groups.flatMap((group) => donorOf(group, project.kinds[group.kind], dumpFiles));
  const [donor] = donors;
  if (!database || !donor || (!press && !bench)) return null;
  const attempts = bench
    ? reportedAttempts(bench.view.records, database.meshUuid, bench.visits, now.getTime())
    : new Map<number, readonly ReportedAttempt[]>();
  const jobs = new Map(bench?.view.jobs.map((job) => [job.unicast, job]));
  const hashes = new Map(press?.result.images.map(({ fileName, imageSha256 }) => [fileName, imageSha256]));
  return {
    meshpress: 'report',
    version: 1,
    generator: `Meshpress ${version}`,
    commit,
    browser,
    created: now.toISOString(),
    network: { name: database.meshName, uuid: database.meshUuid, database: database.fileName },
    donor,
    donors,
    press: press && {
      zip: press.result.fileName,
      zipBytes: press.result.zipBytes,
      saved: press.saved,
      seconds: rounded(press.seconds),
    },
    onAir: onAirOf(plan.clones.map(({ unicast }) => heard.get(unicast))),
    bench:
      bench &&
      benchOf(
        bench,
        plan.clones.flatMap(({ unicast }) => attempts.get(unicast) ?? []),
      ),
    clones: plan.clones.map((clone) => {
      const job = jobs.get(clone.unicast);
      return {
        name: clone.name,
        ...rangeOf(clone),
        elementCount: clone.elementCount,
        UUID: job?.uuid || clone.uuid,
        uuidIsPlaceholder: !job?.uuid,
        imageSha256: job?.imageSha256 ?? hashes.get(clone.fileName) ?? null,
        state: job?.state ?? 'pressed',
        chipId: job?.chipId || null,
        attempts: attempts.get(clone.unicast) ?? [],
        onAir: answerOf(heard.get(clone.unicast)),
      };
    }),
  };
}

/** For programs, with a line end. */
export const formatReportJson = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;

function donorOf(
  { count }: GroupView,
  kind: KindView | undefined,
  dumpFiles: ReportedDonor['files'],
): ReportedDonor[] {
  if (!kind?.donor) return [];
  const { donor, chip, releases, dumpNames } = kind;
  const files = dumpFiles.filter(({ name }) => dumpNames.includes(name));
  return [{ name: donor.name, ...rangeOf(donor), chip, meshSdk: releases, files, clones: count }];
}

const rangeOf = (node: HasElements) => ({
  unicastAddress: hex(node.unicast, 4),
  lastUnicastAddress: hex(lastUnicast(node), 4),
});

function onAirOf(results: readonly (OnAirResult | undefined)[]): Report['onAir'] {
  const counts = { alive: 0, differs: 0, 'wrong-device-key': 0, silent: 0, untried: 0 };
  for (const result of results) counts[result?.verdict ?? 'untried']++;
  const ended = results
    .flatMap((result) => result?.at ?? [])
    .sort()
    .at(-1);
  return ended === undefined ? null : { ended, counts };
}

function answerOf(result: OnAirResult | undefined): ReportedAnswer | null {
  if (!result) return null;
  const { at, verdict, hops, rttMs, rssi, findings } = result;
  const roundTripMs = rttMs === null ? null : Math.round(rttMs);
  return { at, verdict, hops, roundTripMs, rssi, findings: findings.map(({ code }) => code) };
}

function benchOf(
  { boards, begun, view }: NonNullable<ReportFacts['bench']>,
  attempts: readonly ReportedAttempt[],
): Report['bench'] {
  const counts = { verified: 0, failed: 0, working: 0, left: 0, discarded: 0, taken: 0 };
  for (const { state } of view.jobs) counts[COUNTED_AS[state]]++;
  const spans = attempts.map(({ begun, seconds, outcome }) => {
    const startMs = Date.parse(begun);
    return { startMs, endMs: startMs + (seconds ?? 0) * 1000, outcome };
  });
  const ended = Math.max(...spans.map(({ endMs }) => endMs));
  const pace = paceOf(
    spans.filter(({ outcome }) => outcome === 'verified' || outcome === 'locked'),
    0,
  );
  return {
    boards,
    begun,
    ended: spans.length > 0 ? new Date(ended).toISOString() : null,
    counts,
    boardsPerMinute: pace && rounded(pace.boardsPerMinute),
  };
}

const COUNTED_AS: Readonly<Record<JobView['state'], Count>> = {
  free: 'left',
  reserved: 'working',
  writing: 'working',
  verified: 'verified',
  locked: 'verified',
  maybe: 'failed',
  discarded: 'discarded',
  taken: 'taken',
};

/** Attempts of the journal at each identity, with what this page saw of them. */
export function reportedAttempts(
  records: readonly JournalRecord[],
  network: string,
  visits: readonly Visit[],
  nowMs: number,
): ReadonlyMap<number, readonly ReportedAttempt[]> {
  const onChip = groupBy(visits, ({ chipId }) => chipId);
  return new Map(
    [...attemptsOf(records, network)].map(([unicast, attempts]) => [
      unicast,
      attempts.map((attempt) => reported(attempt, onChip.get(attempt.chipId) ?? [], nowMs)),
    ]),
  );
}

function reported(attempt: Attempt, visits: readonly Visit[], nowMs: number): ReportedAttempt {
  const { startMs, endMs, chipId, probe, outcome, code, proof } = attempt;
  // its first record is written during the visit
  const visit = visits.find((one) => one.stages[0]!.startMs <= startMs && startMs <= (one.endMs ?? nowMs));
  return {
    begun: new Date(startMs).toISOString(),
    seconds: endMs === null ? null : rounded(Math.max(0, endMs - startMs) / 1000), // a clock may be set back
    chipId,
    probe,
    outcome,
    code: code || null,
    proof: proof.map(({ step, outcome, reason, ms }) => ({
      step,
      outcome,
      seconds: ms / 1000,
      code: reason || null,
    })),
    stages:
      visit && startMs !== endMs
        ? stageTimes(visit, nowMs).map(({ stage, ms }) => ({ stage, seconds: rounded(ms / 1000) }))
        : null,
  };
}

/** To a thousandth. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
