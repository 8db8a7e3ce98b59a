/** Transcripts of the real PyACI classes, and a port that plays a transcript's device and holds the host to its lines. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { concatenate, fromHex, toHex } from '../../src/bytes.ts';
import type { BytePort } from '../../src/serial/index.ts';

export interface TranscriptFrame {
  readonly dir: 'host->device' | 'device->host';
  readonly hex: string;
  readonly name: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}
export interface TranscriptStep {
  readonly call: string;
  readonly note?: string;
  readonly verdict?: string;
  readonly unicast?: number;
  readonly deviceKey?: string;
  readonly frames: readonly TranscriptFrame[];
}
export interface Transcript {
  readonly format: string;
  readonly title: string;
  readonly release: string;
  readonly inputs: {
    readonly netKey: string;
    readonly appKeys: readonly string[];
    readonly ivIndex: number;
    readonly hostPrivateKey: string;
    readonly hostPublicX: string;
    readonly hostPublicY: string;
    readonly ownUnicast: number;
  };
  readonly nodeUuid?: string;
  readonly nodePublicKey?: string;
  readonly staticOob?: string;
  readonly ecdhSecret?: string;
  readonly derivation?: Readonly<Record<string, string>>;
  readonly databaseBefore?: object;
  readonly databaseAfterProvision?: object;
  readonly databaseAfter?: object;
  readonly steps: readonly TranscriptStep[];
}

const here = join(import.meta.dirname, '../fixtures/serial-aci');
/** The folder the transcripts are read from; another one where `SERIAL_TRANSCRIPTS` names it. */
export const folder = process.env['SERIAL_TRANSCRIPTS'] ?? here;

export function readJson(path: string): unknown {
  const bytes = readFileSync(path);
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
}

export const files = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => /\.json(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(folder, name));

/** Every transcript of the folder, by its name. */
export const transcripts = (): readonly (readonly [string, Transcript])[] =>
  files()
    .map((path) => [basename(path).replace(/\.json(\.gz)?$/, ''), readJson(path) as Transcript] as const)
    .filter(([, { format }]) => format === 'meshpress-serial-aci-1');

export const bytesOf = (digits: string): Uint8Array => fromHex(digits)!;
export const isFromHost = ({ dir }: TranscriptFrame): boolean => dir === 'host->device';

/**
 * Orders in which a device may send the same frames: as recorded; the answer ahead of the acknowledgement; an event of another node
 * ahead of every response.
 */
export type Order = 'as recorded' | 'answer first' | 'event first';

/** An event that concerns nobody: key refresh phase 0 of network key 0. */
const EVENT = '04d4000000';

export function inOrder(frames: readonly TranscriptFrame[], order: Order): readonly TranscriptFrame[] {
  if (order === 'as recorded') return frames;
  if (order === 'event first')
    return frames.flatMap((frame) =>
      !isFromHost(frame) && frame.name === 'CmdRsp'
        ? [{ dir: 'device->host', hex: EVENT, name: 'MeshKeyRefreshNotification' } as const, frame]
        : [frame],
    );
  const swapped = [...frames];
  for (let i = 0; i + 1 < swapped.length; i++)
    if (swapped[i]!.name === 'MeshTxComplete' && swapped[i + 1]!.name === 'MeshMessageReceivedUnicast')
      [swapped[i], swapped[i + 1]] = [swapped[i + 1]!, swapped[i]!];
  return swapped;
}

/** Plays the device of a transcript; `differences` lists where the host said something else. */
export class TranscriptPort implements BytePort {
  readonly #frames: readonly TranscriptFrame[];
  #at = 0;
  #written: Uint8Array = new Uint8Array();
  readonly #chunks: Uint8Array[] = [];
  #waiting: ((result: { done: boolean; value?: Uint8Array }) => void) | undefined;
  compared = 0;
  longestWrite = 0;
  readonly differences: string[] = [];

  constructor(frames: readonly TranscriptFrame[]) {
    this.#frames = frames;
    this.#deliver();
  }

  /** Frames that the host did not get to. */
  get left(): readonly TranscriptFrame[] {
    return this.#frames.slice(this.#at);
  }

  readonly readable = {
    getReader: () => ({
      read: () => {
        const value = this.#chunks.shift();
        if (value) return Promise.resolve({ done: false, value });
        return new Promise<{ done: boolean; value?: Uint8Array }>((resolve) => (this.#waiting = resolve));
      },
      cancel: async () => this.#waiting?.({ done: true }),
      releaseLock: () => {},
    }),
  };
  readonly writable = {
    getWriter: () => ({
      write: async (bytes: Uint8Array) => this.#write(bytes),
      close: async () => {},
      releaseLock: () => {},
    }),
  };
  async close(): Promise<void> {}

  #write(bytes: Uint8Array): void {
    this.longestWrite = Math.max(this.longestWrite, bytes.length);
    this.#written = concatenate([this.#written, bytes]);
    const length = this.#written[0]!;
    if (this.#written.length < length + 1) return;
    const frame = toHex(this.#written.slice(0, length + 1));
    this.#written = this.#written.slice(length + 1);
    const expected = this.#frames[this.#at];
    if (expected?.hex !== frame)
      this.differences.push(`expected ${expected?.hex ?? 'nothing'}, got ${frame}`);
    else {
      this.compared++;
      this.#at++;
    }
    this.#deliver();
  }

  /** Everything up to the next frame of the host. */
  #deliver(): void {
    while (this.#at < this.#frames.length && !isFromHost(this.#frames[this.#at]!)) {
      const value = bytesOf(this.#frames[this.#at++]!.hex);
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting) waiting({ done: false, value });
      else this.#chunks.push(value);
    }
  }
}
