import { Reader, TextWriter, Uint8ArrayReader, ZipReader } from '@zip.js/zip.js';
import fc from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { deflated, utf8Chunks, type DeflatedFile } from '../../src/zip/deflated-file.ts';
import { EntryEncryption } from '../../src/zip/encryption.ts';
import { ZipStream } from '../../src/zip/zip-stream.ts';
import { seededBytes } from '../support/projects.ts';

const PASSWORD = 'correct horse battery';
const local = new Date('2026-05-04T10:20:31Z');

type NamedFile = readonly [name: string, content: DeflatedFile];

async function zipOf(files: readonly NamedFile[]) {
  const blocks: Uint8Array[] = [];
  const zip = new ZipStream({ write: (bytes) => void blocks.push(bytes.slice()) }, local);
  for (const [name, content] of files) await zip.add(name, content);
  await zip.finish();
  const bytes = new Uint8Array(Buffer.concat(blocks));
  expect(bytes.length).toBe(zip.size);
  return bytes;
}
const textFile = async (name: string, content: string): Promise<NamedFile> => [
  name,
  await deflated(utf8Chunks([content])),
];

/** What zip.js finds in a zip. It holds checksums, and the directory against the local headers. */
async function entriesOf(reader: Reader<unknown>) {
  const zip = new ZipReader(reader, { useWebWorkers: false, checkSignature: true, password: PASSWORD });
  return { entries: await zip.getEntries(), close: () => zip.close() };
}

describe('a zip', () => {
  test('is read by two other programs as it was written', async () => {
    const path = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 30 })
      .filter((name) => !/[/\\\0]/.test(name));
    const folders = fc.uniqueArray(fc.tuple(path, fc.string({ maxLength: 300 })), {
      selector: ([name]) => name.normalize(),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(folders, async (files) => {
        const bytes = await zipOf(
          await Promise.all(files.map(([name, content]) => textFile(`clones/${name}`, content))),
        );
        const expected = files.map(([name, content]) => [`clones/${name}`, content]);
        expect(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content)])).toEqual(
          expected,
        );
        const { entries, close } = await entriesOf(new Uint8ArrayReader(bytes));
        const read = entries.map(async (entry) => [
          entry.filename,
          entry.directory ? '' : await entry.getData(new TextWriter()),
        ]);
        expect(await Promise.all(read)).toEqual(expected);
        await close();
      }),
      { numRuns: 40 },
    );
  });

  test('says of each file when it was made, and that everybody may read it', async () => {
    const { entries } = await entriesOf(
      new Uint8ArrayReader(await zipOf([await textFile('README.txt', 'Read this first')])),
    );
    const [entry] = entries;
    expect(entry).toMatchObject({
      filename: 'README.txt',
      filenameUTF8: true,
      zip64: false,
      unixMode: 0o100644,
    });
    const { lastModDate } = entry!;
    // zip.js reads the stamp as a time of the zone it runs in
    expect(new Date(lastModDate.getTime() - lastModDate.getTimezoneOffset() * 60_000)).toEqual(
      new Date('2026-05-04T10:20:30Z'),
    );
  });

  test('is the same every time', async () => {
    const make = async () => zipOf([await textFile('a', 'one'), await textFile('b', 'two')]);
    expect(await make()).toEqual(await make());
  });

  test('holds more files than 16 bits can count', async () => {
    const [, empty] = await textFile('', '');
    const bytes = await zipOf(Array.from({ length: 0x10001 }, (_, i) => [`${i}`, empty]));
    expect(Object.keys(unzipSync(bytes))).toHaveLength(0x10001);
    const { entries } = await entriesOf(new Uint8ArrayReader(bytes));
    expect(entries).toHaveLength(0x10001);
  });

  test.each([false, true])('goes on behind 4 GB (encrypted: %s)', async (encrypted) => {
    const sparse = new SparseZip();
    const zip = new ZipStream(
      sparse,
      local,
      encrypted ? new LastEncrypted(PASSWORD, seededBytes()) : undefined,
    );
    const pieces = Array<Uint8Array>(13).fill(new Uint8Array(1 << 26));
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await zip.add(name, { pieces, uncompressedSize: 1, crc32: 0 });
    await zip.add(...(await textFile('behind', 'found')));
    await zip.finish();
    const { entries } = await entriesOf(sparse.reader());
    expect(entries.map(({ filename, zip64 }) => [filename, zip64])).toEqual([
      ...['a', 'b', 'c', 'd', 'e'].map((name) => [name, false]),
      ['behind', true],
    ]);
    const behind = entries.at(-1)!;
    expect(behind.offset).toBeGreaterThan(2 ** 32);
    expect(behind.directory ? '' : await behind.getData(new TextWriter())).toBe('found');
  });
});

/** Leaves what is very long as it is: ciphertext of zeros is not zeros. */
class LastEncrypted extends EntryEncryption {
  override async encrypt(file: DeflatedFile): Promise<readonly Uint8Array[]> {
    return file.pieces.length > 10 ? file.pieces : super.encrypt(file);
  }
}

/** A long zip that is nearly all zeros, without the zeros. */
class SparseZip {
  readonly #blocks = new Map<number, Uint8Array>();
  #size = 0;
  #blockBytes = 0;

  write(bytes: Uint8Array): void {
    this.#blockBytes ||= bytes.length;
    if (Buffer.compare(bytes, zeros.subarray(0, bytes.length)) !== 0)
      this.#blocks.set(this.#size / this.#blockBytes, bytes.slice());
    this.#size += bytes.length;
  }

  reader(): Reader<null> {
    const at = (offset: number) => {
      const block = this.#blocks.get(Math.floor(offset / this.#blockBytes));
      return block?.[offset % this.#blockBytes] ?? 0;
    };
    const reader = new Reader(null);
    reader.size = this.#size;
    reader.readUint8Array = (offset, length) =>
      Promise.resolve(Uint8Array.from({ length }, (_, i) => at(offset + i)));
    return reader;
  }
}
const zeros = new Uint8Array(1 << 20);
