/**
 * In what form pages go to the chip: as they are, or packed and unpacked there.
 *
 * Packing pays where the flash would wait for the link, and costs the time to unpack where it would not. So the way of the pages is
 * followed: one is on its way while another is written, and two buffers are all there is. Each page takes the form in which it is
 * in flash sooner. Below lies nothing; above lies the plan (write-plan.ts).
 */
import { crc32 } from '../crc32.ts';
import type { PackedPage, Segment } from '../image/index.ts';

export interface PageTransfer {
  readonly form: 'none' | 'plain' | 'packed';
  /** Over the link. */
  readonly bytes: number;
  readonly reason:
    /** Nothing is to be written to the page. */
    | 'nothing to send'
    /** It is in flash no sooner when packed: the flash is what takes the time. */
    | 'link keeps up'
    /** The flash would wait for it. */
    | 'link is slower'
    /** It is as large packed, belongs to one clone alone, or nothing was packed for this image. */
    | 'not packed'
    /** So little would be won that loading what unpacks takes longer. */
    | 'not worth it'
    /** The debug port does all the work. */
    | 'no program in the chip';
}

/** How the link to the chip does. */
export interface LinkRate {
  /** As measured: for 4096 bytes into RAM. */
  readonly pageMs: number;
  /** Bytes that have to be sent once, before the first packed page. */
  readonly unpackerBytes: number;
}

export interface TransferWishes {
  /** Pages to be written, by rising address, with the time that the flash takes for each. */
  readonly pages: readonly { readonly page: Segment; readonly flashMs: number }[];
  readonly packed: readonly PackedPage[];
  /** Without a program in the chip there is none. */
  readonly link: LinkRate | undefined;
}

/** To unpack a page and hash it: 50 cycles a byte at 64 MHz, docs/performance.md. */
export const UNPACK_PAGE_MS = 3.2;

/** A gain that is smaller is within what the rate of a link is known to. */
const WORTH_IT = 0.99;
const PAGE_BYTES = 4096;

/** @returns  for each of the pages, in their order */
export function planTransfers({ pages, packed, link }: TransferWishes): PageTransfer[] {
  const plainOf = (reason: PageTransfer['reason']) =>
    pages.map(({ page }): PageTransfer => ({ form: 'plain', bytes: sentLength(page.bytes), reason }));
  if (!link) return plainOf('no program in the chip');
  const byAddress = new Map(packed.map((one) => [one.address, one]));
  const fits = (page: Segment) => {
    const found = byAddress.get(page.address);
    return found && found.crc32 === crc32(page.bytes) ? found : undefined;
  };
  const all = plainOf('not packed');
  const plainMs = follow(pages, link, () => undefined).doneMs;
  const mixed = follow(pages, link, fits);
  const loadMs = (link.pageMs * link.unpackerBytes) / PAGE_BYTES;
  const pays = mixed.doneMs + loadMs < WORTH_IT * plainMs;
  return all.map((plain, i): PageTransfer => {
    const choice = mixed.choices[i]!;
    if (!choice.packed) return plain;
    if (!choice.sooner) return { ...plain, reason: 'link keeps up' };
    if (!pays) return { ...plain, reason: 'not worth it' };
    return { form: 'packed', bytes: choice.packed.packed.length, reason: 'link is slower' };
  });
}

interface Choice {
  readonly packed: PackedPage | undefined;
  /** In flash, when packed. */
  readonly sooner: boolean;
}

/** Follow all pages on their way, each in the form that has it in flash sooner. */
function follow(
  pages: TransferWishes['pages'],
  { pageMs }: LinkRate,
  packedOf: (page: Segment) => PackedPage | undefined,
): { readonly choices: readonly Choice[]; readonly doneMs: number } {
  let sentMs = 0; // all so far
  let writtenMs = 0; // the page before
  let freeMs = 0; // the buffer, which is that of the page before the page before
  const choices = pages.map(({ page, flashMs }): Choice => {
    const startMs = Math.max(sentMs, freeMs);
    const arrives = (bytes: number) => startMs + (pageMs * bytes) / PAGE_BYTES;
    const plainAt = arrives(sentLength(page.bytes));
    const plainDone = Math.max(plainAt, writtenMs) + flashMs;
    const packed = packedOf(page);
    const packedAt = packed ? arrives(packed.packed.length) : Infinity;
    const packedDone = Math.max(packedAt, writtenMs) + UNPACK_PAGE_MS + flashMs;
    const sooner = packedDone < plainDone;
    freeMs = writtenMs;
    sentMs = sooner ? packedAt : plainAt;
    writtenMs = sooner ? packedDone : plainDone;
    return { packed, sooner };
  });
  return { choices, doneMs: writtenMs };
}

/** What of a page has to be sent: up to its last word that is not erased. */
export function sentLength(page: Uint8Array): number {
  let end = page.length;
  while (end > 0 && page[end - 1] === 0xff) end--;
  return Math.max(4, 4 * Math.ceil(end / 4));
}
