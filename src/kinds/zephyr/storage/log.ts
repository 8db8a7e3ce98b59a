/**
 * What NVS and ZMS have in common: sectors in a ring, values that grow up in a sector and a table of entries that grows down.
 *
 * Below lie the two formats (`nvs.ts`, `zms.ts`), which say what an entry looks like; above lie the mounting of an area and
 * the settings. Nothing here knows what a value means.
 */

/** One allocation table entry that its checksum and its place prove to be one. */
export interface LogEntry {
  readonly id: number;
  /** Flash address of the entry itself. */
  readonly address: number;
  /** Flash address of what it stores. */
  readonly dataAddress: number;
  /** As stored, with the checksum that some firmware puts behind a value; empty in an entry that deletes its id. */
  readonly data: Uint8Array;
  /** The value stands in the entry itself, which its checksum then covers. */
  readonly isInline: boolean;
  /** A checksum of the data that stands in the entry: ZMS alone has a place for one, 0 where the firmware uses none. */
  readonly dataCrc: number | undefined;
}

/** One sector as the firmware's mounting code sees it. */
export interface Sector {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** It was left for the next one. */
  readonly isClosed: boolean;
  /** Nothing is to be collected in it: the sector after the one being written to must be so. */
  readonly isSpare: boolean;
  /** Something stands in the slot of its first entry. */
  readonly firstSlotUsed: boolean;
  /** A collection of garbage came to its end in it, or it was opened by a firmware that marks new sectors. */
  readonly hasDoneMark: boolean;
  /** In the order they were written; those that only serve the log itself are not among them. */
  readonly entries: readonly LogEntry[];
  /** Flash addresses of entries that serve the log: headers, marks of a finished collection. */
  readonly marks: readonly number[];
  /** Flash addresses of slots that are neither free nor an entry: power was lost while they were written. */
  readonly tornSlots: readonly number[];
  /** Offset of the lowest slot in use; the sector's size where there is none. */
  readonly tableStart: number;
  /** Offset behind the last value. */
  readonly dataEnd: number;
  /** ZMS: the round of the ring in which the sector is used. */
  readonly cycle: number | undefined;
}

/** What is written into the place of an entry: the id stays. */
export interface EntryChange {
  /** New length of what is stored. */
  readonly length?: number;
  /** Of a value that stands in the entry itself. */
  readonly inline?: Uint8Array;
  readonly dataCrc?: number;
}

/** A value to be laid down in a sector that is written afresh. */
export interface NewRecord {
  readonly id: number;
  /** With the checksum behind it, where the firmware puts one there. */
  readonly data: Uint8Array;
  readonly dataCrc?: number;
}

export interface LogFormat {
  readonly id: 'nvs' | 'zms';
  readonly title: string;
  /** Bytes of an entry, without what pads it to the flash's unit of writing. */
  readonly entrySize: number;
  /** Where an entry says how long its value is, in 2 bytes. */
  readonly lengthOffset: number;
  /** The longest value that stands in its entry; 0 where none does. */
  readonly inlineSize: number;
  /** Where the checksum of a value lies, for firmware that was built to have one. */
  readonly dataCrcPlace: 'behind-value' | 'in-entry';

  /** @param spacing  bytes from one entry to the next */
  readSector(address: number, bytes: Uint8Array, spacing: number): Sector;
  /** The bytes of an entry after a change, its checksum put right. */
  changeEntry(entry: Uint8Array, change: EntryChange): Uint8Array;
  /**
   * A sector written afresh.
   *
   * @param records  in order
   * @param like     the sector it replaces
   * @param isClosed whether a next sector follows it
   * @returns        its bytes; `undefined` when the records do not fit
   */
  writeSector(
    records: readonly NewRecord[],
    like: Sector,
    spacing: number,
    isClosed: boolean,
  ): Uint8Array | undefined;
}

/** Some sectors in a row that make up one log. */
export interface Area {
  readonly format: LogFormat;
  readonly address: number;
  readonly sectorSize: number;
  /** Bytes from one entry to the next. */
  readonly spacing: number;
  readonly sectors: readonly Sector[];
}

export const lengthOf = ({ sectors, sectorSize }: Area): number => sectors.length * sectorSize;

/** `length` rounded up to what the flash can write at once. */
export const aligned = (length: number, unit: number): number => Math.ceil(length / unit) * unit;
