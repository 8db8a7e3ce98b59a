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
  'kinds/no-application': {
    title: 'No application in the new firmware',
    cause:
      'A node needs an application that stands where the SoftDevice or the bootloader below it starts one. A file with a SoftDevice alone has none.',
    steps: [
      'Give the HEX of the application; a SoftDevice of its own can be given with it.',
      'Or give the merged HEX of the build.',
    ],
    more: 'update-firmware/where',
  },
  'kinds/firmware-of-another-chip': {
    title: 'New firmware for another chip',
    cause:
      'Where flash ends, so do the places where a mesh stack keeps its state: a firmware for a chip with more flash looks for them elsewhere.',
    steps: ['Build the firmware for the chip of the node.', 'Or give the dump of the board it is for.'],
  },
  'kinds/firmware-of-another-kind': {
    title: 'New firmware with another mesh stack',
    cause:
      'Nodes of the nRF5 SDK for Mesh and of the nRF Connect SDK keep their state in wholly different ways, and neither reads the records of the other.',
    steps: ['Program the board with the new firmware and provision it anew.'],
  },
  'kinds/firmware-over-state': {
    title: 'New firmware where the node has its state',
    cause:
      'The new firmware is larger, or was linked with another memory map, and lies over pages in which the node keeps its address and keys.',
    steps: [
      'Link it to end below these pages, as the old one does.',
      'Or program the board with it and provision it anew.',
    ],
    more: 'update-firmware/where',
  },
  'kinds/firmware-begins-elsewhere': {
    title: 'New firmware for another SoftDevice',
    cause:
      'A SoftDevice starts the application right behind itself, and its size differs between versions. The application was built for another one than that in the dump.',
    steps: [
      'Give that SoftDevice with it: --firmware softdevice.hex --firmware application.hex.',
      'Or give the merged HEX of the build.',
    ],
    more: 'update-firmware/where',
  },
  'kinds/layout-differs': {
    title: 'New firmware with another layout',
    cause:
      'Firmware finds its state by the memory map and the limits it was built with: place and size of areas or partitions, numbers of keys, addresses, elements and models. Where one of them differs it starts as a new node, or stops.',
    steps: [
      'Build the new firmware with the memory map and the limits of the old one.',
      'Or program the board with it and provision it anew.',
    ],
    more: 'update-firmware/where',
  },
  'kinds/records-not-read': {
    title: 'Records that the new firmware does not read',
    cause:
      'From 4.0.0 on the SDK takes over what 3.x wrote, and nothing goes the other way. Records of models have one form in 1.x, another in 2.x, and one from 3.0.0 on.',
    steps: [
      'Check which release the new firmware was built with, and say so: --firmware-release.',
      'Or provision the board anew with the new firmware.',
    ],
    more: 'update-firmware/releases',
  },
  'kinds/firmware-loses-node': {
    title: 'The new firmware would not be this node',
    cause:
      'The outcome is read as the new firmware reads it when it starts, before anything is written. It came up as another node than the dump, or as none.',
    steps: ['Keep the old firmware on this node.', 'Or provision the board anew with the new one.'],
    more: 'update-firmware/releases',
  },
  'kinds/layout-unseen': {
    title: 'A layout that a build does not show',
    cause:
      'Where a firmware keeps its state, how many elements and models it has and for how many keys it has room is compiled into it, and its HEX does not say.',
    steps: [
      'Check that the new firmware was built with the memory map, the limits and the models of the old one.',
      'Or give a dump of a board that ran the new firmware in place of its HEX: then all of that is compared.',
      'Try it on one board first, and keep its dump.',
    ],
    more: 'update-firmware/where',
  },
  'kinds/layout-seen': {
    title: 'A layout that was compared',
    cause: 'The new firmware’s file shows where it keeps its state, and it is where the node has it.',
    steps: [],
  },
  'kinds/firmware-unseen': {
    title: 'What a firmware does not show',
    cause:
      'How many elements and models a firmware has and for how many keys it has room is compiled into it; where its first start wrote none of that into flash, nothing tells.',
    steps: [
      'Check that the new firmware has the elements, models and limits of the old one.',
      'Try it on one board first, and keep its dump.',
    ],
    more: 'update-firmware/where',
  },
  'kinds/firmware-release-assumed': {
    title: 'A release that is assumed',
    cause:
      'No firmware says which release of the SDK it was built with. Its SoftDevice is a hint; without one the release of the dump is taken.',
    steps: ['If it was built with another release, say which: --firmware-release, or the field here.'],
    more: 'update-firmware/releases',
  },
  'kinds/records-move-on': {
    title: 'A node that goes on under another release',
    cause: 'The new firmware is of another release than the one that wrote the node, and reads its records.',
    steps: [],
    more: 'update-firmware/releases',
  },
  'kinds/parts-kept': {
    title: 'Parts of the old firmware that stay',
    cause: 'An application alone needs the SoftDevice and the bootloader that were there before.',
    steps: [],
  },
  'kinds/parts-dropped': {
    title: 'What is not taken over',
    cause:
      'Of the dump the pages of the node are taken, and what the new firmware needs and does not bring. Old code, bonds and data of the application are not.',
    steps: [],
  },
  'kinds/bootloader-checks': {
    title: 'A bootloader that may refuse the application',
    cause:
      'The bootloader of the nRF5 SDK keeps version and checksum of its application in a settings page, that of the SDK for Mesh in its info page. A new application does not fit what is there.',
    steps: [
      'For the bootloader of the nRF5 SDK: make the settings page of the new application with nrfutil, and give its HEX with the application.',
      'For that of the SDK for Mesh: give its device page for the new application too.',
      'Or give a build that brings bootloader and settings of its own.',
    ],
    more: 'update-firmware/where',
  },
  'kinds/uicr-changed': {
    title: 'New firmware that sets the UICR',
    cause:
      'Builds with a bootloader, reset pins or protection carry words of the UICR in their HEX. They stand over those of the dump.',
    steps: ['If that is not meant, take the records from 0x10001000 on out of the HEX.'],
  },
  'kinds/write-to-its-board': {
    title: 'For the board it was read from',
    cause:
      'The file is this one node. On a second board there would be two nodes of one address and one key. And the sequence number in it is that of the moment when the board was read out.',
    steps: [
      'Read the board out, make the file, and write it to the same board at once.',
      'If the node was on air in between, read it out again.',
    ],
    more: 'update-firmware/how',
  },
} as const satisfies HelpFor<Omit<typeof errors, 'unknownImage'>, KindsFindingCode>;
