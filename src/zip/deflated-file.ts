/** Files as a zip holds them: raw deflate (RFC 1951), with what its frame says about them. */
import { Deflate } from 'pako';
import { crc32 } from './crc32.ts';

export interface DeflatedFile {
  readonly pieces: readonly Uint8Array[];
  readonly uncompressedSize: number;
  readonly crc32: number;
}

/**
 * Deflate a file that is like no other, while it is made.
 *
 * @param pause  waited for before each chunk
 */
export async function deflated(
  chunks: Iterable<Uint8Array>,
  pause?: () => Promise<void>,
): Promise<DeflatedFile> {
  const pieces: Uint8Array[] = [];
  // Level 3 takes half the time of the usual 6, for 4 % more bytes.
  const deflate = new Deflate({ raw: true, level: 3 });
  deflate.onData = (piece) => pieces.push(piece.slice());
  let uncompressedSize = 0;
  let crc = 0;
  for (const chunk of chunks) {
    await pause?.();
    deflate.push(chunk, false);
    crc = crc32(chunk, crc);
    uncompressedSize += chunk.length;
  }
  deflate.push(new Uint8Array(), true);
  return { pieces, uncompressedSize, crc32: crc };
}

/** Characters in a chunk, more or less. */
const CHUNK = 1 << 18;

/** Text in UTF-8, in chunks. A character must not be cut by the end of a piece. */
export function* utf8Chunks(pieces: Iterable<string>): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    yield encoder.encode(text);
    text = '';
  }
  yield encoder.encode(text);
}
