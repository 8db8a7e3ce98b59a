import type { BoardKind } from '../../../bench/index.ts';
import { newUuid } from '../../../mesh/index.ts';
import type { Progress } from '../../../worker/index.ts';
import type { RunEnds, RunOfPlan } from '../../browser/bench-memory.ts';
import { now } from '../../browser/memory.ts';
import { randomBytes } from '../../browser/platform.ts';
import { keptFiles } from '../../browser/read-file.ts';
import { secondsLeft } from '../pace.ts';
import type { Parts } from '../parts.ts';

/** What a run is made of before it begins: its images by their hashes, and what of it is kept. */
export class RunMaking {
  progress = $state.raw<Progress | null>(null);
  secondsLeft = $state<number | null>(null);

  readonly #parts: Pick<Parts, 'engine' | 'project' | 'plan' | 'press'>;

  constructor(parts: Pick<Parts, 'engine' | 'project' | 'plan' | 'press'>) {
    this.#parts = parts;
  }

  /** SHA-256 of each planned clone's image. */
  async hashes(): Promise<readonly string[]> {
    const start = performance.now();
    return this.#parts.engine.plan.imageHashes(undefined, {
      onProgress: (progress) => {
        this.progress = progress;
        this.secondsLeft = secondsLeft(progress, (performance.now() - start) / 1000);
      },
    });
  }

  /** A run with the plan as it is now, and all that its clones are made of. */
  async newRun(boards: BoardKind, ends: RunEnds): Promise<RunOfPlan> {
    const { project, plan, press, engine } = this.#parts;
    const kept = await engine.plan.kept();
    const { clones, groups } = plan.view!;
    return {
      version: 2,
      id: newUuid(randomBytes),
      startedAt: now(),
      boards,
      ends,
      files: await keptFiles(project.sources.dumps, project.sources.database),
      settings: plan.allSettings[0]!,
      ...(plan.allSettings.length > 1 && { furtherSettings: plan.allSettings.slice(1) }),
      plan: kept,
      donor: groups.map(({ name }) => name).join(', '),
      network: project.view.database!.meshUuid,
      meshName: project.view.database!.meshName,
      clones: clones.map(({ unicast }) => unicast),
      saved: press.savedAs !== null,
    };
  }

  done() {
    this.progress = null;
    this.secondsLeft = null;
  }
}
