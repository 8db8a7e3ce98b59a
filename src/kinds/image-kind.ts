/**
 * What Meshpress asks of a kind of image, so that donors, plans, zips and boards need not know how a stack keeps its state.
 *
 * No stack's words stand here. A kind shows what it found as *evidence*, rows that page and command line draw without
 * knowing the format; it offers choices as *options*, data that forms and flags are made from; and it answers with
 * patches. A further kind is one folder beside this file and one entry in `list.ts`.
 */
import type { ErrorReport, Finding } from '../errors.ts';
import type {
  Chip,
  FactoryIds,
  Memories,
  MemoryImage,
  NodeState,
  NodeStateJson,
  Patch,
  Segment,
  Stretch,
} from '../image/index.ts';
import type { Identity, KeptNetwork } from '../mesh/index.ts';

export interface ImageKind {
  /** Short and stable, for JSON: `nrf5-mesh`. */
  readonly id: string;
  /** For a person: `nRF5 SDK for Mesh`. */
  readonly title: string;
  /** Every release it reads, oldest first, as people write them: `['1.0.0', '1.0.1', …]`. */
  readonly releases: readonly string[];
  /** All that a person may choose about clones of this kind; flags of the command line are made from it. */
  readonly options: readonly CloneOption[];
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
  /**
   * Where bytes that do not say their place belong, as far as this kind's own pages among them tell.
   *
   * @param given  the address that a person gave for the first of them
   * @returns      `undefined` when nothing in them looks like this kind
   */
  placeRaw?(bytes: Uint8Array, given?: number): RawPlacing | undefined;
}

/** Where the bytes of a raw binary belong. */
export interface RawPlace {
  /** Flash address of its first byte. */
  readonly base: number;
  readonly chip: Chip;
  /** So many of its bytes are code flash; what follows is the UICR. */
  readonly flashBytes: number;
}
export interface RawPlacing {
  /** The likeliest, by rising address; several chips may fit. */
  readonly fits: readonly RawPlace[];
  /** At the address given, where that can be. */
  readonly taken: RawPlace | undefined;
}

export interface ReadOptions {
  /** Where the person knows better than the dump. */
  readonly chip?: Chip;
  /** Of the firmware's mesh stack, as its kind of image names them: `3.2.0`. */
  readonly release?: string;
  /** What the files hold beside the image, which has the code flash and the UICR alone. */
  readonly beside?: Memories;
}

/** One dump as its firmware sees it, and the way to make clones of it. */
export interface ImageReading {
  readonly kind: ImageKind;
  readonly image: MemoryImage;
  readonly chip: ChipGuess;
  readonly releases: ReleaseGuess;
  /** The whole flash from 0 to its end without gaps, then other regions such as the UICR, by rising address. */
  readonly regions: readonly Region[];
  /** What the firmware keeps its state in, by rising address: one section a page, sector or whatever its pieces are. */
  readonly evidence: readonly EvidenceSection[];
  /** What the firmware loads at its very next boot. */
  readonly nextBoot: NodeState;
  /** What it has once it has repaired itself; donor and clones use this. The same object as `nextBoot` where nothing differs. */
  readonly settled: NodeState;
  /** Sequence numbers that its firmware sets aside at a time: one start takes `nextSequenceNumber` on by so many at most. */
  readonly sequenceBlock: number;
  /** Why no clone can be made of it, if so. */
  readonly refusal: ErrorReport | null;
  /** The rows that a refusal rests on, and what is marked in them. */
  readonly exhibits: Exhibits | null;
  /** Warnings first, then what was checked and found right. */
  readonly findings: readonly Finding[];
  /** Further facts for people of an older guide: `device key at page start + 0x50`. */
  readonly landmarks: readonly Landmark[];
  /** Every stretch that holds a key, clear or sealed, of the node or of anybody else. */
  readonly secrets: readonly Stretch[];
  /** Of a node that provisions others: its own database of the network. */
  readonly network?: KeptNetwork;
  /** Device keys the node had before, as far as the dump still shows them; 16 bytes each. */
  formerKeys(): readonly Uint8Array[];
  /**
   * What a board with this firmware calls itself while it is not provisioned; a node never says it.
   *
   * @returns `null` where its releases are not known well enough; none of a kind whose UUIDs are the application's own
   */
  deviceUuid?(ids: FactoryIds): DeviceUuid | null;
  /** The options that this image leaves open, their texts with its own values. */
  readonly options: readonly CloneOption[];
  /** A state as `inspect --json` prints it: the members common to all kinds, and what this one adds. */
  formatState(state: NodeState, show: ShowKeys): NodeStateJson;
  /** Further members of `inspect --json`. */
  details(show: ShowKeys): Readonly<Record<string, unknown>>;

  /**
   * Everything about clones that does not depend on who they are.
   *
   * @param choices  by id of the option; those left out are at their defaults
   * @param known    what the image need not say
   * @throws         the refusal, when there is one; what an option cannot do with this image
   */
  prepare(choices: OptionChoices, known?: KnownElsewhere): CloneRecipe;
  /**
   * What another firmware would find where this one keeps its state.
   *
   * @throws the refusal, when there is one; why the firmware would not find the node
   */
  underFirmware(firmware: NewFirmware): UnderFirmware;
}

/** A firmware that is to take over the state of a node: the HEX of a build, or a dump of a board that runs it. */
export interface NewFirmware extends Pick<ReadOptions, 'release' | 'beside'> {
  /** Code flash and UICR. */
  readonly image: MemoryImage;
}

/** How the state of a node goes under another firmware. */
export interface UnderFirmware {
  /** The node: whole pages, as its firmware leaves them once it has repaired itself. */
  readonly state: readonly Segment[];
  /** Pages of the new firmware's file that are state themselves: they show its layout, and are left out. */
  readonly ownState: readonly Stretch[];
  /** Parts of the dump that stay where the new firmware brings nothing of its own. */
  readonly companions: readonly Companion[];
  /** The release that the outcome is read as, where the kind tells releases apart by more than what they wrote. */
  readonly release?: string;
  /** What is known of the layout, and what is not. */
  readonly findings: readonly Finding[];
  /**
   * Look at the outcome as the new firmware finds it.
   *
   * @throws KnownError when it would look for its state elsewhere
   */
  check(joined: MemoryImage): void;
}

export interface Companion extends Stretch {
  /** `SoftDevice S132 7.0.1`; none for what belongs to another part and needs no word of its own. */
  readonly title?: string;
}

export interface DeviceUuid {
  /** 36 characters, in small letters with dashes. */
  readonly uuid: string;
  /** False where it is as the stack's own examples have it, and an application may have taken another. */
  readonly certain: boolean;
}

/** What a database knows of a node beyond its image. */
export interface KnownElsewhere {
  /** Elements of the node, where the image names only some. */
  readonly elementCount?: number;
}

export interface ShowKeys {
  /** Whether keys are printed; else the word `hidden` stands for them. */
  readonly showKeys: boolean;
}

/** How clones of one donor come about under one set of choices. Cheap to ask: what all clones share was worked out before. */
export interface CloneRecipe {
  /** The same in every clone: repairs, options, hygiene. */
  readonly shared: readonly Patch[];
  /** What the choices did, in words, for plan and manifest. */
  readonly notes: readonly Finding[];
  /** Publications to the node's own elements move with the clone, in the image and so in the database. */
  readonly movesOwnPublications: boolean;
  /** The IV index that clones begin under, where the choices make it another than the donor's. */
  readonly ivIndex?: number;
  /** What makes this clone: identity, and choices that depend on it. Together with `shared`, the whole difference. */
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

/** A choice that a person has about clones. */
export interface CloneOption {
  /** The flag without its dashes: `own-publications`. */
  readonly id: string;
  readonly title: string;
  /** What the command line's help says in one line. */
  readonly summary: string;
  /** `main` stands beside count and address in the form, `more` behind "More settings". */
  readonly place: 'main' | 'more';
  readonly choices: readonly OptionChoice[];
  /** What holds where nobody chooses: the value of one of the choices. */
  readonly default: string;
}
export interface OptionChoice {
  /** As it is chosen, kept and written behind a flag: `reset`. With a `number`, what stands before its digits: `+`, or nothing. */
  readonly value: string;
  readonly title: string;
  /** What follows from it. */
  readonly explanation: string;
  readonly number?: {
    /** `How many messages ahead` */
    readonly title: string;
    readonly default: number;
    readonly lowest: number;
    readonly highest: number;
  };
}

/** What was chosen, by id of the option: `{ sequence: '+8192' }`. */
export type OptionChoices = Readonly<Record<string, string>>;

export interface ChipGuess {
  readonly chip: Chip;
  /** False where several chips fit and the first was taken. */
  readonly certain: boolean;
  readonly reasons: readonly string[];
}

export interface ReleaseGuess {
  /** Most likely first: `['4.2.0', '4.1.0']`; empty where nothing tells one. */
  readonly likely: readonly string[];
  /** True when the image proves that it is one of these and no other. */
  readonly certain: boolean;
  readonly reasons: readonly string[];
}

/** A stretch of the address space and what it holds. */
export interface Region {
  readonly address: number;
  readonly length: number;
  /** How it is drawn. `state`: what the evidence is about. `missing`: the dump leaves it out. */
  readonly use: 'code' | 'state' | 'erased' | 'missing' | 'other';
  /** One word of its kind's own, for JSON: `softdevice`. */
  readonly kind: string;
  /** In words: `SoftDevice S132 7.0.1`, `DSM`. */
  readonly title: string;
}

/** One page or sector in which the firmware keeps its state. */
export interface EvidenceSection {
  readonly address: number;
  readonly length: number;
  /** `device state manager` */
  readonly title: string;
  /** One short word under a picture of the flash: `DSM 1/2`. */
  readonly label: string;
  /** Bytes in use, headers included. */
  readonly usedBytes: number;
  /** Bytes of rows that still count. */
  readonly liveBytes: number;
  /** Where the bytes in use lie, by rising address: some formats fill a page from both ends. */
  readonly used: readonly Stretch[];
  /** What is special about it, in words; empty for an ordinary one. */
  readonly note: string;
  readonly rows: readonly EvidenceRow[];
}

/** One record, or one mark, in such a section. */
export interface EvidenceRow {
  readonly address: number;
  /** Header and content where these lie together; else of what `address` is the beginning of. */
  readonly length: number;
  /** By what the format tells it from others: a handle, an id. Empty for marks without. */
  readonly key: string;
  /** The record's name: `device key`. */
  readonly label: string;
  /** What it says, in words and without keys: `key of 0x0011, subnet 0`. */
  readonly text: string;
  /** Its state in one word of the format: `live`, `stale`, `torn`. */
  readonly status: string;
  /** `live`: the firmware uses it. `dead`: still readable, no longer used. `broken`: not whole. `frame`: holds no record. */
  readonly tone: 'live' | 'dead' | 'broken' | 'frame';
  /** Written when a node is provisioned or configured: neither a start of the firmware nor a message changes it. */
  readonly lasting?: true;
  /** Bytes of it that are keys. */
  readonly secrets: readonly Stretch[];
}

export interface Exhibits {
  /** What the marks show: `Handle 0x0000 means deleted.` */
  readonly note: string;
  readonly rows: readonly (EvidenceRow & { readonly marked: Stretch })[];
}

export interface Landmark {
  readonly name: string;
  readonly address: number;
  readonly says: string;
}
