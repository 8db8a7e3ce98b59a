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

export const noApplication = (what: string) =>
  new KnownError(
    'kinds/no-application',
    `The new firmware holds no application that this node could start: ${what}.`,
    'Give the HEX of the application, with that of its SoftDevice if it has one of its own, or the merged HEX of the build.',
    { what },
  );

export const firmwareOfAnotherChip = (chip: string, what: string) =>
  new KnownError(
    'kinds/firmware-of-another-chip',
    `The new firmware is not for the ${chip} of this node: ${what}.`,
    'Build it for the chip of the node, or give the dump of the other board.',
    { chip, what },
  );

export const firmwareOfAnotherKind = (kindTitle: string, what: string) =>
  new KnownError(
    'kinds/firmware-of-another-kind',
    `The dump is of a node of ${kindTitle}, and the new firmware is none of it: ${what}.`,
    'No other stack reads the records of this node. Program the board and provision it anew.',
    { kind: kindTitle },
  );

export const firmwareOverState = (address: number) =>
  new KnownError(
    'kinds/firmware-over-state',
    `The new firmware has code or data at ${hex(address, 5)}, where this node keeps its state.`,
    'It is larger than the old one, or has another memory map: it would not find the node. Link it to end below these pages, or provision the board anew.',
    { address },
  );

export const firmwareBeginsElsewhere = (at: number, expected: number, behind: string) =>
  new KnownError(
    'kinds/firmware-begins-elsewhere',
    `The new firmware begins at ${hex(at, 5)}, but ${behind} of the dump starts an application at ${hex(expected, 5)}.`,
    'Give the SoftDevice or bootloader that it was built for with it, or the merged HEX of the build.',
    { at, expected },
  );

export const layoutDiffers = (what: string) =>
  new KnownError(
    'kinds/layout-differs',
    `The new firmware would not find this node: ${what}.`,
    'It would start as a node that was never provisioned, or stop. Give it the memory map and the limits of the old firmware, or provision the board anew.',
    { what },
  );

export const recordsNotRead = (written: string, release: string, what: string) =>
  new KnownError(
    'kinds/records-not-read',
    `Firmware of release ${release} does not take over what ${written} wrote: ${what}.`,
    'Provision the board anew with the new firmware. If it is of another release than that, say which (--firmware-release, or the field here).',
    { written, release, what },
  );

export const firmwareLosesNode = (what: string) =>
  new KnownError(
    'kinds/firmware-loses-node',
    `Booted in simulation, the new firmware does not come up as this node: ${what}.`,
    'Nothing was written. Keep the old firmware on this node, or provision the board anew.',
    { what },
  );

/** The code of every finding that is true of every kind of image. */
export type KindsFindingCode =
  | 'kinds/left-out'
  | 'kinds/readback-protection'
  | 'kinds/layout-unseen'
  | 'kinds/layout-seen'
  | 'kinds/firmware-unseen'
  | 'kinds/firmware-release-assumed'
  | 'kinds/records-move-on'
  | 'kinds/parts-kept'
  | 'kinds/parts-dropped'
  | 'kinds/bootloader-checks'
  | 'kinds/uicr-changed'
  | 'kinds/write-to-its-board';
export type KindsFinding = Finding<KindsFindingCode>;
