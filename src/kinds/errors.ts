import { hex } from '../bytes.ts';
import { KnownError, type Finding } from '../errors.ts';
import { thousands } from '../numbers.ts';
import type { CloneOption, OptionChoice } from './image-kind.ts';

export const unknownImage = (definedBytes: number) =>
  new KnownError(
    'clone/unknown-image',
    `The dump (${thousands(definedBytes)} bytes) holds no configuration pages of a Bluetooth mesh node that Meshpress knows.`,
    'Read the whole flash of the provisioned node, not only its application: nrfutil device dump-to-file --code --uicr donor.hex',
    { definedBytes },
  );

export const foreignUicr = (chip: string, family: string, address: number) =>
  new KnownError(
    'kinds/foreign-uicr',
    `The dump is of an ${chip}, but it holds the UICR of an ${family} (at ${hex(address)}).`,
    'Give the flash and the UICR of one and the same board, or the flash alone.',
    { chip, family, address },
  );

export const badChoice = ({ id, title }: CloneOption, given: string, written: readonly string[]) =>
  new KnownError(
    'kinds/bad-choice',
    `${title}: '${given.slice(0, 40)}' is none of the choices.`,
    `Choose one of: ${written.join(', ')}.`,
    { option: id },
  );

export const noSuchOption = (kindTitle: string, id: string, offered: readonly CloneOption[]) =>
  new KnownError(
    'kinds/no-such-option',
    `The dump is of a node of ${kindTitle}, about whose clones nothing is chosen by '${id.slice(0, 40)}'.`,
    `Leave it out. These nodes have: ${offered.map((option) => option.id).join(', ') || 'no options'}.`,
    { option: id },
  );

export const numberOutOfRange = (
  { id, title }: CloneOption,
  given: number,
  { lowest, highest }: NonNullable<OptionChoice['number']>,
) =>
  new KnownError(
    'kinds/bad-choice',
    `${title}: ${thousands(given)} is out of range.`,
    `Choose a whole number from ${thousands(lowest)} to ${thousands(highest)}.`,
    { option: id, given },
  );

/** The code of every finding that is true of every kind of image. */
export type KindsFindingCode = 'kinds/left-out' | 'kinds/readback-protection';
export type KindsFinding = Finding<KindsFindingCode>;
