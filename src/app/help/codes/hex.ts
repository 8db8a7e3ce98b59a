import type * as errors from '../../../hex/errors.ts';
import { GIVE_BOTH, READ_OUT, type HelpFor } from './code-help.ts';

const AGAIN = ['Fetch the file from where it was first saved.', READ_OUT, GIVE_BOTH] as const;
const DAMAGED =
  'Each line of a HEX file carries its own length and checksum. One of them is not right, so the file was changed on the way: cut, edited, or translated by a mail program.';

/** The text of an Intel HEX file. */
export const HEX = {
  'hex/empty-file': {
    title: 'An empty file',
    cause: 'The read-out wrote nothing, often because the chip was not reached.',
    steps: [
      READ_OUT,
      'Look at the size of the file before you give it: a whole nRF52832 has more than 1 MB as text.',
    ],
    commands: 'readout',
  },
  'hex/too-large': {
    title: 'A HEX file far too large',
    cause: 'The 1 MB flash of an nRF52840 makes a HEX file of 3 MB. A file of this size is something else.',
    steps: ['Choose the .hex file that was read out.', READ_OUT],
    commands: 'readout',
  },
  'hex/too-scattered': {
    title: 'A HEX file with too many gaps',
    cause:
      'A tool that reads a chip out writes what lies there in long stretches. This file has a gap behind nearly every byte.',
    steps: [READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'hex/not-hex': {
    title: 'Not an Intel HEX file',
    cause:
      'Each line of such a file begins with a colon and holds hex digits alone. ELF, S-record and raw files have other forms.',
    steps: [
      'Choose the .hex file that was read out.',
      'A raw dump may end in .bin; give its base address then.',
    ],
    commands: 'readout',
  },
  'hex/bad-length': {
    title: 'A line is too short or too long',
    cause: DAMAGED,
    steps: AGAIN,
    commands: 'readout',
  },
  'hex/bad-checksum': { title: 'A line is damaged', cause: DAMAGED, steps: AGAIN, commands: 'readout' },
  'hex/bad-record': {
    title: 'A record that does not belong here',
    cause: 'The format knows six kinds of records, each of a fixed form. Something else was found.',
    steps: AGAIN,
    commands: 'readout',
  },
  'hex/truncated': {
    title: 'The file ends in the middle',
    cause:
      'A HEX file ends with a record that says so. It is missing: the read-out or the copy was interrupted.',
    steps: AGAIN,
    commands: 'readout',
  },
  'hex/data-after-end': {
    title: 'The file goes on after its end',
    cause: 'Two HEX files were joined into one without removing the end of the first.',
    steps: ['Give the files one by one, together in one choice.'],
  },
  'hex/overlap': {
    title: 'An address is defined twice',
    cause:
      'A read-out has every address once. Two files were merged, or a build holds two sections at one place.',
    steps: ['Give the parts one by one, or the one read-out that holds everything.'],
  },
  'hex/unreadable': {
    title: 'The file cannot be read',
    cause: 'Its lines are sound one by one and make no sense together.',
    steps: AGAIN,
    commands: 'readout',
  },
  'hex/universal-hex': {
    title: 'A universal hex of the micro:bit',
    cause:
      'Editors for the micro:bit save one file with two programs, for the boards with an nRF51822 and for those with an nRF52833. It was built, not read out, and holds no node.',
    steps: [READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'hex/bad-srec': {
    title: 'A damaged S-record file',
    cause:
      'Each line of such a file carries its own length and checksum. One of them is not right, so the file was changed on the way.',
    steps: ['Fetch the file from where it was first saved.', READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'hex/bad-uf2': {
    title: 'A damaged UF2 file',
    cause:
      'Such a file is made of blocks of 512 bytes with fixed numbers at both ends. One block is not whole.',
    steps: ['Fetch the file from where it was first saved.', READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
} as const satisfies HelpFor<typeof errors>;
