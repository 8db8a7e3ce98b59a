/** Asking each kind of image about a dump. */
import type { Chip, MemoryImage, Stretch } from '../image/index.ts';
import * as errors from './errors.ts';
import type { CloneOption, ImageReading, ReadOptions } from './image-kind.ts';
import { IMAGE_KINDS } from './list.ts';

/**
 * Read a dump with the kind of image that recognises it.
 *
 * @returns a reading, with a `refusal` where the dump is understood and cannot be cloned
 * @throws `clone/unknown-image` when no kind finds its own in it
 */
export function readImage(image: MemoryImage, options?: ReadOptions): ImageReading {
  for (const kind of IMAGE_KINDS) {
    const reading = kind.read(image, options);
    if (reading) return reading;
  }
  throw errors.unknownImage(image.size);
}

/** As `ImageKind.stillToRead`, for whatever kind it may be. */
export const stillToRead = (image: MemoryImage, chip: Chip): readonly Stretch[] =>
  IMAGE_KINDS.flatMap((kind) => kind.stillToRead(image, chip));

/** Every option of every kind, those of one id once, with the choices of all: what flags are made from. */
export const ALL_OPTIONS: readonly CloneOption[] = IMAGE_KINDS.flatMap(({ options }) => options).reduce<
  CloneOption[]
>((all, option) => {
  const known = all.findIndex(({ id }) => id === option.id);
  if (known === -1) return [...all, option];
  const { choices } = all[known]!;
  const further = option.choices.filter(({ value }) => choices.every((one) => one.value !== value));
  return all.with(known, { ...all[known]!, choices: [...choices, ...further] });
}, []);

/** `nRF5 SDK for Mesh 4.2.0 or 4.1.0, probably` */
export function stackTitle({ kind, releases: { likely, certain } }: ImageReading): string {
  if (likely.length === 0) return kind.title;
  return `${kind.title} ${likely.join(' or ')}${certain ? '' : ', probably'}`;
}
