import type * as errors from '../../../target/errors.ts';
import type { HelpFor } from './code-help.ts';

const POWER_CYCLE = 'Switch the board off and on.';
const WRITE_AGAIN = 'Press “Write again”: it gets the same identity and is written from the start.';

/** The chip on the board. */
export const TARGET = {
  'target/locked': {
    title: 'The chip is protected',
    cause:
      'Its debug port is closed (APPROTECT). On newer silicon that is so after every reset. It can be opened only by erasing everything, and until then it does not say who it is.',
    steps: ['If nothing on it is needed, allow the erase.', 'Otherwise set it aside and take another board.'],
    more: 'bench/protected',
  },
  'target/donor-protected': {
    title: 'The donor cannot be read',
    cause:
      'Its debug port is closed (APPROTECT). On newer silicon that is so after every reset, unless the user registers and the firmware both open it; examples of the nRF5 SDK for Mesh as they come do not. It was restarted once, to be caught if its firmware opens the port for a moment, and that did not come. Nothing was erased: the node runs on.',
    steps: [
      'If you have the dump from before it was protected, use that.',
      'Take a kit with older silicon for the donor, or build its firmware with start-up code that opens the port (MDK 8.40 and later), with UICR.APPROTECT at 0x5A.',
      'Provision and configure that node, and read it.',
    ],
    more: 'readout/protected',
  },
  'target/closes-itself': {
    title: 'The firmware closes the debug port',
    cause:
      'Newer silicon lets a firmware open its debug port and close it again until the next reset (FORCEPROTECT), as some do before they sleep. The chip was restarted to be halted while the port is open, and that moment was too short.',
    steps: [
      'Try again, if you have one with a faster probe.',
      'Build the firmware so that it leaves the port open; provision and configure that node, and read it.',
    ],
    more: 'readout/protected',
  },
  'target/unsteady-read': {
    title: 'Two readings differ',
    cause:
      'The core stood still, so its firmware was not writing: what differs was lost on the way. A dump that is wrong in one bit would be wrong in every clone, so nothing of it is offered.',
    steps: ['Take a shorter cable, and wires that sit well.', 'Read it again.'],
    more: 'probes/external',
  },
  'target/stays-locked': {
    title: 'The chip stays closed after the erase',
    cause:
      'Everything was erased and the port did not open: the chip wants a reset by power, or its firmware area is protected in another way.',
    steps: [POWER_CYCLE, WRITE_AGAIN],
  },
  'target/closed-by-reset': {
    title: 'The chip closed itself',
    cause:
      'Newer silicon closes its debug port at every reset. The build of this chip was not known to, so it was reset, and it closed. Nothing on it was changed.',
    steps: [
      'Press “Try again”: the chip shows itself as protected now.',
      'If nothing on it is needed, allow the erase. From then on it is not reset before every byte is read back.',
    ],
    more: 'bench/protected',
  },
  'target/other-chip': {
    title: 'The chip says two different things of itself',
    cause:
      'Its id is read more than once, as the journal goes by it. What was read differs: another chip came to an external probe, the wires do not sit well, or the probe answers falsely. Where writing had begun, the board counts as half written.',
    steps: [
      'Unplug the board and plug it in again.',
      WRITE_AGAIN,
      'Take another probe or update its firmware, if it happens again.',
    ],
    more: 'probes/external',
  },
  'target/not-nrf52': {
    title: 'Not an nRF52',
    cause:
      'The chip behind the wires answers as another one. On a kit with something in Debug Out the probe talks to that.',
    steps: ['Unplug what is in Debug Out.', 'Check which chip the probe is wired to.'],
    more: 'probes/external',
  },
  'target/unknown-part': {
    title: 'A chip that is not supported',
    cause: 'It is of the family, but not one of those whose flash Meshpress knows how to write.',
    steps: [
      'Take a board with an nRF52810, nRF52820, nRF52832, nRF52833 or nRF52840.',
      'Or program the image with another tool.',
    ],
  },
  'target/wrong-chip': {
    title: 'Another chip than the image is for',
    cause: 'The clones are of a donor with another chip. Their firmware would not run here.',
    steps: ['Take a board with the donor’s chip.', 'Whether this one was erased stands in the message.'],
  },
  'target/foreign-uicr': {
    title: 'The UICR of another chip',
    cause:
      'Families of chips have their user registers (UICR) at different addresses, and a word means another thing in each. Nothing was changed on the board.',
    steps: [
      'Take a board with the chip that the message names.',
      'Or leave the UICR out of the clones: uicr, drop.',
    ],
  },
  'target/outside-memory': {
    title: 'The image does not fit',
    cause:
      'The chip on the board has less flash than the donor: a smaller variant of the same chip, or another chip.',
    steps: ['Take a board with the donor’s chip.', 'Whether this one was erased stands in the message.'],
  },
  'target/verify-failed': {
    title: 'The flash differs from what was written',
    cause:
      'After writing, every byte is read back. Flash wears out after some ten thousand erases, and a bad connection can do the same once.',
    steps: [
      'Press “Slower”.',
      'If it differs at the same address again, the flash is worn: set the board aside.',
      'Mark the board; discard its identity if it will not be used.',
    ],
    more: 'bench',
  },
  'target/not-halted': {
    title: 'The core does not stop',
    cause: 'The chip was asleep, in a reset, or locked up.',
    steps: [POWER_CYCLE, WRITE_AGAIN],
  },
  'target/not-ready': {
    title: 'The flash took too long',
    cause:
      'Erasing or writing did not end within many times the time that the datasheet allows. The supply may be too weak.',
    steps: [POWER_CYCLE, 'Another cable, or a hub with its own power.', WRITE_AGAIN],
  },
  'target/loader-stopped': {
    title: 'The writer in the chip went silent',
    cause:
      'A small program in the chip’s memory writes the flash. It stopped: a brown-out, a reset from outside, or a watchdog.',
    steps: [POWER_CYCLE, 'Leave the reset button alone while a board is written.', WRITE_AGAIN],
  },
} as const satisfies HelpFor<typeof errors>;
