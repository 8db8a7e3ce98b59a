/** The report of what the page has done so far. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../../bytes.ts';
import { currentDate } from '../browser/platform.ts';
import type { AirRecords } from '../state/air-records.svelte.ts';
import type { BenchState } from '../state/bench.svelte.ts';
import type { Parts } from '../state/parts.ts';
import { buildReport, type Report } from './report.ts';

export interface ReportSources extends Pick<Parts, 'project' | 'plan' | 'press'> {
  readonly airRecords: AirRecords;
  readonly bench: BenchState | null;
}

/** @returns `null` where nothing was pressed or put onto boards; after a run its report, until something else is made */
export async function collectReport(sources: ReportSources): Promise<Report | null> {
  const { project, plan, press, bench, airRecords } = sources;
  const run = bench?.view && bench.kept;
  const last = bench?.lastReport ?? null;
  if (!plan.view || (!run && last && (press.phase !== 'pressed' || isOf(last, sources)))) return last;
  const set = run && run.boards === 'virtual' ? 'virtual' : 'real';
  await airRecords.look(set);
  const dumpNames = project.view.kinds.flatMap((kind) => kind.dumpNames);
  return buildReport({
    version: __VERSION__,
    commit: __COMMIT__,
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
    bench: run
      ? { boards: run.boards, begun: run.startedAt, view: bench.view!, visits: bench.boards.visits }
      : null,
    heard: airRecords.resultsOf(set, project.view.database?.meshUuid ?? '', plan.view.clones),
  });
}

/** Whether a report is about the very clones that are planned now. */
export function isOf({ clones }: Report, { plan }: ReportSources): boolean {
  const planned = plan.view?.clones ?? [];
  return (
    clones.length === planned.length &&
    clones.every(
      ({ UUID, uuidIsPlaceholder, name }, i) =>
        name === planned[i]!.name && (!uuidIsPlaceholder || UUID === planned[i]!.uuid),
    )
  );
}
