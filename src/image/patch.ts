/** The difference between a donor and a clone, as a list a person can read. */
import type { Segment } from './memory-image.ts';

/** Why bytes differ from the donor's. */
export type PatchPurpose =
  /** unicast address, owner of the device key, device key */
  | 'identity'
  /** what an option asks for: replay cache, advertiser address, sequence block, own publications */
  | 'option'
  /** what the firmware would do itself at its next boot: a defragmentation finished, a torn entry dropped */
  | 'repair'
  /** stale keys blanked, which no firmware reads */
  | 'hygiene';

/** Bytes replaced at one place. `before` and `after` are equally long. */
export interface Patch {
  readonly address: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly purpose: PatchPurpose;
  /** The field in words: `unicast start`, `device key`. */
  readonly what: string;
  /** True where the bytes are a key and stay hidden until a person asks. */
  readonly secret: boolean;
}

/** The patches as changes for `MemoryImage.with`. */
export const changesOf = (patches: readonly Patch[]): Segment[] =>
  patches.map(({ address, after }) => ({ address, bytes: after }));
