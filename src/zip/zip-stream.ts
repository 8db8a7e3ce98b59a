/**
 * A zip written entry by entry to wherever bytes go. Entries arrive deflated and with their checksum, so that what clones
 * share is compressed once; here they get their frame. Why no library does it: docs/performance.md.
 *
 * Sizes and checksum stand before the data, so nothing follows it. Of ZIP64 there is what long archives need: any number of
 * entries at any place, each smaller than 4 GB. Source: PKWARE, APPNOTE.TXT 6.3.10; its section is given with each record.
 */
import { concatenate, struct, u16, u32, type Field } from '../bytes.ts';
import type { DeflatedFile } from './deflated-file.ts';
import { ENCRYPTED, type EntryEncryption } from './encryption.ts';

/** Where the zip goes: a file, or parts of a Blob. */
export interface ByteSink {
  /** Answers when it has taken the bytes: their place is then used for others. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void;
}

/** Exact up to 2^53. */
const u64: Field<number> = {
  size: 8,
  read: (view, at) => Number(view.getBigUint64(at, true)),
  write: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
};

/** What a local header and the directory say alike. */
const entryFields = {
  versionNeeded: u16,
  flags: u16,
  method: u16,
  time: u16,
  date: u16,
  crc32: u32,
  compressedSize: u32,
  uncompressedSize: u32,
  nameLength: u16,
  extraLength: u16,
} as const;

/** 4.3.7, behind its signature. */
const localHeader = struct(entryFields);
const LOCAL_SIGNATURE = Uint8Array.of(0x50, 0x4b, 3, 4);

/** 4.3.12, behind its signature. */
const directoryHeader = struct({
  versionMadeBy: u16,
  ...entryFields,
  commentLength: u16,
  disk: u16,
  internalAttributes: u16,
  externalAttributes: u32,
  offset: u32,
});
const DIRECTORY_SIGNATURE = Uint8Array.of(0x50, 0x4b, 1, 2);

/** 4.5.3, holding the one member of a directory header that may not fit there. */
const zip64Offset = struct({ id: u16, size: u16, offset: u64 });

/** 4.3.14, and behind it the locator, 4.3.15. */
const zip64End = struct({
  signature: u32,
  bytesFollowing: u64,
  versionMadeBy: u16,
  versionNeeded: u16,
  disk: u32,
  directoryDisk: u32,
  entriesOnDisk: u64,
  entries: u64,
  directorySize: u64,
  directoryOffset: u64,
  locatorSignature: u32,
  endDisk: u32,
  endOffset: u64,
  disks: u32,
});

/** 4.3.16 */
const end = struct({
  signature: u32,
  disk: u16,
  directoryDisk: u16,
  entriesOnDisk: u16,
  entries: u16,
  directorySize: u32,
  directoryOffset: u32,
  commentLength: u16,
});

/** 4.4.3: the release of the format that a reader must know. */
const DEFLATE = 20;
const ZIP64 = 45;
/** 4.4.2, 4.4.15: made on Unix, where the upper half of the external attributes is a file's mode; `-rw-r--r--`. */
const UNIX = 3 << 8;
const PLAIN_FILE = 0o100644 * 0x10000;
/** 4.4.4, bit 11 */
const NAME_IS_UTF8 = 0x0800;
/** 4.4.5 */
const DEFLATED = 8;
const NOTHING: Uint8Array = new Uint8Array();
/** 4.4.1.4: what stands where a number does not fit. */
const IN_ZIP64 = { u16: 0xffff, u32: 0xffffffff } as const;

/** Bytes are passed on in blocks of this size: few enough that a file's or a browser's answer to each costs nothing. */
const BLOCK_BYTES = 1 << 20;

export class ZipStream {
  readonly #sink: ByteSink;
  readonly #stamp: { readonly time: number; readonly date: number };
  readonly #encryption: EntryEncryption | undefined;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #inBlock = 0;
  #passedOn = 0;
  /** Headers so far, one behind the other: an object for each would take four times the memory. */
  #directory = new Uint8Array(1 << 12);
  #inDirectory = 0;
  #entries = 0;

  /**
   * @param localTime   what entries are stamped with; its UTC fields are taken for those of a clock on the wall
   * @param encryption  of the data of all entries; names, sizes and times stay as they are
   */
  constructor(sink: ByteSink, localTime: Date, encryption?: EntryEncryption) {
    this.#sink = sink;
    this.#encryption = encryption;
    this.#stamp = dosStamp(localTime);
  }

  /** Bytes of the zip so far. */
  get size(): number {
    return this.#passedOn + this.#inBlock;
  }

  /** @param name  path in the zip, unlike all others, with `/` between folders */
  async add(name: string, file: DeflatedFile): Promise<void> {
    const nameBytes = new TextEncoder().encode(name);
    const encrypted = this.#encryption !== undefined;
    const pieces = this.#encryption ? await this.#encryption.encrypt(file) : file.pieces;
    const aes = encrypted ? ENCRYPTED.extra(DEFLATED) : NOTHING;
    const offset = this.size;
    // One literal and no spread: V8 makes a shape of its own for each of those, and keeps it for long.
    const header = {
      versionMadeBy: UNIX | ZIP64,
      versionNeeded: encrypted ? ENCRYPTED.version : DEFLATE,
      flags: encrypted ? NAME_IS_UTF8 | ENCRYPTED.flag : NAME_IS_UTF8,
      method: encrypted ? ENCRYPTED.method : DEFLATED,
      time: this.#stamp.time,
      date: this.#stamp.date,
      crc32: encrypted ? ENCRYPTED.crc32 : file.crc32,
      compressedSize: pieces.reduce((sum, piece) => sum + piece.length, 0),
      uncompressedSize: file.uncompressedSize,
      nameLength: nameBytes.length,
      extraLength: aes.length,
      commentLength: 0,
      disk: 0,
      internalAttributes: 0,
      externalAttributes: PLAIN_FILE,
      offset,
    };
    await this.#write(LOCAL_SIGNATURE, localHeader.encode(header), nameBytes, aes, ...pieces);
    let zip64 = NOTHING;
    if (offset >= IN_ZIP64.u32) {
      zip64 = zip64Offset.encode({ id: 0x0001, size: u64.size, offset });
      header.versionNeeded = Math.max(header.versionNeeded, ZIP64);
      header.extraLength += zip64.length;
      header.offset = IN_ZIP64.u32;
    }
    for (const piece of [DIRECTORY_SIGNATURE, directoryHeader.encode(header), nameBytes, zip64, aes])
      this.#remember(piece);
    this.#entries++;
  }

  /** Write the directory. Nothing can be added afterwards. */
  async finish(): Promise<void> {
    const entries = this.#entries;
    const directoryOffset = this.size;
    await this.#write(this.#directory.subarray(0, this.#inDirectory));
    const endOffset = this.size;
    const place = {
      entriesOnDisk: entries,
      entries,
      directorySize: endOffset - directoryOffset,
      directoryOffset,
    };
    const here = { disk: 0, directoryDisk: 0 };
    if (entries >= IN_ZIP64.u16 || endOffset >= IN_ZIP64.u32) {
      const record = {
        ...here,
        ...place,
        signature: 0x06064b50,
        versionMadeBy: UNIX | ZIP64,
        versionNeeded: ZIP64,
      };
      const bytesFollowing = zip64End.offsets.locatorSignature - zip64End.offsets.versionMadeBy;
      const locator = { locatorSignature: 0x07064b50, endDisk: 0, endOffset, disks: 1 };
      await this.#write(zip64End.encode({ ...record, bytesFollowing, ...locator }));
    }
    await this.#write(
      end.encode({
        ...here,
        signature: 0x06054b50,
        entriesOnDisk: Math.min(entries, IN_ZIP64.u16),
        entries: Math.min(entries, IN_ZIP64.u16),
        directorySize: Math.min(place.directorySize, IN_ZIP64.u32),
        directoryOffset: Math.min(directoryOffset, IN_ZIP64.u32),
        commentLength: 0,
      }),
    );
    await this.#passOn();
  }

  #remember(piece: Uint8Array): void {
    while (this.#inDirectory + piece.length > this.#directory.length)
      this.#directory = concatenate([this.#directory, this.#directory]);
    this.#directory.set(piece, this.#inDirectory);
    this.#inDirectory += piece.length;
  }

  async #write(...pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      for (let from = 0; from < piece.length;) {
        const part = piece.subarray(from, from + BLOCK_BYTES - this.#inBlock);
        this.#block.set(part, this.#inBlock);
        this.#inBlock += part.length;
        from += part.length;
        if (this.#inBlock === BLOCK_BYTES) await this.#passOn();
      }
    }
  }

  async #passOn(): Promise<void> {
    await this.#sink.write(this.#block.subarray(0, this.#inBlock));
    this.#passedOn += this.#inBlock;
    this.#inBlock = 0;
  }
}

/** Date and time as MS-DOS counts them, in steps of two seconds from 1980 to 2107 (4.4.6). */
function dosStamp(time: Date): { readonly time: number; readonly date: number } {
  const year = Math.min(Math.max(time.getUTCFullYear(), 1980), 2107);
  return {
    time: (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1),
    date: ((year - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate(),
  };
}
