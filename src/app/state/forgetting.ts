import { KnownError, reportOf, type ErrorReport } from '../../errors.ts';
import type { KeptRuns } from '../../bench/index.ts';
import type { KeptRun } from '../browser/bench-memory.ts';
import type { Parts } from './parts.ts';

type ForgettingParts = Pick<Parts, 'memory' | 'questions' | 'announcements' | 'mayDiscard'>;

/**
 * Take everything of the project out of this browser, virtual boards included. What stays is the program, as far as it is kept
 * for offline use, and the journal of real boards: it has no keys, and which board has which identity is not to be lost.
 *
 * @param runs  where a run of the bench is kept; asked for when it is needed
 * @returns whether that was done, the run perhaps excepted; false where a person keeps all
 */
export async function forgetAll(
  { memory, questions, announcements, mayDiscard }: ForgettingParts,
  runs: () => Promise<KeptRuns<KeptRun>>,
): Promise<boolean> {
  if (!(await mayDiscard())) return false;
  const refusal = await forgetRun(questions, await runs());
  if (refusal === 'kept') return false;
  await memory.forget(refusal !== null);
  announcements.tell(
    refusal
      ? `Forgotten, but for the run of the bench. ${refusal.message} ${refusal.hint}`
      : 'Forgotten. This browser keeps nothing of the project; the journal of real boards stays.',
  );
  return true;
}

/**
 * Virtual boards go with it. A run on real boards whose keys are nowhere else is not forgotten by the way.
 *
 * @returns why it stays: a person wants that, or another tab has it; `null` when it is gone
 */
async function forgetRun(
  questions: Parts['questions'],
  runs: KeptRuns<KeptRun>,
): Promise<'kept' | ErrorReport | null> {
  const seen = await runs.look().catch(() => null);
  if (seen && !seen.run.saved && seen.run.boards === 'usb') {
    const yes = await questions.ask({
      title: 'Forget the run of the bench too?',
      text: 'Neither its zip nor its database is saved: without them nobody can reach the nodes that are on boards.',
      yes: 'Forget',
      no: 'Keep',
    });
    if (!yes) return 'kept';
  }
  return runs.putAway(seen).then(
    () => null,
    (error: unknown) => (error instanceof KnownError ? reportOf(error) : null), // nothing can be kept here
  );
}
