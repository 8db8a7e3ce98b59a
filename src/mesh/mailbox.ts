/**
 * What came in and nobody has taken yet, in its order. One takes at a time.
 *
 * After `fail` all that came before can still be taken; then each taking throws.
 */
export class Mailbox<T> {
  readonly #items: T[] = [];
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};
  #arrival: Promise<void> | undefined;

  /** Items that wait. */
  get size(): number {
    return this.#items.length;
  }

  put(item: T): void {
    if (this.#failure) return;
    this.#items.push(item);
    this.#wake();
  }

  /** Nothing will come any more. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Resolves once there is something to take, which stays; throws when nothing will come any more. */
  async arrival(): Promise<void> {
    if (this.#items.length > 0) return;
    if (this.#failure) throw this.#failure.error;
    this.#arrival ??= new Promise<void>((resolve) => (this.#wake = resolve)).then(() => {
      this.#arrival = undefined;
    });
    await this.#arrival;
    return this.arrival();
  }

  /** The next item. To wait for only so long, wait for its arrival: a taking that nobody waits for any more takes all the same. */
  async take(): Promise<T> {
    while (this.#items.length === 0) await this.arrival();
    return this.#items.shift()!;
  }
}
