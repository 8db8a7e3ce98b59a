/** What the command line says beside its results: on stderr, by level, and never a key. */
import type { Finding } from '../errors.ts';
import { visibleValue } from '../visible.ts';
import type { Terminal } from './terminal.ts';

/** 1 errors, 2 warnings too, 3 what is done as well, 4 everything. */
export type LogLevel = 1 | 2 | 3 | 4;

/** Work shorter than this goes by without a word. */
const QUIET_MS = 1000;

export class Log {
  readonly #level: LogLevel;
  readonly #stderr: Terminal;
  readonly #started = Date.now();
  #lastProgress = 0;
  #progressShown = false;

  constructor(level: LogLevel, stderr: Terminal) {
    this.#level = level;
    this.#stderr = stderr;
  }

  warn(text: string): void {
    this.#say(2, text);
  }
  info(text: string): void {
    this.#say(3, text);
  }
  debug(text: string): void {
    this.#say(4, text);
  }

  finding({ severity, code, message, hint }: Finding): void {
    const text = visibleValue(`${message}${hint ? ` ${hint}` : ''}`);
    if (severity === 'info') this.debug(text);
    else this.warn(`Warning [${code}]: ${text}`);
  }

  /** How far a long piece of work is; shown from its second second on, and then once a second (on a terminal: in place). */
  progress(stage: string, done: number, total: number): void {
    const now = Date.now();
    if (this.#level < 2 || now - this.#started < QUIET_MS) return;
    if (done < total && now - this.#lastProgress < (this.#stderr.isTTY ? 100 : QUIET_MS)) return;
    this.#lastProgress = now;
    const text = `${stage} ${done} of ${total} (${Math.floor((100 * done) / total)} %)`;
    if (!this.#stderr.isTTY) {
      this.#stderr.write(`${text}\n`);
      return;
    }
    this.#stderr.redraw(text);
    this.#progressShown = done < total;
    if (done >= total) this.#stderr.write('\n');
  }

  #say(level: LogLevel, text: string): void {
    if (level > this.#level) return;
    if (this.#progressShown) this.#stderr.write('\n');
    this.#progressShown = false;
    this.#stderr.write(`${text}\n`);
  }
}
