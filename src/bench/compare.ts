/** Whether a board that the journal knows still carries what was verified on it. */
import { equalBytes, isFilledWith } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import {
  UICR_END,
  UICR_START,
  type Chip,
  type MemoryImage,
  type Segment,
  type Stretch,
} from '../image/index.ts';
import type { CompareOptions, Comparison, Nrf52 } from '../target/index.ts';
import type { ChipReader } from './chip-reader.ts';

/** Bytes that tell a blank chip from one with a firmware. */
const HEAD = 16;
const WORD = 4;

/**
 * All that stays on a board as it was written, against the image that was verified on it. Its core is halted for that, and is to be
 * restarted; one that cannot be halted is compared by the beginning of the image.
 */
export async function compareWhole(
  target: Nrf52,
  image: MemoryImage,
  reader: ChipReader,
  options: CompareOptions,
): Promise<Comparison> {
  const { chip } = target.identity!;
  const pages = lastingPages(image, chip, await reader.stateOf({ segments: image.runs, chip }));
  if (pages.length === 0) return compareBeginning(target, image, options);
  try {
    const found = await target.compare(pages, options);
    return found === 'same' && !(await holdsUicr(target, image, options)) ? 'changed' : found;
  } catch (error) {
    if (error instanceof KnownError && error.code === 'target/not-halted')
      return compareBeginning(target, image, options);
    throw error;
  }
}

/** The first bytes of an image alone, read while the core runs. Without an image, whether the chip holds anything. */
export async function compareBeginning(
  target: Nrf52,
  image: MemoryImage | undefined,
  { signal }: Pick<CompareOptions, 'signal'>,
): Promise<Comparison> {
  const { address, bytes } = image?.runs[0] ?? { address: 0, bytes: new Uint8Array(HEAD) };
  const found = await target.readImage([{ address, length: bytes.length }], signal && { signal });
  const there = found.read(address, bytes.length);
  if (isFilledWith(there, 0xff)) return 'blank';
  return !image || equalBytes(there, bytes) ? 'same' : 'changed';
}

/** The pages that an image fills, without those that its firmware keeps state in, and those that it leaves erased, where it may begin to. */
function lastingPages(
  image: MemoryImage,
  { flashSize, pageSize }: Chip,
  state: readonly Stretch[],
): Segment[] {
  const isState = (page: number) =>
    state.some(({ address, length }) => address < page + pageSize && page < address + length);
  return Array.from({ length: flashSize / pageSize }, (_, i) => i * pageSize)
    .filter((address) => !isState(address))
    .map((address) => ({ address, bytes: image.read(address, pageSize) }))
    .filter(isWritten);
}

/** Words of the UICR that the image writes; others may be written by the firmware when it starts. */
async function holdsUicr(target: Nrf52, image: MemoryImage, { signal }: CompareOptions): Promise<boolean> {
  const words = image
    .slice(UICR_START, UICR_END)
    .runs.flatMap(({ address, bytes }) =>
      Array.from({ length: Math.ceil(bytes.length / WORD) }, (_, i) => ({
        address: address + WORD * i,
        bytes: bytes.subarray(WORD * i, WORD * (i + 1)),
      })),
    )
    .filter(isWritten);
  const stretches = words.map(({ address, bytes }) => ({ address, length: bytes.length }));
  const found = await target.readImage(stretches, signal && { signal });
  return words.every(({ address, bytes }) => equalBytes(found.read(address, bytes.length), bytes));
}

const isWritten = ({ bytes }: Segment): boolean => !isFilledWith(bytes, 0xff);
