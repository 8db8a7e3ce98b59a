/**
 * From plan to images: each clone is the donor with its patches, booted in simulation before anybody gets it.
 *
 * Work that all clones share (their common patches, the HEX text, its deflated form, the hash of what comes before the
 * first changed byte) is done once; a clone costs what it changes.
 */
import { toHex } from '../bytes.ts';
import { HexStencil, formatHex, type StartRecord } from '../hex/index.ts';
import {
  MemoryImage,
  changesOf,
  splitMemories,
  type Chip,
  type PackedPage,
  type Patch,
  type Stretch,
} from '../image/index.ts';
import type { CloneRecipe } from '../kinds/index.ts';
import type { Identity } from '../mesh/index.ts';
import type { DeflatedFile, Deflater } from '../zip/index.ts';
import { DeflateStencil, type DeflateToBoundary } from './deflate-stencil.ts';
import { packPages } from './pack-pages.ts';
import { portableSha256, type Sha256 } from './sha256.ts';

/** A finished clone. */
export interface RenderedClone {
  readonly image: MemoryImage;
  /** Together with the patches all clones share, the whole difference to the donor. */
  readonly patches: readonly Patch[];
  /** Of the image's bytes by rising address, gaps left out: 64 hex digits. Computed when asked for. */
  readonly imageSha256: string;
}

export interface RenderOptions {
  /** The image holds external flash besides, which is copied as it is: no firmware boots from it. */
  readonly hasExternalFlash?: boolean;
  readonly start?: StartRecord | undefined;
  /** Only these pages go into the text of a clone; hashes of images are of the whole all the same. */
  readonly pages?: readonly Stretch[];
  /** The platform's own SHA-256, where its state can be copied. */
  readonly sha256?: () => Sha256;
  /** The platform's own deflate, where its stream can be left open. */
  readonly deflate?: DeflateToBoundary;
}
/** What a platform may do faster than code that runs everywhere. */
export interface PlatformOptions extends Pick<RenderOptions, 'sha256' | 'deflate'> {
  /** Its own deflate for whole files. */
  readonly deflater?: (() => Deflater) | undefined;
}

/** The pages that any of these clones changes, by rising address. */
export function pagesTouched(
  recipe: CloneRecipe,
  identities: readonly Identity[],
  pageSize: number,
): readonly Stretch[] {
  const pages = new Set<number>();
  for (const identity of identities) {
    for (const { address, after } of recipe.patchesFor(identity)) {
      for (let page = address - (address % pageSize); page < address + after.length; page += pageSize)
        pages.add(page);
    }
  }
  return [...pages].sort((a, b) => a - b).map((address) => ({ address, length: pageSize }));
}

export class CloneRenderer {
  /** The donor with the patches all clones share: no clone yet, and not to be handed out whole. */
  readonly #base: MemoryImage;
  readonly #recipe: CloneRecipe;
  readonly #options: RenderOptions;
  #shared: SharedWork | undefined;

  constructor(donor: MemoryImage, recipe: CloneRecipe, options: RenderOptions = {}) {
    this.#base = donor.with(changesOf(recipe.shared));
    this.#recipe = recipe;
    this.#options = options;
  }

  /** Pages of what all clones have in common outside these, packed for the way to a chip. */
  packedPages(chip: Chip, own: readonly Stretch[]): readonly PackedPage[] {
    return packPages(this.#base, chip, own);
  }

  /** What all clones have in common outside these pages, as Intel HEX text: no identity, and no key of one, is in it. */
  baseHex(pages: readonly Stretch[]): string {
    const outside = pages.reduce<{ readonly from: number; readonly to: number }[]>(
      (stretches, { address, length }) =>
        stretches.flatMap(({ from, to }) => [
          { from, to: Math.min(to, address) },
          { from: Math.max(from, address + length), to },
        ]),
      [{ from: 0, to: Infinity }],
    );
    const parts = outside
      .filter(({ from, to }) => from < to)
      .map(({ from, to }) => this.#base.slice(from, to));
    return formatHex(MemoryImage.of(parts.flatMap(({ runs }) => runs)), this.#options.start);
  }

  /**
   * Make one clone and boot it in simulation.
   *
   * @throws what the kind of image throws when the clone would not come up as this node; nothing may then be handed out
   */
  render(identity: Identity): RenderedClone {
    const patches = this.#recipe.patchesFor(identity);
    const image = this.#base.with(changesOf(patches));
    this.#recipe.check(this.#options.hasExternalFlash ? splitMemories(image).firmware : image, identity);
    return new Rendered(image, patches, () => this.#workFor(image, patches).hashImage(image));
  }

  /** The clone, or those pages of it that were asked for, as Intel HEX text in pieces, of which the long ones are shared. */
  hex({ image, patches }: RenderedClone): readonly Uint8Array[] {
    const { hex } = this.#workFor(image, patches);
    return hex.pieces(hex.stamp(image));
  }

  /**
   * The same text as a zip entry, with its SHA-256.
   *
   * @param pause  waited for at times while what all clones share is deflated, told how much of it is done: 0..1
   */
  async hexForZip(
    { image, patches }: RenderedClone,
    pause?: (done: number) => Promise<void>,
  ): Promise<{ readonly file: DeflatedFile; readonly sha256: string }> {
    const work = this.#workFor(image, patches);
    const stamped = work.hex.stamp(image);
    const deflate = await work.deflate(pause);
    return { file: deflate.file(stamped), sha256: toHex(work.hashText(stamped)) };
  }

  /** What is shared by all clones whose changes lie where this one's do; in practice made once. */
  #workFor(image: MemoryImage, patches: readonly Patch[]): SharedWork {
    if (!this.#shared?.covers(patches)) {
      this.#shared = new SharedWork(image, patches, this.#options, this.#shared);
    }
    return this.#shared;
  }
}

/** A class, because V8 makes a shape of its own for every literal with a getter, and keeps it, and the image, for long. */
class Rendered implements RenderedClone {
  readonly image: MemoryImage;
  readonly patches: readonly Patch[];
  readonly #hash: () => Uint8Array;

  constructor(image: MemoryImage, patches: readonly Patch[], hash: () => Uint8Array) {
    this.image = image;
    this.patches = patches;
    this.#hash = hash;
  }

  get imageSha256(): string {
    return toHex(this.#hash());
  }
}

class SharedWork {
  readonly #varying: readonly Stretch[];
  readonly #firstVarying: number;
  readonly #sha256: () => Sha256;
  readonly #ownDeflate: DeflateToBoundary | undefined;
  readonly hex: HexStencil;
  #deflate: DeflateStencil | undefined;
  #imageState: Sha256 | undefined;
  #textState: Sha256 | undefined;

  constructor(
    sample: MemoryImage,
    patches: readonly Patch[],
    { pages, start, sha256 = portableSha256, deflate }: RenderOptions,
    before?: SharedWork,
  ) {
    this.#varying = [...patches.map(rangeOf), ...(before ? before.#varying : [])];
    this.#firstVarying = Math.min(...this.#varying.map((range) => range.address));
    this.#sha256 = sha256;
    this.#ownDeflate = deflate;
    const part = pages?.map(({ address, length }) => sample.slice(address, address + length));
    this.hex = part
      ? new HexStencil(MemoryImage.of(part.flatMap(({ runs }) => runs)), this.#varying)
      : new HexStencil(sample, this.#varying, start);
  }

  covers(patches: readonly Patch[]): boolean {
    return patches.every((patch) =>
      this.#varying.some(
        ({ address, length }) =>
          address <= patch.address && patch.address + patch.after.length <= address + length,
      ),
    );
  }

  async deflate(pause?: (done: number) => Promise<void>): Promise<DeflateStencil> {
    return (this.#deflate ??= await DeflateStencil.of(this.hex, this.#ownDeflate, pause));
  }

  hashImage({ runs }: MemoryImage): Uint8Array {
    const first = runs.findIndex((run) => run.address + run.bytes.length > this.#firstVarying);
    const bytesOf = (some: typeof runs) => some.map(({ bytes }) => bytes);
    this.#imageState ??= updated(this.#sha256(), bytesOf(runs.slice(0, first)));
    return updated(this.#imageState.copy(), bytesOf(runs.slice(first))).digest();
  }

  hashText(stamped: readonly Uint8Array[]): Uint8Array {
    const [first, ...rest] = this.hex.pieces(stamped);
    this.#textState ??= this.#sha256().update(first!);
    return updated(this.#textState.copy(), rest).digest();
  }
}

const updated = (hash: Sha256, pieces: readonly Uint8Array[]): Sha256 =>
  pieces.reduce((state, piece) => state.update(piece), hash);

const rangeOf = ({ address, after }: Patch): Stretch => ({ address, length: after.length });
