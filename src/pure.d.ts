/** What browsers, workers and Node all have and `lib.es` leaves out; only as much of it as the pure rooms use. */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number };
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string;
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
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare const performance: { now(): number };
declare function setTimeout(callback: () => void, ms?: number): number;
declare function clearTimeout(timer: number | undefined): void;

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
/** As much of it as the key agreement of provisioning takes. */
interface SubtleCrypto {
  generateKey(
    algorithm: { name: string; namedCurve: string },
    extractable: boolean,
    usages: readonly 'deriveBits'[],
  ): Promise<{ readonly privateKey: CryptoKey; readonly publicKey: CryptoKey }>;
  exportKey(format: 'jwk', key: CryptoKey): Promise<JsonWebKey>;
  importKey(
    format: 'jwk',
    data: JsonWebKey,
    algorithm: { name: string; namedCurve: string },
    extractable: boolean,
    usages: readonly 'deriveBits'[],
  ): Promise<CryptoKey>;
  importKey(
    format: 'raw',
    data: Uint8Array,
    algorithm: { name: string; namedCurve: string },
    extractable: boolean,
    usages: readonly 'deriveBits'[],
  ): Promise<CryptoKey>;
  deriveBits(
    algorithm: { name: string; public: CryptoKey },
    key: CryptoKey,
    bits: number,
  ): Promise<ArrayBuffer>;
}
