import type { Clock } from '../../clock.ts';

export const CLEARED_AFTER_MS = 60_000;
/** As many hex digits in a row, blanks between bytes or not: half a key or more. */
const KEY_LIKE = /(?:[0-9a-f]{2}\s?){8}/i;

export const mayBeKey = (text: string): boolean => KEY_LIKE.test(text);

export interface ClipboardAround {
  readonly clock: Pick<Clock, 'after'>;
  /** Rejects where the browser forbids it, as while another window has the focus. */
  readonly write: (text: string) => Promise<void>;
  readonly read: () => Promise<string>;
  /** Whether it may be read without a question to the person. */
  readonly mayRead: () => Promise<boolean>;
  readonly hasFocus: () => boolean;
  readonly window: EventTarget;
}

/**
 * A key that was copied while keys were shown leaves the clipboard again, a minute later, or as soon as this window has the focus then: no
 * page may touch the clipboard before.
 *
 * Only what we know to be that key is taken away. Where the browser lets the page read, it looks. Where not, it knows as long as the
 * window kept the focus; a person who was elsewhere may have copied something else there, so then they are asked.
 */
export class CopiedKeys {
  /** The key may be in the clipboard still, and only the person knows. */
  mayLie = $state(false);

  readonly #around: ClipboardAround;
  #copied: { readonly text: string; wasElsewhere: boolean; readonly forget: () => void } | null = null;

  constructor(around: ClipboardAround) {
    this.#around = around;
  }

  /** Something was copied in this page, while keys are shown or not. */
  copied(text: string, keysAreShown: boolean): void {
    this.#copied?.forget();
    this.#copied = null;
    this.mayLie = false;
    if (keysAreShown && mayBeKey(text)) this.#watch(text);
  }

  #watch(text: string): void {
    const { clock, window } = this.#around;
    const ending = new AbortController();
    const stopTimer = clock.after(CLEARED_AFTER_MS, () => {
      const now = () => void this.#clear();
      if (this.#around.hasFocus()) now();
      else window.addEventListener('focus', now, { once: true, signal: ending.signal });
    });
    const copied = {
      text,
      wasElsewhere: false,
      forget: () => {
        stopTimer();
        ending.abort();
      },
    };
    window.addEventListener('blur', () => (copied.wasElsewhere = true), { signal: ending.signal });
    this.#copied = copied;
  }

  async #clear(): Promise<void> {
    const copied = this.#copied;
    if (!copied) return;
    this.#copied = null;
    copied.forget();
    const lies = (await this.#lies(copied.text)) ?? (copied.wasElsewhere ? null : true);
    if (lies === false) return;
    if (lies === null) this.mayLie = true;
    else await this.empty();
  }

  /** @returns `null` where the browser does not say */
  async #lies(text: string): Promise<boolean | null> {
    try {
      if (!(await this.#around.mayRead())) return null;
      return plain(await this.#around.read()) === plain(text);
    } catch {
      return null;
    }
  }

  /** A person wants it empty, or it holds the key. */
  async empty(): Promise<void> {
    this.mayLie = await this.#around.write('').then(
      () => false,
      () => true,
    );
  }

  /** A person knows that it holds something else. */
  leave(): void {
    this.mayLie = false;
  }
}

/** Systems write line ends in their own ways. */
const plain = (text: string) => text.replaceAll('\r\n', '\n').trim();
