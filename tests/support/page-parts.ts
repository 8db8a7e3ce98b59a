/** The page's state without a page: the classes as `AppState` joins them, over a session in this process. */
import { vi } from 'vitest';
import type { Remembered } from '../../src/app/browser/memory.ts';
import type { Parts } from '../../src/app/state/parts.ts';
import { asFile, engineOf, sampleDatabase, sampleDump, sessionHere } from './session.ts';

/** All of it loaded anew, as by a tab. What the browser keeps is what `freshBrowser` gave. */
export async function newPage(seed?: string) {
  vi.resetModules();
  const [{ Announcements }, { Questions }, { Events }, { Claims }, { MemoryState }] = await Promise.all([
    import('../../src/app/state/announcements.svelte.ts'),
    import('../../src/app/state/questions.svelte.ts'),
    import('../../src/app/state/events.ts'),
    import('../../src/app/state/claims.ts'),
    import('../../src/app/state/memory.svelte.ts'),
  ]);
  const [{ PlanState }, { PressState }, { ProjectState }, { Planning }, { Opening }] = await Promise.all([
    import('../../src/app/state/plan.svelte.ts'),
    import('../../src/app/state/press.svelte.ts'),
    import('../../src/app/state/project.svelte.ts'),
    import('../../src/app/state/planning.ts'),
    import('../../src/app/state/opening.ts'),
  ]);
  const { IndexedDbJournal } = await import('../../src/app/browser/journal-store.ts');
  const browserMemory = await import('../../src/app/browser/memory.ts');
  const { recallRun } = await import('../../src/app/browser/bench-memory.ts');
  const session = sessionHere(seed);
  const engine = engineOf(session, (await import('../../src/errors.ts')).errorFrom);
  const project = new ProjectState(engine);
  const plan = new PlanState(engine);
  const went: string[] = [];
  const parts: Parts = {
    engine,
    project,
    plan,
    press: new PressState(engine),
    memory: new MemoryState(
      { ...browserMemory, hasRun: async () => (await recallRun()) !== null },
      { project, plan },
    ),
    claims: new Claims(new IndexedDbJournal('usb')),
    questions: new Questions(),
    announcements: new Announcements(),
    events: new Events(),
    route: { screen: 'donor', go: (screen) => void went.push(screen) },
    mayDiscard: async () => true,
  };
  const planning = new Planning(parts);
  const opening = new Opening(parts, planning);
  return {
    ...parts,
    session,
    planning,
    opening,
    /** Screens it went to. */
    went,
    /** What the browser remembers now. */
    remembered: (): Promise<Remembered | null> => browserMemory.recall(),
    /** Open the sample's files, and plan some clones. */
    reachPlan: async (count: number, dump = sampleDump()) => {
      await opening.open([asFile(dump), asFile(sampleDatabase())]);
      plan.settings = { ...plan.settings, count: String(count) };
      await plan.refresh();
    },
  };
}
export type TestPage = Awaited<ReturnType<typeof newPage>>;
