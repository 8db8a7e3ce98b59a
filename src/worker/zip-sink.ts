/** Where a zip goes from the worker: into a file that a person chose, or into a Blob for the page. */
import type { ByteSink } from '../zip/index.ts';

export interface ZipSink extends ByteSink {
  finish(): Promise<Blob | undefined>;
  discard(): Promise<void>;
}

/** A zip in parts, which the browser may keep on disk. */
class BlobSink implements ZipSink {
  readonly #parts: Blob[] = [];

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(new Blob([bytes]));
  }
  async finish(): Promise<Blob> {
    return new Blob(this.#parts, { type: 'application/zip' });
  }
  async discard(): Promise<void> {
    this.#parts.length = 0;
  }
}

async function fileSink(handle: FileSystemFileHandle): Promise<ZipSink> {
  const file = await handle.createWritable();
  return {
    write: (bytes) => file.write(bytes),
    finish: async () => {
      await file.close();
      return undefined;
    },
    discard: () => file.abort(),
  };
}

export const sinkFor = async (saveTo: FileSystemFileHandle | undefined): Promise<ZipSink> =>
  saveTo ? fileSink(saveTo) : new BlobSink();
