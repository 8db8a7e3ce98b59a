import type { Clock } from '../../clock.ts';

export const CLEARED_AFTER_MS = 60_000;

/** What is to leave the clipboard again, as a person calls it. */
export type SecretName = 'key' | 'password' | 'passphrase' | 'OOB value';

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
 * What is copied in this page. A secret leaves the clipboard again, a minute later, or as soon as this window has the focus then: no page
 * may touch the clipboard before.
 *
 * Only what we know to be that secret is taken away. Where the browser lets the page read, it looks. Where not, it knows as long as the
 * window kept the focus; a person who was elsewhere may have copied something else there, so then they are asked.
 */
export class Copied {
  /** The secret that may be in the clipboard still, as only the person knows. */
  mayLie = $state<SecretName | null>(null);

  readonly #around: ClipboardAround;
  #secret: {
    readonly text: string;
    readonly name: SecretName;
    wasElsewhere: boolean;
    readonly forget: () => void;
  } | null = null;

  constructor(around: ClipboardAround) {
    this.#around = around;
  }

  /** By a button. @returns whether that worked: a browser may refuse */
  async copy(text: string, name: SecretName | null = null): Promise<boolean> {
    try {
      await this.#around.write(text);
    } catch {
      return false;
    }
    this.note(text, name);
    return true;
  }

  /**
   * Something was copied in this page, by whatever way.
   *
   * @param text  nothing where nothing was selected: the clipboard is then as before
   * @param name  of the secret that it is or holds
   */
  note(text: string, name: SecretName | null): void {
    if (text === '') return;
    this.#secret?.forget();
    this.#secret = null;
    this.mayLie = null;
    if (name) this.#watch(text, name);
  }

  #watch(text: string, name: SecretName): void {
    const { clock, window } = this.#around;
    const ending = new AbortController();
    const stopTimer = clock.after(CLEARED_AFTER_MS, () => {
      const now = () => void this.#clear();
      if (this.#around.hasFocus()) now();
      else window.addEventListener('focus', now, { once: true, signal: ending.signal });
    });
    const secret = {
      text,
      name,
      wasElsewhere: false,
      forget: () => {
        stopTimer();
        ending.abort();
      },
    };
    window.addEventListener('blur', () => (secret.wasElsewhere = true), { signal: ending.signal });
    this.#secret = secret;
  }

  async #clear(): Promise<void> {
    const secret = this.#secret;
    if (!secret) return;
    this.#secret = null;
    secret.forget();
    const lies = (await this.#lies(secret.text)) ?? (secret.wasElsewhere ? null : true);
    if (lies === false) return;
    if (lies === null || !(await this.#emptied())) this.mayLie = secret.name;
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

  /** A person wants it empty. */
  async empty(): Promise<void> {
    if (await this.#emptied()) this.mayLie = null;
  }

  #emptied(): Promise<boolean> {
    return this.#around.write('').then(
      () => true,
      () => false,
    );
  }

  /** A person knows that it holds something else. */
  leave(): void {
    this.mayLie = null;
  }
}

/** Systems write line ends in their own ways. */
const plain = (text: string) => text.replaceAll('\r\n', '\n').trim();
