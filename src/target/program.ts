/**
 * The job: a chip of whatever past becomes exactly this image.
 *
 * In this order: check that the image fits, compare, erase, write flash, read all of it back, UICR, protection, reset. The
 * UICR comes late because it tells the firmware where things are and may close the port; nothing resets the chip before
 * everything was read back, as on newer silicon the port is closed from then on.
 */
import { isFilledWith } from '../bytes.ts';
import {
  FICR_START,
  UICR_END,
  UICR_START,
  type Chip,
  type MemoryImage,
  type Segment,
} from '../image/index.ts';
import { haltCore, haltForJob, resetAndRunCore } from './core.ts';
import { locked, outsideMemory, verifyFailed, wrongChip } from './errors.ts';
import {
  ERASED_WORD,
  firstDifference,
  wordsOf,
  writeDirectly,
  type OpenFlashWriter,
} from './flash-writer.ts';
import type { ChipIdentity } from './identify.ts';
import { loaderWriter } from './loader-writer.ts';
import type { ErasePermission, Nrf52 } from './nrf52.ts';
import { flashTimes, Nvmc } from './nvmc.ts';
import { APPROTECT_ENABLED, UICR_APPROTECT } from './registers.ts';

export type ProgramStage = 'comparing' | 'erasing' | 'writing' | 'verifying';

export interface ProgramOptions {
  /** The chip that the image was made for; another one is refused. */
  readonly chip?: Chip;
  /** Needed where the chip is protected. */
  readonly permission?: ErasePermission;
  /**
   * `as-needed` (the default): the flash is compared first, and then only pages that differ are erased, or everything where that
   * takes less time; the UICR where a bit has to become 1 again. `everything`: flash and UICR, unseen. Both leave the image on
   * the chip and nothing else. `changes`: never more than the pages that differ; UICR words that the image leaves out stay as
   * they are. What may have been protected from writing by an old firmware is always erased whole.
   */
  readonly erase?: 'as-needed' | 'everything' | 'changes';
  /** Close the debug port for good measure; only an erase of everything opens it again. */
  readonly lock?: boolean;
  /** The loader in RAM where it works, the debug port alone where not; another way may be given. */
  readonly writer?: OpenFlashWriter;
  readonly progress?: (stage: ProgramStage, doneBytes: number, totalBytes: number) => void;
  /** Ends the job between two packets. A chip that was erased by then holds a part of the image and must be programmed again. */
  readonly signal?: AbortSignal;
}

export interface ProgramReport {
  readonly identity: ChipIdentity;
  /** Pages that were erased and written, of all pages. */
  readonly pagesWritten: number;
  readonly pages: number;
  /** Words of the UICR that the image defines and that are not erased. */
  readonly uicrWords: number;
}

/**
 * @throws `target/locked`, `target/wrong-chip`, `target/outside-memory` before anything is changed (a protected chip tells
 *         who it is only once it was erased); `target/verify-failed`, `target/not-halted`, `target/not-ready`, and what the
 *         link throws
 */
export async function programChip(
  target: Nrf52,
  image: MemoryImage,
  options: ProgramOptions,
): Promise<ProgramReport> {
  const { permission = { mayEraseAll: false }, progress = () => {}, signal } = options;
  const { memory, control } = target;
  signal?.throwIfAborted();

  const wasLocked = target.isLocked;
  if (wasLocked) {
    if (!permission.mayEraseAll) throw locked();
    progress('erasing', 0, 1);
  }
  const identity = target.identity ?? (await target.unlock(permission));
  const { chip } = identity;
  assertFits(image, identity, options.chip);

  const { flashSize, pageSize } = chip;
  const pages = Array.from({ length: flashSize / pageSize }, (_, i) => ({
    address: i * pageSize,
    bytes: image.read(i * pageSize, pageSize),
  }));
  const nvmc = new Nvmc(memory);
  const erase = options.erase ?? 'as-needed';
  // Where no reset comes before, flash protection may still be on; the control port erases whatever the firmware set up.
  const compares = !wasLocked && (erase === 'changes' || (erase === 'as-needed' && !identity.relocks));
  let isErased = wasLocked;

  if (!wasLocked) {
    await haltForJob(memory, identity.relocks);
    if (!compares) {
      await eraseAll(() => (identity.relocks ? control.eraseAll() : nvmc.eraseAll()));
      await haltCore(memory);
    }
  } else progress('erasing', 1, 1);

  const written = await writePages();
  const uicrWords = await writeUicr();
  await resetAndRunCore(memory);
  await target.port.powerDown();
  return { identity, pagesWritten: written, pages: pages.length, uicrWords };

  async function eraseAll(work: () => Promise<void>): Promise<void> {
    signal?.throwIfAborted();
    progress('erasing', 0, 1);
    await work();
    isErased = true;
    progress('erasing', 1, 1);
  }

  /** Write what is not there yet and read back. @returns how many pages were written or erased */
  async function writePages(): Promise<number> {
    const writer = await (options.writer ?? loaderWriter)({ memory, nvmc, pageSize });
    const telling = (stage: ProgramStage, some: readonly Segment[]) => {
      const totalBytes = some.length * pageSize;
      progress(stage, 0, totalBytes);
      return (doneBytes: number) => progress(stage, doneBytes, totalBytes);
    };
    const work = async () => {
      const different = compares
        ? await writer.findDifferent(pages, telling('comparing', pages), signal)
        : pages;
      if (different.length === 0) return { touched: 0, wrong: [] };
      if (compares && erase === 'as-needed' && erasesAllSooner(identity.chip, pages, different))
        await eraseAll(() => nvmc.eraseAll());
      const touched = isErased ? pages : different;
      const toWrite = isErased ? pages.filter(isUsed) : different;
      await writer.write(toWrite, !isErased, telling('writing', toWrite), signal);
      const toRead = erase === 'changes' ? touched : pages;
      return {
        touched: touched.length,
        wrong: await writer.findDifferent(toRead, telling('verifying', toRead), signal),
      };
    };
    const { touched, wrong } = await work().catch(async (error) => {
      await writer.close().catch(() => {}); // the first error is the one to tell
      throw error;
    });
    await writer.close();
    for (const page of wrong) assertEqual(page, await memory.readBytes(page.address, pageSize, signal));
    return touched;
  }

  /** Compared first: often nothing is to do, and an erase would take words with it that the image does not know. */
  async function writeUicr(): Promise<number> {
    const wanted = uicrWordsOf(image);
    if (options.lock) wanted.set(UICR_APPROTECT, APPROTECT_ENABLED);
    if (wanted.size === 0 && (isErased || erase === 'changes')) return 0;
    let found = isErased ? null : await memory.readBytes(UICR_START, UICR_END - UICR_START, signal);
    if (found && erase === 'as-needed')
      for (let address = UICR_START; address < UICR_END; address += 4)
        if (!wanted.has(address)) wanted.set(address, ERASED_WORD);
    const missing = () =>
      [...wanted]
        .map(([address, word]) => ({ address, word, before: found ? wordAt(found, address) : ERASED_WORD }))
        .filter(({ word, before }) => word !== before);
    if (missing().some(({ word, before }) => (before & word) >>> 0 !== word)) {
      progress('erasing', 0, 1);
      await nvmc.eraseUicr();
      found = null;
      progress('erasing', 1, 1);
    }
    const pieces = missing()
      .map(({ address, word }) => ({ address, bytes: new Uint8Array(Uint32Array.of(word).buffer) }))
      .sort((a, b) => Number(a.address === UICR_APPROTECT) - Number(b.address === UICR_APPROTECT)); // protection last
    if (pieces.length > 0 && written === 0) progress('writing', 0, 4 * pieces.length); // else it was told long ago
    if (pieces.length > 0) await writeDirectly({ memory, nvmc }, pieces, signal);
    if (pieces.length > 0 && written === 0) progress('writing', 4 * pieces.length, 4 * pieces.length);
    for (const piece of pieces) assertEqual(piece, await memory.readBytes(piece.address, 4));
    return [...wanted.values()].filter((word) => word !== ERASED_WORD).length;
  }
}

const isUsed = ({ bytes }: Segment) => !isFilledWith(bytes, 0xff);

/** Whether it takes less to erase everything and write all pages than to erase and write those that differ. */
function erasesAllSooner(chip: Chip, pages: readonly Segment[], different: readonly Segment[]): boolean {
  const { writePageMs, erasePageMs, eraseAllMs } = flashTimes(chip);
  const writeMs = (some: readonly Segment[]) => some.filter(isUsed).length * writePageMs;
  return eraseAllMs + writeMs(pages) < different.length * erasePageMs + writeMs(different);
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

/** Factory information may be in a dump, belongs to the chip and is passed over. */
function assertFits(image: MemoryImage, { chip }: ChipIdentity, wanted: Chip | undefined): void {
  if (wanted && wanted.part !== chip.part) throw wrongChip(wanted.name, chip.name);
  for (const { address, bytes } of image.runs) {
    const end = address + bytes.length;
    if (end <= chip.flashSize || (address >= FICR_START && end <= UICR_END)) continue;
    throw outsideMemory(Math.max(address, chip.flashSize), chip.name, chip.flashSize);
  }
}

function assertEqual(expected: Segment, found: Uint8Array): void {
  const at = firstDifference(expected.bytes, found);
  if (at !== -1) throw verifyFailed(expected.address + at, expected.bytes[at]!, found[at]!);
}

const wordAt = (uicr: Uint8Array, address: number) =>
  new DataView(uicr.buffer, uicr.byteOffset).getUint32(address - UICR_START, true);
