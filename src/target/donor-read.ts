/**
 * The whole of a running node, read without changing it: halt, ask the chip which pages are blank, read the others, ask the chip
 * whether they arrived as they are, run on.
 *
 * The second reading is the chip's own: it computes a hash of each page, so that nothing on the wire is believed twice.
 */
import { isFilledWith } from '../bytes.ts';
import { MemoryImage, UICR_END, UICR_START, type Segment, type Stretch } from '../image/index.ts';
import { letGoOfCore } from './core.ts';
import { locked, unsteadyRead } from './errors.ts';
import type { FlashWriter, OpenFlashWriter } from './flash-writer.ts';
import type { ChipIdentity } from './identify.ts';
import { loaderWriter } from './loader-writer.ts';
import type { MemAp } from './mem-ap.ts';
import { Nvmc } from './nvmc.ts';
import { PausedCore } from './paused-core.ts';
import { POWER_RESETREAS, RESETREAS_DIF } from './registers.ts';

export interface DonorReadOptions {
  /** What is done, in order; of the first and last only that it has begun. */
  readonly progress?: (stage: DonorReadStage, doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
  /** As in `ProgramOptions`. */
  readonly writer?: OpenFlashWriter;
}
/** What is known of the chip before. */
interface DonorReadContext extends DonorReadOptions {
  readonly wasClosed?: boolean;
}
export type DonorReadStage = 'looking' | 'reading' | 'checking';

export interface DonorReading {
  readonly identity: ChipIdentity;
  /** All of the flash, erased pages too, and all of the UICR. */
  readonly image: MemoryImage;
  readonly pages: number;
  /** Erased, so told by the chip and not read. */
  readonly blankPages: number;
  /** Pages that had arrived otherwise than they are, and were read once more. */
  readonly readAgain: number;
  /** Its port was closed: it was restarted, and caught as its firmware opened it. */
  readonly wasClosed: boolean;
  /** Its firmware had switched it off (System OFF), and connecting woke it. */
  readonly wasAsleep: boolean;
}

/** What reading needs of a chip behind a link. */
export interface DonorTarget {
  readonly memory: MemAp;
  readonly identity: ChipIdentity | undefined;
}

/** Handed to the link at once; it keeps several requests under way within it. */
const STEP_PAGES = 8;

/**
 * @throws `target/not-halted` (the core runs on then), `target/unsteady-read`, and what the link throws
 */
export async function readDonor(target: DonorTarget, options: DonorReadContext = {}): Promise<DonorReading> {
  const { memory, identity } = target;
  if (!identity) throw locked();
  const paused = await PausedCore.pause(memory).catch(async (error) => {
    await letGoOfCore(memory).catch(() => {}); // the first error is the one to tell
    throw error;
  });
  try {
    const reading = await readPaused(memory, identity, paused.exception, options);
    await paused.resume();
    return reading;
  } catch (error) {
    await paused.resume().catch(() => {}); // the same
    throw error;
  }
}

async function readPaused(
  memory: MemAp,
  identity: ChipIdentity,
  exception: number,
  { progress = () => {}, signal, writer: open = loaderWriter, wasClosed = false }: DonorReadContext,
): Promise<DonorReading> {
  const { pageSize, flashSize } = identity.chip;
  const erased = new Uint8Array(pageSize).fill(0xff);
  const all = Array.from({ length: flashSize / pageSize }, (_, i) => ({
    address: i * pageSize,
    bytes: erased,
  }));
  signal?.throwIfAborted();
  const writer = await open({ memory, nvmc: new Nvmc(memory), pageSize, exception });
  progress('looking', 0, flashSize);
  const used = await writer.findDifferent(
    all,
    (doneBytes) => progress('looking', doneBytes, flashSize),
    signal,
  );
  const uicr = { address: UICR_START, length: UICR_END - UICR_START };
  const totalBytes = used.length * pageSize + uicr.length;
  const telling = (doneBytes: number) => progress('reading', doneBytes, totalBytes);
  telling(0);
  const read = await readPages(memory, used, pageSize, telling, signal);
  const [registers] = await memory.readStretches([uicr], signal);
  telling(totalBytes);
  const { pages, readAgain } = await checked(memory, writer, read, pageSize, { progress, signal });
  await writer.close();
  const wasAsleep = await wasWoken(memory);
  const found = new Map(pages.map((page) => [page.address, page]));
  return {
    identity,
    image: MemoryImage.of([...all.map((page) => found.get(page.address) ?? page), registers!]),
    pages: all.length,
    blankPages: all.length - used.length,
    readAgain,
    wasClosed,
    wasAsleep,
  };
}

/** The note of it is ours, so it is taken away: the next who looks is not told of this time. */
async function wasWoken(memory: MemAp): Promise<boolean> {
  if (((await memory.readWord(POWER_RESETREAS)) & RESETREAS_DIF) === 0) return false;
  await memory.writeWord(POWER_RESETREAS, RESETREAS_DIF);
  return true;
}

/** What the chip's own hashes do not confirm is read once more; after that it is the wire that cannot be trusted. */
async function checked(
  memory: MemAp,
  writer: FlashWriter,
  read: readonly Segment[],
  pageSize: number,
  {
    progress,
    signal,
  }: { progress: NonNullable<DonorReadOptions['progress']>; signal?: AbortSignal | undefined },
): Promise<{ pages: readonly Segment[]; readAgain: number }> {
  const totalBytes = read.length * pageSize;
  progress('checking', 0, totalBytes);
  const wrong = await writer.findDifferent(read, (done) => progress('checking', done, totalBytes), signal);
  if (wrong.length === 0) return { pages: read, readAgain: 0 };
  const again = await readPages(memory, wrong, pageSize, () => {}, signal);
  const stillWrong = await writer.findDifferent(again, () => {}, signal);
  if (stillWrong.length > 0) throw unsteadyRead(stillWrong.length, stillWrong[0]!.address);
  const better = new Map(again.map((page) => [page.address, page]));
  return { pages: read.map((page) => better.get(page.address) ?? page), readAgain: again.length };
}

async function readPages(
  memory: MemAp,
  pages: readonly Segment[],
  pageSize: number,
  telling: (doneBytes: number) => void,
  signal?: AbortSignal,
): Promise<Segment[]> {
  const read: Segment[] = [];
  for (let from = 0; from < pages.length; from += STEP_PAGES) {
    const step: Stretch[] = pages
      .slice(from, from + STEP_PAGES)
      .map(({ address }) => ({ address, length: pageSize }));
    read.push(...(await memory.readStretches(step, signal)));
    telling(read.length * pageSize);
  }
  return read;
}

/** Whether anything was ever written to this chip. */
export const isBlank = (image: MemoryImage): boolean =>
  image.runs.every(({ bytes }) => isFilledWith(bytes, 0xff));
