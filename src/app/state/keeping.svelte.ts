import { reportOf, type ErrorReport } from '../../errors.ts';
import type { Protection, Unreadable } from '../browser/vault/vault.ts';
import type { Place } from '../browser/vault/places.ts';
import { keptInUse } from '../errors.ts';

/** What the browser keeps, as far as its protection goes. */
export interface KeptThings {
  /** Each rejects where the browser keeps nothing. */
  protection(): Promise<Protection>;
  isLocked(): Promise<boolean>;
  unlock(passphrase: string): Promise<void>;
  unreadable(): Promise<readonly Unreadable[]>;
  /** @param passphrase  `null` for a key of this device */
  protect(passphrase: string | null): Promise<void>;
  forget(place: Place): Promise<void>;
  /** @returns what lets go of them again; `undefined` when a bench or a radio is on, here or in another tab */
  takeAll(): Promise<(() => void) | undefined>;
  /** Told when something is needed that lies behind a passphrase. */
  onLocked(listener: () => void): void;
}

/** How what this browser keeps is protected, whether it opens, and what a person does about that. */
export class KeepingState {
  protection = $state<Protection>('none');
  /** It lies behind a passphrase that this tab was not given. Nothing is kept meanwhile, and nothing that is kept is shown. */
  locked = $state(false);
  /** The passphrase is asked for. */
  asking = $state(false);
  /** What does not open, and why. */
  unreadable = $state.raw<readonly Unreadable[]>([]);
  busy = $state(false);
  /** Of the last attempt. */
  error = $state.raw<ErrorReport | null>(null);
  notice = $state('');

  readonly #kept: KeptThings;
  readonly #onOpened: () => Promise<unknown>;
  /** A person wants to go on without; they are not asked again before they say so. */
  #goesWithout = false;

  /** @param onOpened  what to do once things that were locked are not so any more */
  constructor(kept: KeptThings, onOpened: () => Promise<unknown>) {
    this.#kept = kept;
    this.#onOpened = onOpened;
    kept.onLocked(() => {
      this.locked = true;
      this.protection = 'passphrase';
      this.asking ||= !this.#goesWithout;
    });
  }

  /** Look for how things are. A browser that keeps nothing is no failure. */
  async look(): Promise<void> {
    try {
      this.protection = await this.#kept.protection();
      this.locked = await this.#kept.isLocked();
      this.unreadable = this.locked ? [] : await this.#kept.unreadable();
    } catch {
      this.unreadable = [];
    }
    if (this.locked && !this.#goesWithout) this.asking = true;
  }

  /** A person wants to be asked for the passphrase. */
  ask(): void {
    this.error = null;
    this.asking = true;
  }

  async unlock(passphrase: string): Promise<void> {
    await this.#attempt(async () => {
      await this.#kept.unlock(passphrase);
      this.#goesWithout = this.asking = false;
      await this.look();
      await this.#onOpened();
    });
  }

  goWithout(): void {
    this.error = null;
    this.#goesWithout = true;
    this.asking = false;
  }

  /**
   * All that is kept goes under another key.
   *
   * @param passphrase  `null` for a key of this device
   * @returns           whether it does
   */
  async protect(passphrase: string | null): Promise<boolean> {
    return this.#attempt(async () => {
      const release = await this.#kept.takeAll();
      if (!release) throw keptInUse();
      try {
        await this.#kept.protect(passphrase);
      } finally {
        release();
      }
      this.notice = passphrase === null ? 'Under a key of this device now.' : 'Under your passphrase now.';
      await this.look();
    });
  }

  /** Something that does not open goes, on a person's word. */
  async forget({ place }: Unreadable): Promise<void> {
    await this.#attempt(() => this.#kept.forget(place));
    await this.look();
    await this.#onOpened();
  }

  /** @returns whether it was done; what stands in the way is told */
  async #attempt(work: () => Promise<unknown>): Promise<boolean> {
    this.error = null;
    this.notice = '';
    this.busy = true;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = reportOf(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
