/** The kinds of image Meshpress knows, and asking each of them about a dump. */
import type { Chip, ImageKind, ImageReading, MemoryImage, ReadOptions, Stretch } from '../image/index.ts';
import { flashManagerKind } from '../flashfs/index.ts';
import type { Dump } from './dump.ts';
import * as errors from './errors.ts';

/** A new kind of image is added here; nothing else in this room, on the bench or on the page knows one by name. */
const IMAGE_KINDS: readonly ImageKind[] = [flashManagerKind];

export const kindOf = (reading: ImageReading): ImageKind =>
  IMAGE_KINDS.find(({ id }) => id === reading.kind)!;

/**
 * Read a dump with the kind of image that recognises it.
 *
 * @returns a reading, with a `refusal` where the dump is understood and cannot be cloned
 * @throws `clone/unknown-image` when no kind finds its own in it
 */
export function readImage(dump: Dump, options?: ReadOptions): ImageReading {
  for (const kind of IMAGE_KINDS) {
    const reading = kind.read(dump.image, options);
    if (reading) return reading;
  }
  throw errors.unknownImage(dump.image.size);
}

/** As `ImageKind.stillToRead`, for whatever kind it may be. */
export const stillToRead = (image: MemoryImage, chip: Chip): readonly Stretch[] =>
  IMAGE_KINDS.flatMap((kind) => kind.stillToRead(image, chip));
