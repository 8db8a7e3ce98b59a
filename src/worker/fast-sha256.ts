/**
 * SHA-256 in WebAssembly: browsers run it several times faster than the portable one, and their own has no state that could be
 * copied.
 */
import { createSHA256, type IHasher } from 'hash-wasm';
import { portableSha256, type Sha256 } from '../clone/index.ts';

let compiled: Promise<() => Sha256> | undefined;

/** Compiled at the first call. Where a browser or a host's policy forbids WebAssembly, the portable one does. */
export const fastSha256 = (): Promise<() => Sha256> =>
  (compiled ??= createSHA256().then(
    (hasher) => {
      const empty = hasher.init().save();
      return () => new SavedState(hasher, empty);
    },
    () => portableSha256,
  ));

/**
 * One hasher works on all states in turn; each is put into it and taken out again. That takes as long as a kilobyte of hashing, so
 * it is done once for all that a state is given.
 */
class SavedState implements Sha256 {
  readonly #hasher: IHasher;
  #state: Uint8Array;
  #given: Uint8Array[] = [];

  constructor(hasher: IHasher, state: Uint8Array) {
    this.#hasher = hasher;
    this.#state = state;
  }

  update(bytes: Uint8Array): this {
    this.#given.push(bytes);
    return this;
  }

  copy(): SavedState {
    if (this.#given.length > 0) this.#state = this.#hashed().save();
    this.#given = [];
    return new SavedState(this.#hasher, this.#state);
  }

  digest(): Uint8Array {
    return this.#hashed().digest('binary');
  }

  #hashed(): IHasher {
    this.#hasher.load(this.#state);
    for (const bytes of this.#given) this.#hasher.update(bytes);
    return this.#hasher;
  }
}
