/**
 * Where a raw binary belongs, as its areas tell: they lie below the recovery page, and a memory map puts that page at the end
 * of flash or in front of a bootloader.
 *
 * Source: section 2.1 of docs/flash-format.md.
 */
import { u32 } from '../../bytes.ts';
import { MemoryImage, type Chip } from '../../image/index.ts';
import type { RawPlace, RawPlacing } from '../image-kind.ts';
import { contentRole } from './classify.ts';
import { isUnformatted } from './container.ts';
import { findStacks, MAX_MISSING_TOP } from './discovery.ts';
import { recoveryBelow, sdkBootloaderSize } from './recovery-page.ts';
import { isSoftDevice, isVectorTable, looksLikeMbr, UICR_BOOTLOADER_OFFSET } from '../firmware.ts';
import { deviceStateOf, height, PAGE_SIZES, SDK_CHIPS } from './locate.ts';

/** As much UICR as may follow the code flash in one file. */
const UICR_LENGTH = 0x1000;

export function placeRaw(bytes: Uint8Array, given?: number): RawPlacing | undefined {
  const image = MemoryImage.of([{ address: 0, bytes }]);
  const sized = PAGE_SIZES.map((pageSize) => ({
    pageSize,
    stacks: findStacks(image, pageSize, Math.ceil(bytes.length / pageSize) * pageSize),
  }));
  const { pageSize, stacks } = sized.reduce((best, one) =>
    height(one.stacks) > height(best.stacks) ? one : best,
  );
  const stack = stacks.find((one) => deviceStateOf(one) !== undefined);
  if (!stack) return undefined;
  const areas = stack.areas.filter(({ unformatted }) => !unformatted);
  const top = areas[0]!.address + areas[0]!.pages.length * pageSize;
  const raw: Raw = {
    bytes,
    image,
    pageSize,
    tops: topsOf(image, top, pageSize, contentRole(areas[0]!.pages) === 'net-state'),
  };
  const chips = SDK_CHIPS.filter((chip) => chip.pageSize === pageSize);
  const places = beginsFlash(image) ? [wholeFlash(raw, chips)] : chips.flatMap((chip) => placesOn(raw, chip));
  const exact = places.filter(endsFlash);
  const fits = (exact.length > 0 ? exact : places).toSorted((a, b) => a.base - b.base);
  return { fits, taken: given === undefined ? undefined : placeAt(raw, given, [...exact, ...places], chips) };
}

interface Raw {
  readonly bytes: Uint8Array;
  readonly image: MemoryImage;
  readonly pageSize: number;
  /** Offsets at which the recovery page may lie. */
  readonly tops: readonly number[];
}

/** Above the highest area; without the network state, as many pages further up as may await their format. */
function topsOf(image: MemoryImage, top: number, pageSize: number, isComplete: boolean): number[] {
  const tops = [top];
  for (let more = 1; !isComplete && more <= MAX_MISSING_TOP; more++) {
    if (!isUnformatted(image.read(tops.at(-1)!, pageSize))) break;
    tops.push(top + more * pageSize);
  }
  return tops;
}

/** The master boot record or the SoftDevice at their own places say that the file begins with the flash. */
const beginsFlash = (image: MemoryImage): boolean => looksLikeMbr(image) || isSoftDevice(image);

/** The smallest chip it fits, with or without the UICR behind it. */
function wholeFlash({ bytes }: Raw, chips: readonly Chip[]): RawPlace {
  const bySize = chips.toSorted((a, b) => a.flashSize - b.flashSize);
  const chip =
    bySize.find(({ flashSize }) => bytes.length - flashSize === UICR_LENGTH || bytes.length <= flashSize) ??
    bySize.at(-1)!;
  return { base: 0, chip, flashBytes: Math.min(bytes.length, chip.flashSize) };
}

/** Where the file may belong on a chip, with its recovery page where the memory map of one has it. */
function placesOn({ bytes, pageSize, tops }: Raw, chip: Chip): RawPlace[] {
  const { flashSize } = chip;
  const ends = [flashSize - pageSize, recoveryBelow(flashSize - sdkBootloaderSize(pageSize), pageSize)];
  const behind = bytes.length % pageSize || UICR_LENGTH;
  const named = bytes.length > behind ? bootloaderIn(bytes, bytes.length - behind) : undefined;
  const places = [...ends, ...(named === undefined ? [] : [recoveryBelow(named, pageSize)])].flatMap(
    (recovery) => tops.map((top) => recovery - top),
  );
  return [...new Set(places)]
    .filter((base) => base >= 0 && base % pageSize === 0 && base + bytes.length <= flashSize + UICR_LENGTH)
    .map((base) => ({ base, chip, flashBytes: Math.min(bytes.length, flashSize - base) }))
    .filter(({ flashBytes }) => flashBytes > Math.max(...tops) - pageSize);
}

/** What a UICR that begins at this offset names. */
function bootloaderIn(bytes: Uint8Array, uicr: number): number | undefined {
  const at = uicr + UICR_BOOTLOADER_OFFSET;
  return at + u32.size <= bytes.length
    ? u32.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at)
    : undefined;
}

const endsFlash = ({ base, flashBytes, chip }: RawPlace): boolean => base + flashBytes === chip.flashSize;

/** The address given: where a memory map or firmware in the file agrees, or where nothing speaks against it. */
function placeAt(
  raw: Raw,
  given: number,
  places: readonly RawPlace[],
  chips: readonly Chip[],
): RawPlace | undefined {
  const place = places.find(({ base }) => base === given);
  if (place) return place;
  const end = given + raw.bytes.length;
  const chip = chips.find(({ flashSize }) => end <= flashSize);
  if (!chip || beginsFlash(raw.image) || given % raw.pageSize !== 0) return undefined;
  const isWhole = given === 0 && end === chip.flashSize;
  return isWhole || (given > 0 && firmwareAgrees(raw, given))
    ? { base: given, chip, flashBytes: raw.bytes.length }
    : undefined;
}

/** Whether a vector table in the file, an application's or a bootloader's, points into the code behind it. */
function firmwareAgrees({ bytes, pageSize }: Raw, base: number): boolean {
  const placed = MemoryImage.of([{ address: base, bytes }]);
  for (let page = base; page < base + bytes.length; page += pageSize)
    if (isVectorTable(placed, page, base + bytes.length)) return true;
  return false;
}
