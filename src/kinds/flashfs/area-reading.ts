/** A donor's areas, pages and entries in words: what `describe-areas.ts` makes, and JSON and evidence are made from. */
import type { Stretch } from '../../image/index.ts';
import type { Role } from './releases.ts';

export interface AreaReading {
  readonly address: number;
  readonly length: number;
  readonly role: Role | 'recovery';
  readonly title: string;
  readonly pages: readonly PageReading[];
}

export interface PageReading {
  readonly address: number;
  readonly length: number;
  /** Bytes from the page start that are in use, header included. */
  readonly usedBytes: number;
  /** Bytes of entries that are still valid. */
  readonly liveBytes: number;
  /** What is special about the page, in words; empty for an ordinary one. */
  readonly note: string;
  readonly entries: readonly EntryReading[];
}

export interface EntryReading {
  readonly address: number;
  /** Header and payload. */
  readonly length: number;
  readonly handle: number;
  /** `live`: the firmware uses it. `stale`: invalidated, still readable. `duplicate`: a live copy another one overrides. */
  readonly state: 'live' | 'stale' | 'duplicate' | 'torn' | 'seal' | 'padding';
  /** The record's name: `device key`. */
  readonly record: string;
  /** What it says, in words and without keys: `key of 0x0011, subnet 0`. */
  readonly says: string;
  /** Bytes of the entry that are keys. */
  readonly secrets: readonly Stretch[];
}
