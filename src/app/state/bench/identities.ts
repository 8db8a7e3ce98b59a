import type { Bench, JobView } from '../../../bench/index.ts';
import type { Parts } from '../parts.ts';
import type { CurrentRun } from './current-run.svelte.ts';
import type { Outcome } from './outcome.svelte.ts';
import { shownName } from '../../../visible.ts';

/** A person's word about an identity: it is not where the journal says, or nobody gets it any more. */
export class Identities {
  readonly #questions: Parts['questions'];
  readonly #outcome: Outcome;
  readonly #run: CurrentRun;

  constructor(questions: Parts['questions'], outcome: Outcome, run: CurrentRun) {
    this.#questions = questions;
    this.#outcome = outcome;
    this.#run = run;
  }

  async release({ name, unicast, chipId }: JobView): Promise<void> {
    const shown = shownName(name);
    const yes = await this.#questions.ask({
      title: `Is ${shown} not on chip ${chipId}?`,
      text: `Say so only when that chip was erased or destroyed. ${shown} then goes to another board; two boards with one address disturb each other.`,
      yes: 'It is not on that chip',
      no: 'Keep',
    });
    if (yes) await this.#act((bench, network) => bench.release({ network, unicast }, chipId));
  }

  async discard({ name, unicast, chipId }: JobView): Promise<void> {
    const yes = await this.#questions.ask({
      title: `Discard ${shownName(name)}?`,
      text: `${chipId ? `It may be on a board: chip ${chipId}. ` : ''}Its address will not be used again.`,
      yes: 'Discard',
      no: 'Keep',
    });
    if (yes) await this.#act((bench, network) => bench.discard({ network, unicast }));
  }

  async #act(act: (bench: Bench, network: string) => Promise<void>): Promise<void> {
    const { bench, network } = this.#run;
    await this.#outcome.attempt(async () => bench && act(bench, network));
  }
}
