/**
 * A zip written entry by entry to wherever bytes go. The container is zip.js's work; entries arrive already deflated, so
 * that what clones share is compressed once.
 */
import { ZipWriter, type WritableWriter } from '@zip.js/zip.js/lib/zip-core-writer.js';
import { deflateRaw } from 'pako';
import { crc32 } from './crc32.ts';

/** Where the zip goes: a file, or parts of a Blob. Answers when it can take more. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void> | void;
}

/** One file of the zip, deflated (raw, RFC 1951). */
export interface DeflatedFile {
  readonly pieces: readonly Uint8Array[];
  readonly uncompressedSize: number;
  readonly crc32: number;
}

/** A file that is not like any other, deflated whole. */
export const deflated = (bytes: Uint8Array): DeflatedFile => ({
  pieces: [deflateRaw(bytes)],
  uncompressedSize: bytes.length,
  crc32: crc32(bytes),
});

export class ZipStream {
  readonly #writer: ZipWriter<unknown>;
  readonly #date: Date;
  /** Bytes given to the sink so far. */
  size = 0;

  constructor(sink: ByteSink, date: Date) {
    this.#date = date;
    const writable = new WritableStream<Uint8Array>({
      write: async (bytes) => {
        this.size += bytes.length;
        await sink.write(bytes);
      },
    });
    this.#writer = new ZipWriter({ writable } as WritableWriter, { useWebWorkers: false });
  }

  async add(name: string, file: DeflatedFile): Promise<void> {
    const pieces = file.pieces.values();
    const readable = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const next = pieces.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
    });
    await this.#writer.add(
      name,
      { readable, size: file.pieces.reduce((sum, piece) => sum + piece.length, 0) },
      {
        passThrough: true,
        compressionMethod: 8,
        uncompressedSize: file.uncompressedSize,
        crc32: file.crc32,
        lastModDate: this.#date,
        dataDescriptor: false,
        extendedTimestamp: false,
      },
    );
  }

  async finish(): Promise<void> {
    await this.#writer.close();
  }
}
