import { checkPassword, makePassword } from '../../zip/index.ts';
import type { WatchShown } from '../browser/masking.ts';
import { randomBytes } from '../browser/platform.ts';
import { Shown } from './shown.svelte.ts';

/** The password of the zip, as long as this page needs it: it is kept nowhere else. */
export class ZipPassword {
  /** A person says plainly that the zip shall have none. */
  wanted = $state(true);
  text = $state('');
  /** In clear, be it typed or made. */
  readonly shown: Shown;
  /** One that was made, after pressing: until a person says that it is written down. */
  made = $state<string | null>(null);
  #isMade = false;
  /** Typing is over: what is wrong may be said. */
  #typed = $state(false);

  readonly #problem = $derived(checkPassword(this.text));
  readonly error = $derived(this.#typed && this.text !== '' ? this.#problem : null);
  readonly ready = $derived(!this.wanted || this.#problem === null);

  constructor(watch?: WatchShown) {
    this.shown = new Shown(watch);
  }

  type(text: string): void {
    this.text = text;
    this.#isMade = this.#typed = false;
  }

  leave(): void {
    this.#typed = true;
  }

  make(): void {
    this.text = makePassword(randomBytes);
    this.#isMade = true;
    this.shown.show();
  }

  /** For a zip that is about to be made: empty where it shall have none. */
  get wish(): { readonly password?: string } {
    return this.wanted ? { password: this.text } : {};
  }

  /** The zip is made. What a person typed they know; what was made they may not have written down yet. */
  used(): void {
    this.made = this.#isMade ? this.text : null;
    this.type('');
    if (this.made === null) this.shown.hide();
  }

  forget(): void {
    this.type('');
    this.shown.hide();
    this.made = null;
  }
}
