/** What browsers, workers and Node all have and `lib.es` leaves out; only as much of it as the pure rooms use. */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array): string;
}
declare class ReadableStream<Chunk> {
  constructor(source: {
    pull(controller: { enqueue(chunk: Chunk): void; close(): void }): void | Promise<void>;
  });
}
declare class WritableStream<Chunk> {
  constructor(sink: { write(chunk: Chunk): void | Promise<void> });
}
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
// for `systemClock` alone; a room takes a `Clock`
declare const performance: { now(): number };
declare function setTimeout(callback: () => void, ms: number): number;
declare function clearTimeout(timer: number): void;
