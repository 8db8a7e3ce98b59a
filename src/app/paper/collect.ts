/** The report of what the page has done so far. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../../bytes.ts';
import { currentDate } from '../browser/platform.ts';
import type { BenchView } from '../../bench/index.ts';
import type { PlanView, PressResult, ProjectView } from '../../worker/index.ts';
import { buildReport, type Report, type ReportFacts } from './report.ts';

/** What the page has done, as its state holds it. */
export interface Done {
  readonly project: { readonly view: ProjectView; readonly files: readonly File[] };
  readonly plan: { readonly view: PlanView | null };
  readonly press: {
    readonly phase: string;
    readonly result: PressResult | null;
    readonly savedAs: string | null;
    readonly seconds: number;
  };
  readonly bench: {
    readonly view: BenchView | null;
    readonly kept: { readonly boards: 'usb' | 'virtual'; readonly startedAt: string } | null;
    readonly visits: NonNullable<ReportFacts['bench']>['visits'];
    readonly lastReport: Report | null;
  } | null;
}

/** @returns `null` where nothing was pressed or put onto boards; after a run its report, until something else is made */
export async function collectReport(done: Done): Promise<Report | null> {
  const { project, plan, press, bench } = done;
  const run = bench?.view && bench.kept;
  const last = bench?.lastReport ?? null;
  if (!plan.view || (!run && last && (press.phase !== 'pressed' || isOf(last, done)))) return last;
  const dumpNames = project.view.dump?.names ?? [];
  return buildReport({
    version: __VERSION__,
    browser: navigator.userAgent,
    now: currentDate(),
    project: project.view,
    dumpFiles: await Promise.all(
      project.files
        .filter(({ name }) => dumpNames.includes(name))
        .map(async (file) => ({
          name: file.name,
          sha256: toHex(sha256(new Uint8Array(await file.arrayBuffer()))),
        })),
    ),
    plan: plan.view,
    press:
      press.phase === 'pressed' && press.result
        ? { result: press.result, saved: press.savedAs !== null, seconds: press.seconds }
        : null,
    bench: run ? { boards: run.boards, begun: run.startedAt, view: bench.view!, visits: bench.visits } : null,
  });
}

/** Whether a report is about the very clones that are planned now. */
export function isOf({ clones }: Report, { plan }: Pick<Done, 'plan'>): boolean {
  const planned = plan.view?.clones ?? [];
  return (
    clones.length === planned.length &&
    clones.every(({ UUID, name }, i) => UUID === planned[i]!.uuid && name === planned[i]!.name)
  );
}
