/**
 * The deflated form of a `HexStencil`: shared pieces are compressed once, each ending on a byte boundary, and a clone's own
 * few records are stored between them. Source of the block format: RFC 1951, section 3.2.
 */
import { Deflate, Z_SYNC_FLUSH } from 'pako';
import { concatenate } from '../bytes.ts';
import { crc32, joinCrc32, shiftFor } from '../crc32.ts';
import type { HexStencil } from '../hex/index.ts';
import type { DeflatedFile } from '../zip/index.ts';

/** An empty stored block marked as the last: the end of a stream that stands on a byte boundary. */
const END_OF_STREAM = Uint8Array.of(0x01, 0x00, 0x00, 0xff, 0xff);

/** Deflate so that another stream may follow: no last block, and a flush to a byte boundary at the end. */
export type DeflateToBoundary = (bytes: Uint8Array) => Uint8Array;

interface SharedPiece {
  readonly deflated: Uint8Array;
  readonly crc32: number;
  readonly shift: number;
}

/** As much is deflated at a time: in a browser some tens of milliseconds. Begun anew more often, it would come out longer. */
const STRETCH = 1 << 19;

export class DeflateStencil {
  readonly #stencil: HexStencil;
  readonly #shared: readonly SharedPiece[];

  private constructor(stencil: HexStencil, shared: readonly SharedPiece[]) {
    this.#stencil = stencil;
    this.#shared = shared;
  }

  /** @param pause  waited for before each stretch of text, told how much of it is done: 0..1 */
  static async of(
    stencil: HexStencil,
    deflate: DeflateToBoundary = portableDeflate,
    pause?: (done: number) => Promise<void>,
  ): Promise<DeflateStencil> {
    const shared: SharedPiece[] = [];
    let done = 0;
    for (const piece of stencil.fixed) {
      const stretches: Uint8Array[] = [];
      for (let at = 0; at < piece.length; at += STRETCH) {
        await pause?.(done / stencil.length);
        const stretch = piece.subarray(at, at + STRETCH);
        stretches.push(deflate(stretch));
        done += stretch.length;
      }
      shared.push({
        deflated: concatenate(stretches),
        crc32: crc32(piece),
        shift: shiftFor(piece.length),
      });
    }
    return new DeflateStencil(stencil, shared);
  }

  /** The HEX text of a clone, whose holes are given, as a zip entry holds it. */
  file(stamped: readonly Uint8Array[]): DeflatedFile {
    const pieces: Uint8Array[] = [];
    let crc = 0;
    for (const [index, shared] of this.#shared.entries()) {
      pieces.push(shared.deflated);
      crc = joinCrc32(crc, shared.crc32, shared.shift);
      const own = stamped[index];
      if (!own) continue;
      for (let at = 0; at < own.length; at += 0xffff) {
        const block = own.subarray(at, at + 0xffff);
        pieces.push(storedHeader(block.length), block);
      }
      crc = crc32(own, crc);
    }
    pieces.push(END_OF_STREAM);
    return { pieces, uncompressedSize: this.#stencil.length, crc32: crc };
  }
}

/** Runs everywhere; a browser's own cannot be told to leave its stream open. */
function portableDeflate(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [];
  const deflate = new Deflate({ raw: true, chunkSize: 0x10000 });
  deflate.onData = (chunk) => chunks.push(chunk.slice());
  deflate.push(bytes, Z_SYNC_FLUSH);
  return concatenate(chunks);
}

/** What stands before a stored block of at most 65,535 bytes, which is not the last. */
const storedHeader = (length: number): Uint8Array =>
  Uint8Array.of(0x00, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff);
