/**
 * What Meshpress asks of a kind of image, so that donors, plans, zips and boards need not know how a stack keeps its state.
 *
 * `flashfs` (nRF5 SDK for Mesh) is the first implementation. A second one, such as the settings of a Zephyr image, comes
 * beside it: it is added to the list of kinds in `clone/` and nothing else changes.
 */
import type { ErrorReport, Finding } from '../errors.ts';
import type { Chip } from './chips.ts';
import type { MemoryImage, Stretch } from './memory-image.ts';
import type { NodeState } from './node-state.ts';
import type { Patch } from './patch.ts';

export interface ImageKind {
  /** Short and stable, for JSON: `nrf5-mesh`. */
  readonly id: string;
  /** For a person: `nRF5 SDK for Mesh`. */
  readonly title: string;
  /** Every release it reads, oldest first: `['1.0.0', '1.0.1', …]`. */
  readonly releases: readonly string[];
  /**
   * Read a dump.
   *
   * @returns `undefined` when nothing in it looks like this kind; a reading with a `refusal` when it does but cannot be cloned
   */
  read(image: MemoryImage, options?: ReadOptions): ImageReading | undefined;
  /**
   * What is still to be read of a chip before `read` finds the same node in it as in the whole: ask, read, and ask again.
   *
   * @param image  what was read so far; nothing at first
   * @returns      stretches of its flash, none when that is enough
   */
  stillToRead(image: MemoryImage, chip: Chip): readonly Stretch[];
}

export interface ReadOptions {
  /** Where the person knows better than the dump. */
  readonly chip?: Chip;
  /** Of the firmware's mesh stack, as its kind of image names them: `3.2.0`. */
  readonly release?: string;
}

/** One dump as its firmware sees it, and the way to make clones of it. */
export interface ImageReading {
  readonly kind: ImageKind['id'];
  readonly image: MemoryImage;
  readonly chip: ChipGuess;
  readonly releases: ReleaseGuess;
  /** The whole flash from 0 to its end without gaps, then other regions such as the UICR, by rising address. */
  readonly regions: readonly Region[];
  /** What the firmware keeps its state in, by rising address. */
  readonly areas: readonly AreaReading[];
  /** What the firmware loads at its very next boot. */
  readonly nextBoot: NodeState;
  /** What it has once it has repaired itself; donor and clones use this. The same object as `nextBoot` where nothing differs. */
  readonly settled: NodeState;
  /** Why no clone can be made of it, if so. */
  readonly refusal: ErrorReport | null;
  /** Warnings first, then what was checked and found right. */
  readonly findings: readonly Finding[];
  /** Further facts for people of an older guide: `device key at page start + 0x50`. */
  readonly landmarks: readonly Landmark[];

  /**
   * Everything about clones that does not depend on who they are.
   *
   * @throws the refusal, when there is one
   */
  prepare(policy: ClonePolicy): ClonePress;
}

/** Makes clones of one donor under one policy. Cheap to ask again and again: what all clones share was worked out before. */
export interface ClonePress {
  /** The same in every clone: repairs, policy, hygiene. */
  readonly shared: readonly Patch[];
  /** What the policy did, in words, for plan and manifest. */
  readonly notes: readonly Finding[];
  /** What makes this clone: identity, and policy that depends on it. Together with `shared`, the whole difference. */
  patchesFor(identity: Identity): readonly Patch[];
  /** What a person should know about a clone of this identity, beyond what holds for all of them. */
  findingsFor?(identity: Identity): readonly Finding[];
  /**
   * Boot a finished clone in simulation and compare it with what it should be.
   *
   * @throws KnownError when its firmware would not come up as exactly this node
   */
  check(clone: MemoryImage, identity: Identity): void;
}

/** Who a node is on its network. The number of elements is the donor's. */
export interface Identity {
  /** First unicast address, 0x0001..0x7FFF. */
  readonly unicast: number;
  /** 16 bytes. */
  readonly deviceKey: Uint8Array;
}

/** What to do with state that belongs to the donor's past. Source of the choices: flash format document, section 5.2. */
export interface ClonePolicy {
  /** `keep` the donor's block, start at 0, or keep a distance for an address that was on air before. */
  readonly sequence: 'keep' | 'reset' | { readonly skipAhead: number };
  /** Publications to the donor's own elements: leave them pointing at the donor, or move them with the clone. */
  readonly ownPublications: 'keep' | 'map';
  readonly replayCache: 'empty' | 'keep';
  /** A stored BLE address, which two devices must not share. */
  readonly advertiserAddress: 'drop' | 'keep';
}
export const defaultPolicy: ClonePolicy = {
  sequence: 'keep',
  ownPublications: 'keep',
  replayCache: 'empty',
  advertiserAddress: 'drop',
};

export interface ChipGuess {
  readonly chip: Chip;
  /** False where several chips fit and the first was taken. */
  readonly certain: boolean;
  readonly reasons: readonly string[];
}

export interface ReleaseGuess {
  /** Most likely first: `['4.2.0', '4.1.0']`; never empty. */
  readonly likely: readonly string[];
  /** True when the image proves that it is one of these and no other. */
  readonly certain: boolean;
  readonly reasons: readonly string[];
}

export type RegionKind =
  'softdevice' | 'application' | 'area' | 'recovery' | 'bootloader' | 'uicr' | 'erased' | 'missing' | 'other';

/** A stretch of the address space and what it holds. */
export interface Region {
  readonly address: number;
  readonly length: number;
  readonly kind: RegionKind;
  /** In words: `SoftDevice S132 7.0.1`, `DSM`. */
  readonly title: string;
}

export interface AreaReading {
  readonly address: number;
  readonly length: number;
  /** `dsm`, `access`, `net-state`, `core-options`, `models`, `replay-cache`, `emergency-cache`, `unknown`, `recovery` */
  readonly role: string;
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
  /** Bytes of the entry that are keys, by absolute flash address. */
  readonly secrets: readonly { readonly address: number; readonly length: number }[];
}

export interface Landmark {
  readonly name: string;
  readonly address: number;
  readonly says: string;
}
