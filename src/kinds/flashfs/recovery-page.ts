/**
 * The recovery page, which keeps a copy of a page while its area is tidied: where the memory map may put it, and what it says.
 *
 * Source: sections 2.3 and 2.4 of docs/flash-format.md.
 */
import { isFilledWith } from '../../bytes.ts';
import type { MemoryImage } from '../../image/index.ts';
import { PAGE_METADATA_SIZE, type Page } from './container.ts';
import { bootloaderAddresses, UICR_BOOTLOADER } from '../firmware.ts';

export type RecoveryState =
  /** A defragmentation was interrupted: the firmware resumes it. */
  | { readonly kind: 'in-use'; readonly of: number }
  /** The last defragmentation came to its end; the copy is stale. */
  | { readonly kind: 'finished' }
  /** A copy was begun and never declared valid. */
  | { readonly kind: 'being-filled' }
  | { readonly kind: 'blank' }
  /** It names a page and holds no page. */
  | { readonly kind: 'damaged'; readonly pointer: number }
  /** Not a recovery page: its first word points nowhere a recovery page could. */
  | { readonly kind: 'none' };

export interface RecoveryPage {
  readonly address: number;
  readonly state: RecoveryState;
}

export const NO_POINTER = 0xffffffff;
/** The copy of a page follows the word that names it; its last word does not fit and is blank in a tidied page. */
export const RECOVERY_COPY_OFFSET = 4;

export const u32At = (bytes: Uint8Array, offset: number): number =>
  (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>>
  0;

/** The page that a recovery page holds a copy of, as its firmware will write it back. */
export function recoveredPage(
  image: MemoryImage,
  recovery: number,
  pageSize: number,
  address = recovery + RECOVERY_COPY_OFFSET,
): Page {
  const bytes = new Uint8Array(pageSize).fill(0xff);
  bytes.set(image.read(recovery + RECOVERY_COPY_OFFSET, pageSize - RECOVERY_COPY_OFFSET));
  return { address, bytes };
}

/** @param of  the page that it stands in for, where one does */
export function recoveryStateOf(
  image: MemoryImage,
  address: number,
  pageSize: number,
  of: number | undefined,
): RecoveryState {
  if (of !== undefined) return { kind: 'in-use', of };
  const bytes = image.read(address, pageSize);
  if (isFilledWith(bytes, 0xff)) return { kind: 'blank' };
  const pointer = u32At(bytes, 0);
  if (pointer === 0) return { kind: 'finished' };
  const holdsCopy = bytes[RECOVERY_COPY_OFFSET] === PAGE_METADATA_SIZE;
  if (pointer % pageSize !== 0 || pointer === NO_POINTER)
    return { kind: holdsCopy ? 'being-filled' : 'none' };
  return pointer < address ? { kind: 'damaged', pointer } : { kind: 'none' };
}

/** Of the nRF51, which keeps no page for the master boot record's parameters. */
const SMALL_PAGE = 0x400;
/** Distance of the SDK's own mesh bootloader from the end of flash. */
export const sdkBootloaderSize = (pageSize: number) => (pageSize === SMALL_PAGE ? 0x6000 : 0x8000);

/** The recovery page in front of a bootloader; on the nRF52 the page of the master boot record's parameters lies between. */
export const recoveryBelow = (bootloader: number, pageSize: number): number =>
  bootloader - (pageSize === SMALL_PAGE ? 1 : 2) * pageSize;

/** Where the memory map may put the recovery page, as far as the dump says whether there is a bootloader. */
export function recoveryCandidates(
  image: MemoryImage,
  pageSize: number,
  flashSize: number,
): readonly number[] {
  const below = (bootloader: number) => recoveryBelow(bootloader, pageSize);
  const named = bootloaderAddresses(image, flashSize);
  if (named.length > 0) return named.map(below);
  const atEnd = flashSize - pageSize;
  return image.covers(UICR_BOOTLOADER, 4) ? [atEnd] : [atEnd, below(flashSize - sdkBootloaderSize(pageSize))];
}
