/** What classes of the page tell each other without knowing each other. */

/** @template Told  by name: what is told with it */
export class Events<Told extends object> {
  readonly #listeners = new Map<keyof Told, ((about: never) => unknown)[]>();

  on<Name extends keyof Told>(name: Name, listener: (about: Told[Name]) => unknown): void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
  }

  /** Tell it to all who listen, in the order they came. Resolves once they are done; what one of them throws is thrown here. */
  async emit<Name extends keyof Told>(name: Name, about: Told[Name]): Promise<void> {
    for (const listener of this.#listeners.get(name) ?? []) await listener(about as never);
  }
}

/** What happens on this page and concerns more than one of its classes. */
export interface PageEvents {
  /** A zip or a database left the page, and the device keys of all planned clones with it. */
  readonly keysSaved: null;
  /** Addresses of the plan are on boards as other clones. */
  readonly planOutdated: null;
  /** What this browser keeps opens again: a passphrase was given, or what did not open was forgotten. */
  readonly keptOpened: null;
  /** A run of the bench is over: its clones are what other plans must go round. */
  readonly runOver: null;
}
