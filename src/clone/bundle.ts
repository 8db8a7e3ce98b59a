/** Everything a run makes, in one zip: images, the updated database, manifest and README. */
import type { PackedPage } from '../image/index.ts';
import { keepsExternalFlash } from '../kinds/index.ts';
import { deflated, utf8Chunks, ZipStream, type ByteSink, type EntryEncryption } from '../zip/index.ts';
import { clonesOf, foldersOf, formatUpdatedDatabase, type CloneGroup } from './groups.ts';
import {
  formatManifestCsv,
  formatManifestJson,
  type ManifestEntry,
  type ManifestGroup,
  type ManifestHead,
} from './manifest.ts';
import type { Donor } from './donor.ts';
import { localTime, type RunClock } from './run-clock.ts';
import type { ClonePlan, PlannedClone } from './plan.ts';
import { imageToClone, recipeOf } from './recipe.ts';
import { CloneRenderer, pagesTouched, type PlatformOptions } from './render.ts';
import { formatReadme } from './readme-text.ts';
import { unpackedName } from './dump.ts';
import { foldedName, safeFileName } from './file-names.ts';

/**
 * How images are handed out. `full`: each clone is one complete file. `pages`: what all share is one file, and each clone a
 * small one with the pages it changes; both go onto its board.
 */
export type OutputForm = 'full' | 'pages';

/** The renderer of a plan's clones, and in the form `pages` the text of the one file they share. */
export function rendererOf(
  donor: Donor,
  plan: ClonePlan,
  form: OutputForm = 'full',
  options: PlatformOptions = {},
): { readonly renderer: CloneRenderer; readonly base?: Uint8Array<ArrayBuffer> } {
  const recipe = recipeOf(donor, plan);
  const { start } = donor.dump;
  const image = imageToClone(donor, plan);
  const all = { ...options, start, hasExternalFlash: keepsExternalFlash(plan.choices) };
  if (form === 'full') return { renderer: new CloneRenderer(image, recipe, all) };
  const pages = pagesTouched(recipe, plan.clones, donor.reading.chip.chip.pageSize);
  const renderer = new CloneRenderer(image, recipe, { ...all, pages });
  return { renderer, base: new TextEncoder().encode(renderer.baseHex(pages)) };
}

/** What boards of this plan need beside their images, made once for all of them: the pages that all clones share, packed. */
export function packedPagesOf(donor: Donor, plan: ClonePlan): readonly PackedPage[] {
  const { chip } = donor.reading.chip;
  const own = pagesTouched(recipeOf(donor, plan), plan.clones, chip.pageSize);
  return rendererOf(donor, plan).renderer.packedPages(chip, own);
}

/** Images as files of their own. */
export interface ImageFiles {
  /** In the form `pages`: what all clones of a group share. */
  base(text: Uint8Array, group: number): void;
  /**
   * @param text   in pieces
   * @param index  place of the clone in the run
   */
  clone(text: readonly Uint8Array[], index: number): void;
}

export interface BundleOptions extends RunClock, PlatformOptions {
  /** Of Meshpress, and what it was built from. */
  readonly version: string;
  readonly commit: string;
  /** File name of the database, as it was given; in the zip it has the one that `databaseFileName` gives. */
  readonly databaseName: string;
  readonly keysInManifest: boolean;
  readonly form?: OutputForm;
  /** Of everything in the zip; `images` get theirs as they are. */
  readonly encryption?: EntryEncryption;
  /** Where each image goes too, beside the zip. */
  readonly images?: ImageFiles;
  readonly signal?: Pick<AbortSignal, 'throwIfAborted'>;
  /** Told after each clone. */
  readonly onRendered?: (clone: PlannedClone, done: number, total: number) => void;
  /**
   * Told, and waited for, before each piece of work that may be a long one: in words without an end, `Rendering light_0053`,
   * and how many clones are done.
   */
  readonly onStep?: (stage: string, done: number) => void | Promise<void>;
}

/** In the form `pages`: what all clones share. With several donors each has one, in a folder: `base/light.hex`. */
const BASE_FILE = 'base.hex';
/** @param folder  of the clones that share it, as `foldersOf` gives it */
export const baseFileIn = (folder: string): string =>
  folder === '' ? BASE_FILE : `base/${folder.slice(0, -1)}.hex`;

/** What lies in every zip beside the database, and so cannot be its name. */
const OWN_NAMES: ReadonlySet<string> = new Set(
  ['clones', 'base', BASE_FILE, 'manifest.csv', 'manifest.json', 'README.txt'].map(foldedName),
);

/** The database's name in a zip: as it was given, packed or not, where that is safe and no other file of the zip has it. */
export function databaseFileName(given: string): string {
  const name = safeFileName(unpackedName(given), 'network');
  return OWN_NAMES.has(foldedName(name)) ? `network-${name}` : name;
}

export interface Bundle {
  readonly zipBytes: number;
  /** Of all images together, as .hex. */
  readonly imageBytes: number;
  readonly entries: readonly ManifestEntry[];
  /** What lies in the zip beside the images: path and bytes. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/**
 * Render every clone of a run and write the zip. The clones of several donors lie in a folder for each.
 *
 * @throws what rendering throws, and the reason of an aborted signal; the sink then holds a part of a zip, to be thrown away
 */
export async function writeBundle(
  groups: readonly CloneGroup[],
  sink: ByteSink,
  options: BundleOptions,
): Promise<Bundle> {
  const { signal, images } = options;
  const total = clonesOf(groups).length;
  const folders = foldersOf(groups);
  const zip = new ZipStream(sink, localTime(options), options.encryption);
  const entries: ManifestEntry[] = [];
  let imageBytes = 0;
  const step = async (stage: string) => {
    await options.onStep?.(stage, entries.length);
    signal?.throwIfAborted();
  };
  for (const [group, { donor, plan }] of groups.entries()) {
    const folder = folders[group]!;
    const baseFile = baseFileIn(folder);
    if (options.form === 'pages') await step(`Rendering ${baseFile}`);
    const { renderer, base } = rendererOf(donor, plan, options.form, options);
    if (base) {
      images?.base(base, group);
      await zip.add(baseFile, await deflated([base], options.deflater, () => step(`Packing ${baseFile}`)));
    }
    for (const clone of plan.clones) {
      await step(`Rendering ${clone.name}`);
      const rendered = renderer.render(clone);
      const text = renderer.hex(rendered);
      images?.clone(text, entries.length);
      await step(`Packing ${clone.name}`);
      const { file, sha256 } = await renderer.hexForZip(rendered, (done) =>
        step(`Packing what all clones share, ${Math.round(100 * done)} % done`),
      );
      const path = `clones/${folder}${clone.fileName}`;
      await zip.add(path, file);
      imageBytes += file.uncompressedSize;
      entries.push({ clone, group, file: path, imageSha256: rendered.imageSha256, fileSha256: sha256 });
      options.onRendered?.(clone, entries.length, total);
    }
  }

  const files: Bundle['files'][number][] = [];
  const pack = async (path: string, chunks: () => Iterable<Uint8Array>) => {
    const packing = () => step(`Packing ${path}`);
    await packing();
    const file = await deflated(chunks(), options.deflater, packing);
    await zip.add(path, file);
    files.push({ path, bytes: file.uncompressedSize });
  };
  const head = headOf(groups, folders, options);
  await pack(head.database, () => formatUpdatedDatabase(groups, options));
  await pack('manifest.csv', () => utf8Chunks(formatManifestCsv(head, entries)));
  await pack('manifest.json', () => utf8Chunks(formatManifestJson(head, entries)));
  await pack('README.txt', () => utf8Chunks([formatReadme(head, entries)]));
  await zip.finish();
  return { zipBytes: zip.size, imageBytes, entries, files };
}

const headOf = (
  groups: readonly CloneGroup[],
  folders: readonly string[],
  options: BundleOptions,
): ManifestHead => ({
  version: options.version,
  commit: options.commit,
  created: options.now,
  groups: groups.map(({ donor, plan }, index): ManifestGroup => ({
    donor: {
      name: donor.name,
      unicast: donor.unicast,
      elementCount: donor.elementCount,
      files: donor.dump.names,
    },
    chip: donor.reading.chip.chip.name,
    releases: donor.reading.releases.likely,
    folder: `clones/${folders[index]!}`,
    notes: recipeOf(donor, plan).notes,
    ...(options.form === 'pages' && { baseFile: baseFileIn(folders[index]!) }),
  })),
  database: databaseFileName(options.databaseName),
  withKeys: options.keysInManifest,
  encrypted: options.encryption !== undefined,
});
