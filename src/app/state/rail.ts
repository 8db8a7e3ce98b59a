/** The rail: where one can go, and how things stand there. */
import { formatRun, spanOf } from '../../mesh/index.ts';
import type { BenchView } from '../../bench/index.ts';
import type { GlyphKind } from '../text/glyph.ts';
import { counted, percent, size, unicastRange } from '../text/words.ts';
import { fieldOf, type PlanState } from './plan.svelte.ts';
import type { PressState } from './press.svelte.ts';
import type { ProjectState } from './project.svelte.ts';
import type { Step } from './route.svelte.ts';
import { shownName } from '../../visible.ts';

export interface RailStep {
  readonly step: Step;
  readonly name: string;
  readonly glyph: GlyphKind;
  readonly value: string;
  /** Whether the value is something a machine reads: then it is set in monospace. */
  readonly readout: boolean;
}

/** What the steps of the rail are drawn from. */
export interface RailSources {
  readonly project: Pick<ProjectState, 'view' | 'reading'>;
  readonly plan: Pick<PlanState, 'view' | 'error'>;
  readonly press: Pick<PressState, 'phase' | 'progress' | 'result' | 'savedAs' | 'error'>;
  readonly bench: {
    /** Of the run that is on. */
    readonly view: BenchView | null;
    /** Another tab has it. */
    readonly isElsewhere: boolean;
    /** A run was left unfinished. */
    readonly isKept: boolean;
    readonly hasUsb: boolean;
  };
}

export const railOf = ({ project, plan, press, bench }: RailSources): readonly RailStep[] => [
  donorStep(project),
  planStep(plan),
  pressStep(press, plan.view !== null && plan.error === null),
  benchStep(bench),
];

function donorStep({ view, reading }: RailSources['project']): RailStep {
  const step = { step: 'donor', name: 'Donor' } as const;
  if (reading) {
    return {
      ...step,
      glyph: 'busy',
      value: `reading ${percent(reading.done, reading.total)} %`,
      readout: true,
    };
  }
  if (view.refusal) {
    return {
      ...step,
      glyph: 'fail',
      value: view.refusal.about === 'dump' ? 'dump refused' : 'files do not fit',
      readout: false,
    };
  }
  const planned = view.kinds.filter(({ donor }) => donor);
  if (view.kinds.length > 1 && planned.length > 0) {
    const missing = view.kinds.length - planned.length;
    return {
      ...step,
      glyph: missing > 0 ? 'warn' : 'ok',
      value:
        missing > 0
          ? `${planned.length} of ${view.kinds.length} kinds of node`
          : planned.map(({ donor }) => shownName(donor!.name)).join(', '),
      readout: missing === 0,
    };
  }
  if (view.donor) {
    const { name, unicast: start, elementCount } = view.donor;
    return {
      ...step,
      glyph: 'ok',
      value: `${shownName(name)} ${unicastRange(start, elementCount)}`,
      readout: true,
    };
  }
  if (view.dump) return { ...step, glyph: 'wait', value: 'database missing', readout: false };
  if (view.database) return { ...step, glyph: 'wait', value: 'dump missing', readout: false };
  return { ...step, glyph: 'wait', value: 'who the node is', readout: false };
}

function planStep({ view, error }: RailSources['plan']): RailStep {
  const step = { step: 'plan', name: 'Plan' } as const;
  if (error) {
    const value = fieldOf(error) ? 'a setting needs a change' : 'cannot be made now';
    return { ...step, glyph: 'warn', value, readout: false };
  }
  const span = spanOf(view?.clones ?? []);
  if (!view || !span) return { ...step, glyph: 'wait', value: 'who the clones will be', readout: false };
  const value = `${counted(view.clones.length, 'clone')} ${formatRun(span)}`;
  return { ...step, glyph: 'ok', value, readout: true };
}

function pressStep(
  { phase, progress, result, savedAs, error }: RailSources['press'],
  ready: boolean,
): RailStep {
  const step = { step: 'press', name: 'Press' } as const;
  if (phase === 'pressing') {
    const value = progress ? `pressing ${progress.done} of ${progress.total}` : 'pressing';
    return { ...step, glyph: 'busy', value, readout: true };
  }
  if (phase === 'pressed' && result) {
    return savedAs
      ? { ...step, glyph: 'ok', value: `zip saved, ${size(result.zipBytes)}`, readout: true }
      : { ...step, glyph: 'warn', value: `${result.clones} pressed, zip not saved`, readout: true };
  }
  if (error) return { ...step, glyph: 'fail', value: 'not pressed', readout: false };
  return {
    ...step,
    glyph: 'wait',
    value: ready ? 'ready to press' : 'images and a new database',
    readout: false,
  };
}

function benchStep({ view, isElsewhere, isKept, hasUsb }: RailSources['bench']): RailStep {
  const step = { step: 'bench', name: 'Bench' } as const;
  if (view) {
    const { verified, failed } = view.counts;
    const glyph = view.busy ? 'busy' : failed > 0 ? 'fail' : verified === view.jobs.length ? 'ok' : 'wait';
    return {
      ...step,
      glyph,
      value: failed > 0 ? `${verified} verified, ${failed} failed` : `${verified} verified`,
      readout: true,
    };
  }
  if (isElsewhere) return { ...step, glyph: 'warn', value: 'open in another tab', readout: false };
  if (isKept) return { ...step, glyph: 'warn', value: 'a run to go on with', readout: false };
  if (!hasUsb) return { ...step, glyph: 'warn', value: 'not in this browser', readout: false };
  return { ...step, glyph: 'wait', value: 'onto boards, over USB', readout: false };
}
