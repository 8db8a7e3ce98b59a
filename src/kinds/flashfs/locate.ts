/**
 * Where everything is in one dump: chip, stack of areas, and what each area is for.
 *
 * Below lie discovery and classification; above lies the reading of a donor. It decides between several stacks, and does not
 * read what the areas hold.
 */
import { CHIPS, type Chip, type MemoryImage } from '../../image/index.ts';
import type { ChipGuess } from '../image-kind.ts';
import { contentRole, classify } from './classify.ts';
import { codeEnd, guessChip } from './chip-guess.ts';
import { HANDLE_INVALID, readPageMetadata, walkPage, type Entry, type Page } from './container.ts';
import {
  bootloaderAddresses,
  findStacks,
  recoveryCandidates,
  type FoundArea,
  type Stack,
} from './discovery.ts';
import { findFirmware, isVectorTable, type Firmware } from './firmware.ts';
import { decodeEntry, dsmRowsA } from './records.ts';
import type { Role } from './releases.ts';

export interface LocatedArea extends FoundArea {
  readonly role: Role;
}
export interface Location {
  readonly chip: ChipGuess;
  readonly firmware: Firmware;
  /** First address of a bootloader, where the dump tells of one. */
  readonly bootloader: number | undefined;
  /** The stack the firmware uses; `undefined` when there is none. */
  readonly stack: Stack | undefined;
  /** Its areas from the recovery page down. */
  readonly areas: readonly LocatedArea[];
  readonly isFamilyB: boolean;
  /** Stacks that the firmware does not use: copies, or what an earlier firmware left. */
  readonly others: readonly Stack[];
  /** Set when two stacks may be the one in use and nothing tells which: their recovery pages. */
  readonly undecided: readonly number[] | undefined;
}

export function locate(image: MemoryImage, known: Chip | undefined): Location {
  const firmware = findFirmware(image);
  const { vectorTables } = firmware;
  const end = codeEnd(image);
  const sized = PAGE_SIZES.filter((pageSize) => !known || known.pageSize === pageSize).map((pageSize) => {
    const { flashSize } = guessChip(image, { chip: known, pageSize, vectorTables, end }).chip;
    return { pageSize, stacks: findStacks(image, pageSize, flashSize) };
  });
  // pages of the wrong size never stack: the right one is that with the highest stack
  const { pageSize, stacks } = sized.reduce((best, one) =>
    height(one.stacks) > height(best.stacks) ? one : best,
  );
  const chip =
    stacks.length === 0
      ? guessChip(image, { chip: known, vectorTables, end })
      : guessChip(image, {
          chip: known,
          pageSize,
          vectorTables,
          end: Math.max(end, ...stacks.map(({ recovery }) => recovery.address + pageSize)),
        });
  const { flashSize } = chip.chip;
  const likely = likelyStacks(stacks, recoveryCandidates(image, pageSize, flashSize));
  const [stack] = likely;
  const isFamilyB = stack !== undefined && looksLikeFamilyB(stack.areas);
  const roles = stack
    ? classify(
        stack.areas.map(({ pages }) => pages),
        isFamilyB,
      )
    : [];
  return {
    chip,
    firmware,
    bootloader: findBootloader(image, stack?.recovery.address ?? flashSize, chip.chip),
    stack,
    areas: stack?.areas.map((area, index) => ({ ...area, role: roles[index]! })) ?? [],
    isFamilyB,
    others: stacks.filter((other) => other !== stack),
    undecided: likely.length > 1 ? likely.map(({ recovery }) => recovery.address) : undefined,
  };
}

/** The bootloader that the dump names, or code above the recovery page. */
function findBootloader(image: MemoryImage, top: number, { flashSize, pageSize }: Chip): number | undefined {
  const [named] = bootloaderAddresses(image, flashSize);
  if (named !== undefined) return named;
  for (let page = top; page < flashSize; page += pageSize) if (isVectorTable(image, page)) return page;
  return undefined;
}

/** Of the nRF52, and of the nRF51. */
const PAGE_SIZES = [...new Set(CHIPS.map((chip) => chip.pageSize))].sort((a, b) => b - a);

const height = (stacks: readonly Stack[]): number =>
  Math.max(0, ...stacks.map(({ areas }) => areas.flatMap(({ pages }) => pages).filter(isFormatted).length));

const isFormatted = ({ bytes }: Page): boolean => readPageMetadata(bytes) !== undefined;

/**
 * The stack that the firmware uses: the one with a device state below the recovery page that the memory map asks for. Where
 * that does not tell, a provisioned one goes before one that is not; several that remain are for a person to tell apart.
 */
function likelyStacks(stacks: readonly Stack[], expected: readonly number[]): readonly Stack[] {
  const complete = stacks.filter((stack) => deviceStateOf(stack) !== undefined);
  const placed = complete.filter(({ recovery }) => expected.includes(recovery.address));
  if (placed.length === 1) return placed;
  const sound = complete.filter(({ damage }) => !damage);
  const provisioned = sound.filter((stack) => deviceStateOf(stack)!.some(isUnicastRecord));
  const [first] = [provisioned, sound, complete].filter((some) => some.length > 0);
  return first ?? stacks.filter(({ damage }) => !damage).slice(0, 1);
}

const deviceStateOf = (stack: Stack): readonly Entry[] | undefined =>
  stack.areas
    .find(({ pages }) => contentRole(pages) === 'dsm')
    ?.pages.flatMap((page) => walkPage(page).entries);

const isUnicastRecord = (entry: Entry): boolean => decodeEntry(dsmRowsA.unicast, entry) !== undefined;

/** Handles and lengths that only 4.0.0 and later write; more than four areas where the records do not tell. */
function looksLikeFamilyB(areas: readonly FoundArea[]): boolean {
  let votesB = 0;
  let votesA = 0;
  for (const { pages } of areas) {
    const role = contentRole(pages);
    for (const entry of pages.flatMap((page) => walkPage(page).entries)) {
      if (role === 'net-state' && entry.handle !== HANDLE_INVALID) {
        if (entry.handle >= 3) votesB++;
        else votesA++;
      }
      if (role === 'dsm') {
        if (writtenByB(entry)) votesB++;
        if (entry.lengthWords === 6 && entry.handle >> 12 === 3) votesA++;
      }
    }
  }
  return votesA === votesB ? areas.length > 4 : votesB > votesA;
}

/** An AppKey with a flag, or a subnet that keeps room for a second key without having one. */
const writtenByB = ({ handle, lengthWords, payload }: Entry): boolean =>
  lengthWords === 11 || (lengthWords === 10 && handle >> 12 !== 4 && payload[2] === 0);
