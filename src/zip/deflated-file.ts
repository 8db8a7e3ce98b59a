/** Files as a zip holds them: raw deflate (RFC 1951), with what its frame says about them. */
import { Deflate } from 'pako';
import { crc32 } from '../crc32.ts';

export interface DeflatedFile {
  readonly pieces: readonly Uint8Array[];
  readonly uncompressedSize: number;
  readonly crc32: number;
}

/** One raw deflate stream, chunk by chunk. */
export interface Deflater {
  push(chunk: Uint8Array): void | Promise<void>;
  /** All that came out, to the end of the stream. */
  finish(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
}

/** Level 3 takes half the time of the usual 6, for 4 % more bytes. */
export const FILE_LEVEL = 3;

/** Runs everywhere; what a platform has of its own takes a third to a tenth of the time. */
export function portableDeflater(): Deflater {
  const pieces: Uint8Array[] = [];
  const deflate = new Deflate({ raw: true, level: FILE_LEVEL });
  deflate.onData = (piece) => pieces.push(piece.slice());
  return {
    push: (chunk) => void deflate.push(chunk, false),
    finish: () => {
      deflate.push(new Uint8Array(), true);
      return pieces;
    },
  };
}

/**
 * Deflate a file that is like no other, while it is made.
 *
 * @param pause  waited for before each chunk
 */
export async function deflated(
  chunks: Iterable<Uint8Array>,
  deflater: () => Deflater = portableDeflater,
  pause?: () => Promise<void>,
): Promise<DeflatedFile> {
  const stream = deflater();
  let uncompressedSize = 0;
  let crc = 0;
  for (const chunk of chunks) {
    await pause?.();
    await stream.push(chunk);
    crc = crc32(chunk, crc);
    uncompressedSize += chunk.length;
  }
  return { pieces: await stream.finish(), uncompressedSize, crc32: crc };
}

/** Bytes in a chunk, but for the last. */
const CHUNK = 1 << 16;
/** As many bytes of UTF-8 as one character can have. */
const LONGEST_CHARACTER = 4;

/** Text in UTF-8, in chunks. A character must not be cut by the end of a piece. */
export function* utf8Chunks(pieces: Iterable<string>): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let chunk = new Uint8Array(CHUNK);
  let filled = 0;
  for (const piece of pieces) {
    for (let rest = piece; rest !== '';) {
      const { read, written } = encoder.encodeInto(rest, chunk.subarray(filled));
      rest = rest.slice(read);
      filled += written;
      if (CHUNK - filled >= LONGEST_CHARACTER) continue;
      yield chunk.subarray(0, filled);
      chunk = new Uint8Array(CHUNK);
      filled = 0;
    }
  }
  yield chunk.subarray(0, filled);
}
