/**
 * A log as it comes, made into lines, and what the examples of the two SDKs say of themselves in it.
 *
 * Sources (formats, in our words): nRF5 SDK for Mesh, `log.c`: `<t: ticks>, file, line, text`; examples, `main.c`:
 * `Node Address: 0x…`, `Successfully provisioned`, `Node reset`. Zephyr, logging: `[hh:mm:ss.mmm,uuu] <inf> module: text`;
 * `subsys/bluetooth/mesh/main.c`: `Primary Element: 0x…`.
 */

export interface LogLine {
  /** When it was read, in milliseconds of whoever reads. */
  readonly atMs: number;
  /** What the firmware says of the time: RTC ticks of an nRF5 SDK for Mesh, seconds of Zephyr; empty where it says none. */
  readonly time: string;
  /** File or module; empty where it says none. */
  readonly source: string;
  readonly text: string;
}

/** What a line says of the node. */
export type LogWord =
  | { readonly kind: 'address'; readonly unicast: number }
  | { readonly kind: 'provisioned' }
  | { readonly kind: 'reset' };

/** Longer ones are cut: no firmware means them. */
const LONGEST = 1024;

export class LogLines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** @returns the lines that are whole by now */
  add(bytes: Uint8Array, atMs: number): LogLine[] {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    const lines = this.#rest.split(/\r?\n/);
    this.#rest = lines.pop()!;
    if (this.#rest.length > LONGEST) {
      lines.push(this.#rest);
      this.#rest = '';
    }
    return lines.filter((line) => line !== '').map((line) => parseLogLine(line, atMs));
  }

  /** What came without an end. */
  flush(atMs: number): LogLine[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [parseLogLine(rest, atMs)];
  }
}

// eslint-disable-next-line no-control-regex -- colours and moves of a terminal's cursor, which Zephyr's logging and its shell send
const TERMINAL = /\u001b\[[\d;?]{0,12}[A-Za-z]/g;
const MESH_SDK = /^<t: {0,10}(\d{1,10})>, ([^,]{1,64}), {0,4}(\d{1,5}), (.*)$/;
/** Where the shell runs, its prompt may stand before: `uart:~$ `. */
const ZEPHYR = /^(?:\w{1,16}:~\$ )?\[([\d:.,]{8,20})\] <(?:inf|wrn|err|dbg)> ([\w.]{1,64}): (.*)$/;

export function parseLogLine(raw: string, atMs: number): LogLine {
  const line = raw.slice(0, LONGEST).replace(TERMINAL, '');
  const sdk = MESH_SDK.exec(line);
  if (sdk) return { atMs, time: sdk[1]!, source: `${sdk[2]}:${sdk[3]}`, text: sdk[4]!.trimEnd() };
  const zephyr = ZEPHYR.exec(line);
  if (zephyr) return { atMs, time: zephyr[1]!, source: zephyr[2]!, text: zephyr[3]!.trimEnd() };
  return { atMs, time: '', source: '', text: line.trimEnd() };
}

export function wordOf({ text }: LogLine): LogWord | undefined {
  const address = /\b(?:Node Address|Primary Element): 0x([\da-f]{4})\b/i.exec(text);
  if (address) return { kind: 'address', unicast: Number.parseInt(address[1]!, 16) };
  if (/\bSuccessfully provisioned\b/.test(text)) return { kind: 'provisioned' };
  if (/\bNode reset\b/.test(text)) return { kind: 'reset' };
  return undefined;
}
