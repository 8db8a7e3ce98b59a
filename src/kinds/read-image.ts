/** Asking each kind of image about a dump. */
import { hex } from '../bytes.ts';
import { reportOf } from '../errors.ts';
import {
  chipNamedBy,
  describeUicr,
  foreignUicr,
  type Chip,
  type MemoryImage,
  type Stretch,
} from '../image/index.ts';
import { findBeside, readbackProtection } from './beside.ts';
import { EXTERNAL_FLASH, namingUicr, UICR } from './common-options.ts';
import * as errors from './errors.ts';
import type { CloneOption, ImageReading, RawPlacing, ReadOptions } from './image-kind.ts';
import { IMAGE_KINDS } from './list.ts';
import { keepsStateInUicr } from './uicr.ts';

/**
 * Read a dump with the kind of image that recognises it.
 *
 * @returns a reading, with a `refusal` where the dump is understood and cannot be cloned
 * @throws `clone/unknown-image` when no kind finds its own in it
 */
export function readImage(image: MemoryImage, options: ReadOptions = {}): ImageReading {
  const { chip, beside } = options;
  const named = chip || !beside ? undefined : chipNamedBy(beside.factory);
  const known = named ? { ...options, chip: named } : options;
  for (const kind of IMAGE_KINDS) {
    const reading = kind.read(image, known);
    if (reading) return withBeside(reading, named, options);
  }
  throw errors.unknownImage(image.size);
}

/** What is true of every kind: what the files hold beside the image, and what its UICR does. */
function withBeside(reading: ImageReading, named: Chip | undefined, { beside }: ReadOptions): ImageReading {
  const chip = named ?? reading.chip.chip;
  const uicr = describeUicr(reading.image, chip);
  const foreign = foreignUicr(reading.image, chip);
  const findings = [...readbackProtection(reading.image, chip), ...(beside ? findBeside(beside) : [])];
  const options = [
    ...(beside && beside.external.size > 0 ? [EXTERNAL_FLASH] : []),
    ...(uicr.length > 0 && !keepsStateInUicr(reading, chip) ? [namingUicr(uicr)] : []),
  ];
  if (findings.length === 0 && options.length === 0 && !named && !foreign) return reading;
  const rank = { error: 0, warning: 1, info: 2 };
  const refusal = foreign && reportOf(errors.foreignUicr(chip.name, foreign.family, foreign.address));
  return {
    ...reading,
    ...(named && {
      chip: { chip: named, certain: true, reasons: [`FICR names part ${hex(named.part!)}`] },
    }),
    refusal: reading.refusal ?? refusal ?? null,
    findings: [...reading.findings, ...findings].sort((a, b) => rank[a.severity] - rank[b.severity]),
    options: [...reading.options, ...options],
  };
}

/** As `ImageKind.placeRaw`, of the first kind that recognises its own. */
export function placeRaw(bytes: Uint8Array, given?: number): RawPlacing | undefined {
  for (const kind of IMAGE_KINDS) {
    const placing = kind.placeRaw?.(bytes, given);
    if (placing) return placing;
  }
  return undefined;
}

/** As `ImageKind.stillToRead`, for whatever kind it may be: what several want is read once. */
export const stillToRead = (image: MemoryImage, chip: Chip): readonly Stretch[] =>
  joined(IMAGE_KINDS.flatMap((kind) => kind.stillToRead(image, chip)));

/** The same places by rising address, none of them twice. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const whole: { address: number; length: number }[] = [];
  for (const { address, length } of stretches.toSorted((a, b) => a.address - b.address)) {
    const last = whole.at(-1);
    if (last && address <= last.address + last.length)
      last.length = Math.max(last.length, address + length - last.address);
    else whole.push({ address, length });
  }
  return whole;
}

/** Every option of every kind, those of one id once, with the choices of all: what flags are made from. */
export const ALL_OPTIONS: readonly CloneOption[] = [
  ...IMAGE_KINDS.flatMap(({ options }) => options),
  EXTERNAL_FLASH,
  UICR,
].reduce<CloneOption[]>((all, option) => {
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
