import { watchShown, type WatchShown } from '../browser/masking.ts';

/** Whether a secret stands in clear: dots, until a person asks to see it, and again where nobody looks at it. */
export class Shown {
  readonly #watch: WatchShown;
  #end = $state.raw<(() => void) | null>(null);

  constructor(watch: WatchShown = watchShown) {
    this.#watch = watch;
  }

  get now(): boolean {
    return this.#end !== null;
  }

  show(): void {
    this.#end ??= this.#watch(() => this.hide());
  }

  hide(): void {
    this.#end?.();
    this.#end = null;
  }

  toggle(): void {
    if (this.now) this.hide();
    else this.show();
  }
}
