/** Where the user information configuration registers lie; what their words say is in `uicr.ts`, which a bench does without. */
import { CHIPS, UICR_START, type Chip } from './chips.ts';
import { MemoryImage } from './memory-image.ts';

/** `nRF52` of `nRF52832`. */
export const familyOf = ({ name }: Pick<Chip, 'name'>): string => name.slice(0, 5);

/** The words that name code, and so stop a chip from starting where that code is not there: NRFFW[0], NRFFW[1] of nRF51 and nRF52. */
export const codeWordsOf = (chip: Chip): readonly number[] =>
  familyOf(chip) === 'nRF51' || familyOf(chip) === 'nRF52'
    ? [chip.uicr.address + 0x14, chip.uicr.address + 0x18]
    : [];

/** Without the UICR of the chip; the rest stays. */
export function withoutUicr(image: MemoryImage, { uicr }: Chip): MemoryImage {
  if (image.definedBytes(uicr.address, uicr.length) === 0) return image;
  const parts = [image.slice(0, uicr.address), image.slice(uicr.address + uicr.length, Infinity)];
  return MemoryImage.of(parts.flatMap(({ runs }) => runs));
}

/** The UICR of another family among the bytes of an image: whose, and where it lies. */
export function foreignUicr(
  image: MemoryImage,
  chip: Chip,
): { readonly address: number; readonly family: string } | undefined {
  for (const other of CHIPS) {
    const { address, length } = other.uicr;
    if (address === chip.uicr.address || address < chip.flashSize) continue;
    if (image.definedBytes(address, length) > 0)
      return { address, family: address === UICR_START ? 'nRF51 or nRF52' : other.name };
  }
  return undefined;
}
