import type * as errors from '../../../kinds/errors.ts';
import type { KindsFindingCode } from '../../../kinds/errors.ts';
import type { HelpFor } from './code-help.ts';

/** What is true of every kind of image. */
export const KINDS = {
  'kinds/bad-choice': {
    title: 'A choice that does not exist',
    cause:
      'What can be chosen about clones differs between kinds of node; each choice has a few words, or a number in a range.',
    steps: ['Take one of the choices that the message lists.', 'Leave it out: then the default holds.'],
  },
  'kinds/no-such-option': {
    title: 'An option of other nodes',
    cause:
      'What can be chosen about clones differs between kinds of node. The command line knows the flags of all of them; a flag that means nothing for this dump is refused rather than passed over.',
    steps: [
      'Leave the flag out.',
      'If it ought to mean something, check that this is the dump you meant: inspect names its kind.',
    ],
  },
  'kinds/left-out': {
    title: 'More in the dump than flash',
    cause:
      'Some tools read RAM, factory information (FICR) or external flash into the same file. RAM holds the donor’s keys, and every chip has its own FICR: neither belongs into a clone.',
    steps: [
      'Nothing needs to be done.',
      'To copy external flash into every clone, choose so: external-flash, keep.',
    ],
  },
  'kinds/readback-protection': {
    title: 'Clones would be protected against readback',
    cause:
      'APPROTECT in the UICR of the donor is set, and clones take the UICR over. From its next reset on such a board is closed until it is erased whole.',
    steps: [
      'If that is meant, go on.',
      'If not, leave the UICR out: uicr, drop. Or give the dump with the register erased.',
    ],
    more: 'readout/protected',
  },
  'kinds/foreign-uicr': {
    title: 'The UICR of another chip',
    cause:
      'Each family of chips has these registers at an address of its own, and the same word means other things there. The files given are of two chips, or a UICR was read out with the settings of another one.',
    steps: [
      'Give the flash and the UICR of one board.',
      'Or give the flash alone; then a board keeps the UICR that it has.',
    ],
    commands: 'readout',
  },
} as const satisfies HelpFor<Omit<typeof errors, 'unknownImage'>, KindsFindingCode>;
