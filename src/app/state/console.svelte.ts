import { systemClock } from '../../clock.ts';
import { reportOf, type ErrorReport } from '../../errors.ts';
import type { LogLine } from '../../log-lines.ts';
import { SerialConsole, type OpenablePort } from '../../serial/index.ts';
import type { VirtualLoggingKit, VirtualSerialPort } from '../../virtual/index.ts';
import { currentDate } from '../browser/platform.ts';
import { choosePort, hasSerial, watchForReturn, type WebSerialPort } from '../browser/web-serial.ts';
import { counted, thousands } from '../text/words.ts';
import type { Parts } from './parts.ts';

/** Kept of a log; the oldest go first. */
const MOST_LINES = 5000;
/** So many unreadable characters in the last lines, and another speed is proposed. */
const MANY_UNREADABLE = 40;
/** Lines that came within this time are shown together. */
const SHOW_EVERY_MS = 60;

export type ConsolePhase =
  | 'closed'
  | 'opening'
  | 'open'
  /** Its cable was pulled; it is opened again by itself when it is back. */
  | 'lost';

/** What the firmware of one kit logs on its serial port. Loaded when it is asked for. */
export class ConsoleState {
  phase = $state<ConsolePhase>('closed');
  /** Their time is that of the day, in milliseconds since 1970. */
  lines = $state.raw<readonly LogLine[]>([]);
  /** Bits a second. */
  baudRate = $state<number>(115_200);
  error = $state.raw<ErrorReport | null>(null);
  notice = $state('');
  /** There while the kit is virtual. */
  desk = $state.raw<{ readonly kit: VirtualLoggingKit; readonly port: VirtualSerialPort } | null>(null);

  readonly hasSerial = hasSerial();
  /** What comes is no text: the speed is another one. */
  readonly isGarbled = $derived.by(() => {
    const last = this.lines
      .slice(-8)
      .map(({ text }) => text)
      .join('');
    return this.phase === 'open' && (last.match(/\ufffd/g)?.length ?? 0) >= MANY_UNREADABLE;
  });

  readonly #host: Pick<Parts, 'announcements'>;
  #port: OpenablePort | null = null;
  #console: SerialConsole | null = null;
  #fresh: LogLine[] = [];
  #dropped = 0;
  #stopWatching = () => {};

  constructor(host: Pick<Parts, 'announcements'>) {
    this.#host = host;
  }

  /** Let a person choose a port. */
  async choose(): Promise<void> {
    try {
      const port = await choosePort();
      if (!port) {
        this.notice = 'No port was chosen.';
        return;
      }
      this.desk = null;
      await this.#openReal(port);
    } catch (error) {
      this.#fail(error);
    }
  }

  async useVirtual(): Promise<void> {
    this.#stopWatching();
    const { VirtualLoggingKit, VirtualSerialPort } = await import('../../virtual/index.ts');
    const kit = new VirtualLoggingKit(systemClock);
    this.desk = { kit, port: new VirtualSerialPort(kit) };
    await this.#open(this.desk.port as unknown as OpenablePort);
    kit.restart();
  }

  /** The hands at a virtual kit. */
  pullVirtual = () => this.desk?.port.unplug();
  async plugInVirtual(): Promise<void> {
    this.desk?.port.plugIn();
    await this.reopen();
  }

  /** The same port once more, after its cable or at another speed. */
  async reopen(): Promise<void> {
    const port = this.#port;
    if (!port) return;
    await this.#console?.close();
    await this.#open(port);
  }

  async close(): Promise<void> {
    this.#stopWatching();
    await this.#console?.close();
    this.#console = null;
    this.#port = this.desk = this.error = null;
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
    this.#dropped = 0;
    this.notice = '';
  }

  async #openReal(port: WebSerialPort): Promise<void> {
    this.#stopWatching();
    this.#stopWatching = await watchForReturn(port, (back) => {
      if (this.phase !== 'lost') return;
      if (back) void this.#openReal(back);
      else this.notice = 'A port like it is back. There are several alike: choose which one.';
    });
    await this.#open(port);
  }

  async #open(port: OpenablePort): Promise<void> {
    const wasLost = this.phase === 'lost';
    this.error = null;
    this.notice = '';
    this.#port = port;
    this.phase = 'opening';
    try {
      this.#console = await SerialConsole.open(port, {
        baudRate: this.baudRate,
        clock: systemClock,
        now: () => currentDate().getTime(),
        onLines: (lines) => this.#take(lines),
        onFault: (what) => this.#note(`a fault on the line, ${what}: something may be missing here`),
        onEnd: (error) => {
          this.#console = null;
          this.phase = 'lost';
          this.error = reportOf(error);
          this.#host.announcements.alarm = error.message;
          this.#note('the port was lost');
        },
      });
      this.phase = 'open';
      if (wasLost) this.#note('the port is back');
      this.#host.announcements.said = `The port is open at ${thousands(this.baudRate)} bits a second.`;
    } catch (error) {
      this.phase = wasLost ? 'lost' : 'closed';
      this.#fail(error);
    }
  }

  /** What is not of the firmware stands among its lines, where it happened. */
  #note(text: string) {
    this.#take([{ atMs: currentDate().getTime(), time: '', source: '', text: `[${text}]` }]);
  }

  #take(lines: readonly LogLine[]) {
    if (this.#fresh.length === 0) setTimeout(() => this.#show(), SHOW_EVERY_MS);
    this.#fresh.push(...lines);
  }

  #show() {
    const all = [...this.lines, ...this.#fresh];
    this.#fresh = [];
    const over = Math.max(0, all.length - MOST_LINES);
    this.#dropped += over;
    this.lines = over > 0 ? all.slice(over) : all;
    if (over > 0)
      this.notice = `The last ${counted(MOST_LINES, 'line')} are kept; ${thousands(this.#dropped)} before them were let go.`;
  }

  #fail(error: unknown) {
    this.error = reportOf(error);
    this.#host.announcements.alarm = this.error.message;
  }
}
