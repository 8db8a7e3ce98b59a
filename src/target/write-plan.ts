/**
 * What a job will do to a chip, decided before anything on it is changed.
 *
 * Plain data, made by pure functions from what was found on the chip: it can be shown, kept, sent and tested without a board.
 * Below lies nothing; above lies the job (program.ts), which finds out, plans, and carries out what the plan says and no more.
 */
import { isFilledWith } from '../bytes.ts';
import {
  codeWordsOf,
  UICR_END,
  UICR_START,
  type Chip,
  type MemoryImage,
  type PackedPage,
  type Segment,
} from '../image/index.ts';
import { ERASED_WORD, wordsOf } from './flash-writer.ts';
import { flashTimes } from './nvmc.ts';
import { APPROTECT_ENABLED, UICR_APPROTECT } from './registers.ts';
import { planTransfers, type LinkRate, type PageTransfer } from './transfers.ts';

export interface WritePlan {
  /** Flash and UICR at once, where that is needed or takes less time; then no page is erased by itself. */
  readonly chipErase: ChipErase | null;
  /** Every page of the flash, by rising address. */
  readonly pages: readonly PagePlan[];
  readonly uicr: UicrPlan;
  readonly estimate: {
    /** Sent to the chip: pages as they go over the link, and words of the UICR. */
    readonly bytes: number;
    /** For erasing and writing alone, by typical times of the datasheet. */
    readonly milliseconds: number;
  };
}

export interface ChipErase {
  readonly reason: ChipEraseReason;
  /** The control access port can do it whatever the firmware has protected; the flash controller needs an open port. */
  readonly by: 'control port' | 'flash controller';
}

export type ChipEraseReason =
  /** The chip was protected, and this is what opened it: done already. */
  | 'protected'
  /** A reset would close the chip, so none was made, and what the firmware protected from writing is so still. */
  | 'closes at reset'
  /** Takes less time than to erase the pages that differ one by one. */
  | 'sooner'
  /** A job before this one ended early, and cells that it left between two states may read as they should for once. */
  | 'unfinished';

export interface PagePlan {
  readonly address: number;
  readonly action: 'leave' | 'write' | 'erase' | 'erase and write';
  readonly reason:
    /** Holds what the image wants already. */
    | 'same'
    /** Holds something else. */
    | 'differs'
    /** Blank after the erase of everything. */
    | 'blank';
  /** How its bytes get to the chip. */
  readonly transfer: PageTransfer;
}

export interface UicrPlan {
  /** Words in which a bit must become 1 again, by address; where there are any, all of it is erased. */
  readonly toErase: readonly number[];
  /** By rising address, but protection last: it may close the port. */
  readonly write: readonly UicrWord[];
  /** All that are not erased afterwards, by rising address. */
  readonly words: readonly UicrWord[];
}

export interface UicrWord {
  readonly address: number;
  readonly word: number;
}

/** Whole pages of the flash as the image wants them, by rising address. */
export const pagesOf = (image: MemoryImage, { flashSize, pageSize }: Chip): Segment[] =>
  Array.from({ length: flashSize / pageSize }, (_, i) => ({
    address: i * pageSize,
    bytes: image.read(i * pageSize, pageSize),
  }));

/**
 * The erase of everything that a job needs or is quicker with.
 *
 * @param pages      the whole flash as it is to be
 * @param different  addresses of the pages that hold something else
 */
export function planChipErase(
  chip: Chip,
  pages: readonly Segment[],
  different: ReadonlySet<number>,
): ChipErase | null {
  const { writePageMs, erasePageMs, eraseAllMs } = flashTimes(chip);
  const isUsed = ({ bytes }: Segment) => !isFilledWith(bytes, 0xff);
  const used = pages.filter(isUsed);
  const toWrite = used.filter(({ address }) => different.has(address));
  const byPageMs = different.size * erasePageMs + toWrite.length * writePageMs;
  return eraseAllMs + used.length * writePageMs < byPageMs
    ? { reason: 'sooner', by: 'flash controller' }
    : null;
}

/** What was found on the chip: pages that differ, and the UICR; or nothing, as all of it was or will be erased. */
export type Found =
  | {
      readonly chipErase: ChipErase;
      /** All of the UICR as it was before, where it could be read and the image brings none: it is put back. */
      readonly uicr?: Uint8Array;
    }
  | {
      readonly chipErase: null;
      /** Addresses of the pages that hold something else than the image wants. */
      readonly different: ReadonlySet<number>;
      /** All of the UICR. */
      readonly uicr: Uint8Array;
    };

export interface PlanOptions {
  /** Close the debug port with the next reset. */
  readonly lock?: boolean;
  /** Pages of this image, or of others, packed; those that are not of this image are passed over. */
  readonly packed?: readonly PackedPage[];
  /** Of a link to a program in the chip that can unpack. */
  readonly link?: LinkRate | undefined;
}

/** The plan by which the chip will hold the image and nothing else. */
export function planWrite(
  chip: Chip,
  image: MemoryImage,
  found: Found,
  { lock = false, packed = [], link }: PlanOptions = {},
): WritePlan {
  const whole = pagesOf(image, chip);
  const { writePageMs, erasePageMs, eraseAllMs } = flashTimes(chip);
  const actions = whole.map((page) => planPage(page, found));
  const toSend = whole.filter((_, i) => isWritten(actions[i]!));
  const transfers = new Map(
    planTransfers({
      pages: toSend.map((page) => ({
        page,
        flashMs: writePageMs + (found.chipErase ? 0 : erasePageMs),
      })),
      packed,
      link,
    }).map((transfer, i) => [toSend[i]!.address, transfer]),
  );
  const pages = actions.map((page): PagePlan => ({
    ...page,
    transfer: transfers.get(page.address) ?? NOTHING_TO_SEND,
  }));
  const written = toSend.length;
  const erased = pages.filter(isErasedAlone).length;
  const uicr = planUicr(chip, image, found, lock);
  const erasesAll = found.chipErase && found.chipErase.reason !== 'protected';
  return {
    chipErase: found.chipErase,
    pages,
    uicr,
    estimate: {
      bytes: pages.reduce((sum, { transfer }) => sum + transfer.bytes, 0) + 4 * uicr.write.length,
      milliseconds:
        (erasesAll ? eraseAllMs : 0) +
        (erased + (uicr.toErase.length > 0 ? 1 : 0)) * erasePageMs +
        written * writePageMs,
    },
  };
}

const NOTHING_TO_SEND: PageTransfer = { form: 'none', bytes: 0, reason: 'nothing to send' };

export const isWritten = ({ action }: Pick<PagePlan, 'action'>) =>
  action === 'write' || action === 'erase and write';
export const isErasedAlone = ({ action }: Pick<PagePlan, 'action'>) =>
  action === 'erase' || action === 'erase and write';

function planPage({ address, bytes }: Segment, found: Found): Omit<PagePlan, 'transfer'> {
  const isBlank = isFilledWith(bytes, 0xff);
  if (found.chipErase) return { address, action: isBlank ? 'leave' : 'write', reason: 'blank' };
  if (!found.different.has(address)) return { address, action: 'leave', reason: 'same' };
  return { address, action: isBlank ? 'erase' : 'erase and write', reason: 'differs' };
}

/** An image that brings no UICR leaves a board its own words, but for those that name code which is not there any more. */
function planUicr(chip: Chip, image: MemoryImage, found: Found, lock: boolean): UicrPlan {
  const before = found.chipErase ? null : found.uicr;
  const wanted = bringsUicr(image) || !found.uicr ? uicrWordsOf(image) : keptWords(chip, image, found.uicr);
  if (lock) wanted.set(UICR_APPROTECT, APPROTECT_ENABLED);
  const all = Array.from({ length: (UICR_END - UICR_START) / 4 }, (_, i) => {
    const address = UICR_START + 4 * i;
    return {
      address,
      word: wanted.get(address) ?? ERASED_WORD,
      before: before ? wordAt(before, 4 * i) : ERASED_WORD,
    };
  });
  const toErase = all
    .filter(({ word, before }) => (before & word) >>> 0 !== word)
    .map(({ address }) => address);
  const isThere = ({ word, before }: (typeof all)[number]) =>
    word === (toErase.length > 0 ? ERASED_WORD : before);
  return {
    toErase,
    write: all
      .filter((one) => !isThere(one))
      .map(({ address, word }) => ({ address, word }))
      .sort((a, b) => Number(a.address === UICR_APPROTECT) - Number(b.address === UICR_APPROTECT)),
    words: all.filter(({ word }) => word !== ERASED_WORD).map(({ address, word }) => ({ address, word })),
  };
}

/** Whether an image says anything of the UICR, be it that a word is erased. */
export const bringsUicr = (image: MemoryImage): boolean =>
  image.definedBytes(UICR_START, UICR_END - UICR_START) > 0;

/** Words of a board that stay: all that are not erased, except the start of code in a page that the image leaves blank. */
function keptWords(chip: Chip, image: MemoryImage, uicr: Uint8Array): Map<number, number> {
  const code = codeWordsOf(chip);
  const isGone = (page: number) =>
    page >= chip.flashSize || isFilledWith(image.read(page - (page % chip.pageSize), chip.pageSize), 0xff);
  return new Map(
    Array.from(
      { length: uicr.length / 4 },
      (_, i) => [UICR_START + 4 * i, wordAt(uicr, 4 * i)] as const,
    ).filter(([address, word]) => word !== ERASED_WORD && !(code[0] === address && isGone(word))),
  );
}

/** Words of the UICR that the image defines, by address. */
function uicrWordsOf(image: MemoryImage): Map<number, number> {
  const wanted = new Map<number, number>();
  for (const run of image.slice(UICR_START, UICR_END).runs) {
    const { address, words } = wordsOf(run);
    words.forEach((word, i) => wanted.set(address + 4 * i, word));
  }
  return wanted;
}

const wordAt = (bytes: Uint8Array, at: number) =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
