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
interface CryptoKey {
  readonly type: string;
}
interface JsonWebKey {
  kty?: string;
  crv?: string;
  d?: string;
  x?: string;
  y?: string;
  ext?: boolean;
}
interface EcAlgorithm {
  readonly name: string;
  readonly namedCurve: string;
}
/** As an argument; `crypto` itself is a type error. */
interface SubtleCrypto {
  generateKey(
    algorithm: EcAlgorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<{ readonly privateKey: CryptoKey; readonly publicKey: CryptoKey }>;
  exportKey(format: 'jwk', key: CryptoKey): Promise<JsonWebKey>;
  importKey(
    format: 'jwk',
    key: JsonWebKey,
    algorithm: EcAlgorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>;
  importKey(
    format: 'raw',
    key: Uint8Array,
    algorithm: EcAlgorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>;
  deriveBits(
    algorithm: { readonly name: string; readonly public: CryptoKey },
    key: CryptoKey,
    length: number,
  ): Promise<ArrayBuffer>;
}
