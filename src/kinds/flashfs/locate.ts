/**
 * Where everything is in one dump: chip, stack of areas, and what each area is for.
 *
 * Below lie discovery and classification; above lies the reading of a donor. It decides between several stacks, and does not
 * read what the areas hold.
 */
import { CHIPS, type Chip, type MemoryImage } from '../../image/index.ts';
import type { ChipGuess } from '../image-kind.ts';
import { contentRole, classify } from './classify.ts';
import { codeEnd, guessChip, isCortexM0 } from '../chip-guess.ts';
import { HANDLE_INVALID, readPageMetadata, walkPage, type Entry, type Page } from './container.ts';
import { findStacks, joinStacks, type FoundArea, type Stack } from './discovery.ts';
import { recoveryCandidates } from './recovery-page.ts';
import { bootloaderAddresses, findFirmware, isVectorTable, type Firmware } from '../firmware.ts';
import { decodeEntry, dsmRowsA } from './records/index.ts';
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
  /** Areas that the stack lacks, where several lie apart and nothing tells which are in use: their first addresses. */
  readonly unclear: readonly number[];
  /** Set when two stacks may be the one in use and nothing tells which: their recovery pages. */
  readonly undecided: readonly number[] | undefined;
}

export function locate(image: MemoryImage, known: Chip | undefined): Location {
  const firmware = findFirmware(image);
  const { vectorTables } = firmware;
  const end = codeEnd(image);
  const isNrf51 = isForNrf51(image, firmware);
  const sized = PAGE_SIZES.filter((pageSize) => !known || known.pageSize === pageSize).map((pageSize) => {
    const { flashSize } = guessChip(image, {
      among: SDK_CHIPS,
      chip: known,
      pageSize,
      vectorTables,
      isNrf51,
      end,
    }).chip;
    return { pageSize, stacks: findStacks(image, pageSize, flashSize) };
  });
  // pages of the wrong size never stack: the right one is that with the highest stack
  const { pageSize, stacks } = sized.reduce((best, one) =>
    height(one.stacks) > height(best.stacks) ? one : best,
  );
  const chip =
    stacks.length === 0
      ? guessChip(image, { among: SDK_CHIPS, chip: known, vectorTables, isNrf51, end })
      : guessChip(image, {
          among: SDK_CHIPS,
          chip: known,
          pageSize,
          vectorTables,
          isNrf51,
          end: Math.max(end, ...stacks.map(({ recovery }) => recovery.address + pageSize)),
        });
  const { flashSize } = chip.chip;
  const likely = likelyStacks(stacks, recoveryCandidates(image, pageSize, flashSize));
  const { stack, others, unclear } = joinApart(image, flashSize, stacks, likely);
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
    others,
    unclear,
    undecided: likely.length > 1 ? likely.map(({ recovery }) => recovery.address) : undefined,
  };
}

/** SoftDevices of the nRF51, which no other chip runs. */
const SOFT_DEVICES_OF_NRF51 = /^S(?:110|120|130|210|310) /;

const isForNrf51 = (image: MemoryImage, { softDevice, vectorTables }: Firmware): boolean =>
  SOFT_DEVICES_OF_NRF51.test(softDevice?.name ?? '') ||
  vectorTables.some((table) => isCortexM0(image, table));

/** The bootloader that the dump names, or code above the recovery page. */
function findBootloader(image: MemoryImage, top: number, { flashSize, pageSize }: Chip): number | undefined {
  const [named] = bootloaderAddresses(image, flashSize);
  if (named !== undefined) return named;
  for (let page = top; page < flashSize; page += pageSize) if (isVectorTable(image, page)) return page;
  return undefined;
}

/** Chips that the nRF5 SDK for Mesh runs on. Source: the release notes of its versions. */
export const SDK_CHIPS = CHIPS.filter(({ name }) =>
  ['nRF51422', 'nRF52810', 'nRF52820', 'nRF52832', 'nRF52833', 'nRF52840'].includes(name),
);
/** Of the nRF52, and of the nRF51. */
export const PAGE_SIZES = [...new Set(SDK_CHIPS.map((chip) => chip.pageSize))].sort((a, b) => b - a);

export const height = (stacks: readonly Stack[]): number =>
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

export const deviceStateOf = (stack: Stack): readonly Entry[] | undefined =>
  stack.areas
    .find(({ pages }) => contentRole(pages) === 'dsm')
    ?.pages.flatMap((page) => walkPage(page).entries);

interface Joined {
  readonly stack: Stack | undefined;
  readonly others: readonly Stack[];
  readonly unclear: readonly number[];
}

/**
 * The stack with the device state, and with it the areas it lacks: those that lie apart, whose roles it does not have, and that
 * no stack with a device state of its own claims. Where two could fill one role, neither is taken, unless it lies where the
 * memory map asks for it.
 */
function joinApart(
  image: MemoryImage,
  flashSize: number,
  stacks: readonly Stack[],
  likely: readonly Stack[],
): Joined {
  const [stack] = likely;
  const others = stacks.filter((other) => other !== stack);
  const alone = { stack, others, unclear: [] };
  if (!stack || likely.length > 1 || deviceStateOf(stack) === undefined || !lacksArea(stack)) return alone;
  const own = rolesIn(stack);
  const free = others.filter((other) =>
    rolesIn(other).every((role) => role !== 'dsm' && !own.includes(role)),
  );
  const expected = recoveryCandidates(image, stack.pageSize, flashSize);
  const rivalsOf = (one: Stack) =>
    free.filter((other) => other !== one && rolesIn(other).some((role) => rolesIn(one).includes(role)));
  const isPlaced = ({ recovery }: Stack) => expected.includes(recovery.address);
  const joined = free.filter((one) => {
    const rivals = rivalsOf(one);
    return rivals.length === 0 || (isPlaced(one) && !rivals.some(isPlaced));
  });
  const left = free.filter(
    (one) => !joined.includes(one) && !rivalsOf(one).some((rival) => joined.includes(rival)),
  );
  const unclear = left.flatMap(({ areas }) => areas.map(({ address }) => address));
  if (joined.length === 0) return { ...alone, unclear };
  return {
    stack: joinStacks(image, flashSize, [stack, ...joined]),
    others: others.filter((other) => !joined.includes(other)),
    unclear,
  };
}

/** What its areas hold, as far as entries tell. */
const rolesIn = ({ areas }: Stack): Role[] => areas.flatMap(({ pages }) => contentRole(pages) ?? []);

/** Whether a stack has no place for one of the areas that every node has. */
function lacksArea({ areas }: Stack): boolean {
  const roles = classify(
    areas.map(({ pages }) => pages),
    looksLikeFamilyB(areas),
  );
  return (['net-state', 'access'] as const).some((role) => !roles.includes(role));
}

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
