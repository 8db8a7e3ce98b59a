import { systemClock } from '../../clock.ts';
import { reportOf, type ErrorReport } from '../../errors.ts';
import type { LogLine } from '../../log-lines.ts';
import { CONSOLE_SPEEDS, SerialConsole, type OpenablePort } from '../../serial/index.ts';
import { portClosed } from '../errors.ts';
import { currentDate } from '../browser/platform.ts';
import { saveBlob } from '../browser/save.ts';
import { counted } from '../text/words.ts';

/** Kept of a log; the oldest go first. */
const MOST_LINES = 5000;
/** So many unreadable characters in a row of lines, and another speed is proposed. */
const MANY_UNREADABLE = 40;

/** Lines as the page has them: with the time of day. */
export interface ConsoleLine extends LogLine {
  /** From 0, rising; a line keeps its number. */
  readonly number: number;
  /** `19:54:16.123` */
  readonly at: string;
}

export type ConsolePhase =
  | 'closed'
  | 'opening'
  | 'open'
  /** Its cable was pulled; it is opened again by itself when it is back. */
  | 'lost';

/** What the firmware of one kit logs on its serial port. */
export class ConsoleState {
  phase = $state<ConsolePhase>('closed');
  lines = $state.raw<readonly ConsoleLine[]>([]);
  /** Of lines that were let go, as there were too many. */
  dropped = $state(0);
  /** Bits a second; another one is taken the next time a port is opened. */
  baudRate = $state<number>(115_200);
  /** Shown are lines that have this in them. */
  filter = $state('');
  error = $state.raw<ErrorReport | null>(null);
  notice = $state('');
  /** The kit is virtual. */
  isVirtual = $state(false);

  readonly hasSerial = navigator.serial !== undefined && window.isSecureContext;
  readonly shown = $derived.by(() => {
    const wanted = this.filter.trim().toLowerCase();
    if (wanted === '') return this.lines;
    return this.lines.filter(({ text, source }) => `${source} ${text}`.toLowerCase().includes(wanted));
  });
  /** What comes is no text: the speed is another one. */
  readonly isGarbled = $derived.by(() => {
    const last = this.lines
      .slice(-8)
      .map(({ text }) => text)
      .join('');
    return (last.match(/\ufffd/g)?.length ?? 0) >= MANY_UNREADABLE;
  });

  #port: OpenablePort | null = null;
  #console: SerialConsole | null = null;
  #number = 0;

  constructor() {
    const serial = navigator.serial as unknown as EventTarget | undefined;
    serial?.addEventListener('connect', ({ target }) => {
      if (this.phase === 'lost' && (target === this.#port || target === serial)) void this.reopen();
    });
  }

  /** Let a person choose a port. */
  async choose(): Promise<void> {
    if (!navigator.serial) return this.#fail(portClosed());
    try {
      const port = await navigator.serial.requestPort({ filters: [] });
      this.isVirtual = false;
      await this.#open(port);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError')
        this.notice = 'No port was chosen.';
      else this.#fail(portClosed(error));
    }
  }

  async useVirtual(): Promise<void> {
    const { VirtualConsole } = await import('../../virtual/index.ts');
    this.isVirtual = true;
    await this.#open(new VirtualConsole(systemClock) as unknown as OpenablePort);
  }

  /** The same port once more, after its cable or at another speed. */
  async reopen(): Promise<void> {
    const port = this.#port;
    if (!port) return;
    await this.#console?.close();
    await this.#open(port);
  }

  async close(): Promise<void> {
    await this.#console?.close();
    this.#console = null;
    this.phase = 'closed';
  }

  async setSpeed(baudRate: number): Promise<void> {
    this.baudRate = baudRate;
    if (this.phase === 'open') await this.reopen();
  }

  async send(text: string): Promise<void> {
    await this.#console?.send(text);
  }

  clear() {
    this.lines = [];
    this.dropped = 0;
  }

  /** All lines, whatever is filtered, as a text file. */
  async save(): Promise<void> {
    const text = this.lines
      .map(({ at, time, source, text }) => [at, time, source, text].filter((part) => part !== '').join('  '))
      .join('\n');
    const name = `console-${currentDate().toISOString().slice(0, 19).replaceAll(':', '-')}.txt`;
    try {
      const saved = await saveBlob(name, new Blob([`${text}\n`]), TEXT_FILE);
      this.notice = saved ? `${name} is saved.` : 'No place was chosen. Nothing was saved.';
    } catch (error) {
      this.#fail(error);
    }
  }

  async #open(port: OpenablePort): Promise<void> {
    this.error = null;
    this.notice = '';
    this.#port = port;
    this.phase = 'opening';
    try {
      this.#console = await SerialConsole.open(port, {
        baudRate: this.baudRate,
        now: () => currentDate().getTime(),
        onLines: (lines) => this.#add(lines),
        onFault: (what) => (this.notice = `A fault on the line (${what}); something may be missing.`),
        onEnd: (error) => {
          this.#console = null;
          this.phase = 'lost';
          this.error = reportOf(error);
        },
      });
      this.phase = 'open';
    } catch (error) {
      this.phase = 'closed';
      this.#fail(error);
    }
  }

  #add(lines: readonly LogLine[]) {
    const fresh = lines.map((line): ConsoleLine => ({
      ...line,
      number: this.#number++,
      at: new Date(line.atMs).toTimeString().slice(0, 8) + `.${String(line.atMs % 1000).padStart(3, '0')}`,
    }));
    const all = [...this.lines, ...fresh];
    const over = Math.max(0, all.length - MOST_LINES);
    if (over > 0 && this.dropped === 0)
      this.notice = `Only the last ${counted(MOST_LINES, 'line')} are kept; save the log to have them.`;
    this.dropped += over;
    this.lines = over > 0 ? all.slice(over) : all;
  }

  #fail(error: unknown) {
    this.error = reportOf(error);
  }
}

export { CONSOLE_SPEEDS };

const TEXT_FILE: FilePickerAcceptType = { description: 'Log', accept: { 'text/plain': ['.txt'] } };
