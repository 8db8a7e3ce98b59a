/** The classes that know one thing each, from which those that act take what they need. */
import type { Engine } from '../../worker/index.ts';
import type { Announcements } from './announcements.svelte.ts';
import type { Claims } from './claims.ts';
import type { Events, PageEvents } from './events.ts';
import type { MemoryState } from './memory.svelte.ts';
import type { PlanState } from './plan.svelte.ts';
import type { PressState } from './press.svelte.ts';
import type { ProjectState } from './project.svelte.ts';
import type { Questions } from './questions.svelte.ts';
import type { Screen } from './route.svelte.ts';

export interface Parts {
  readonly engine: Engine;
  readonly project: ProjectState;
  readonly plan: PlanState;
  readonly press: PressState;
  readonly memory: MemoryState;
  readonly claims: Claims;
  readonly questions: Questions;
  readonly announcements: Announcements;
  readonly events: Events<PageEvents>;
  readonly route: { readonly screen: Screen; go(screen: Screen): void };
  /** Ask before pressed clones that were not saved are lost. @returns whether to go on */
  mayDiscard(): Promise<boolean>;
}
