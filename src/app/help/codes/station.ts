import type * as errors from '../../../bench/errors.ts';
import type { DiscardReason, StationFindingCode } from '../../../bench/errors.ts';
import type * as proofErrors from '../../../bench/proof-errors.ts';
import type { HelpFor } from './code-help.ts';

const SAY_WHICH = 'Look at the boards: the chip id is shown on the bench when one is plugged in.';

/** The bench: who is on which board, and the journal of it. */
export const STATION = {
  'station/proof-boot': {
    title: 'Boots as another node',
    cause:
      'Every byte arrived as it was sent; but what was read back of the board, started in simulation, is not the node of this clone. The board was not started.',
    steps: ['Press the clones again, from a fresh dump.', 'If it stays so, file a report: “Copy a report”.'],
    more: 'bench/proof',
  },
  'station/proof-not-running': {
    title: 'The firmware does not run',
    cause:
      'The board holds the clone, every byte of it. After its reset the core was looked at some times without stopping it, and it is not at work: the message says what it does instead.',
    steps: [
      'Switch the board off and on, and press “Write again”.',
      'If all boards do this, the donor’s firmware wants something that they lack: a crystal, a part on the board, a word in the UICR.',
      'If it is one board, set it aside.',
    ],
    more: 'bench/proof',
  },
  'station/proof-log': {
    title: 'Its log says something else',
    cause:
      'The firmware writes a log into its RAM, and what it says there of its address is not what this clone is, or it says that it resets its node.',
    steps: [
      'Open its log and read it.',
      'Look whether the firmware falls back to fixed values when it starts.',
    ],
    more: 'bench/proof',
  },
  'station/proof-changed': {
    title: 'Changed after its start',
    cause:
      'Some seconds after its start the pages in which the firmware keeps its state were read again, and they are not those of the clone any more. Firmwares erase them when their version, their models or their flash layout are not what the pages were written with.',
    steps: [
      'Read the donor after it ran with the very firmware that is cloned.',
      'Look in its log for “Node reset” or corrupted data.',
    ],
    more: 'bench/proof',
  },
  'station/proof-sequence-back': {
    title: 'Sequence number went back',
    cause:
      'A node numbers its messages, and others drop what has a number they have heard before. Firmwares set numbers aside in blocks and go on behind the block when they start; this one began with a lower number than it was written with, under the same IV index.',
    steps: [
      'Read the donor after it ran with the very firmware that is cloned.',
      'Look whether the firmware erases its network state when it starts.',
    ],
    more: 'bench/proof',
  },
  'station/proof-sequence-jump': {
    title: 'Sequence number jumped',
    cause:
      'One start sets one block of numbers aside: 8,192 with the nRF5 SDK for Mesh, 128 with the nRF Connect SDK, or more where the image shows that its firmware was built so. This board used more in a few seconds. A node has sixteen million, and is silent when they are used up until the IV index moves on.',
    steps: [
      'Open its log: a firmware that restarts, or sends without a pause, does this.',
      'If it was built with larger blocks (NETWORK_SEQNUM_FLASH_BLOCK_SIZE, BT_MESH_SEQ_STORE_RATE), take the quick proof for this run.',
    ],
    more: 'bench/proof',
  },
  'station/proof-iv-index': {
    title: 'IV index moved otherwise than a network does',
    cause:
      'All nodes of a network share an IV index, which rises by one in months. A node follows the beacons of others: to the next, out of an update, or ahead by 42 at most. It never goes back. This one did something else when it started.',
    steps: [
      'Look whether the firmware erases its network state, or begins with a fixed IV index.',
      'Read the donor after it ran in its network with the very firmware that is cloned.',
    ],
    more: 'bench/proof',
  },
  'station/proof-replay': {
    title: 'Replay list forgotten',
    cause:
      'Where a firmware keeps the last number it heard of each other node, it goes on from there after a start. This one lost such numbers, so messages of before, repeated by anybody, would count again.',
    steps: [
      'Look whether the firmware erases its replay list when it starts.',
      'Or press the clones with an empty replay list, as new nodes have one.',
    ],
    more: 'bench/proof',
  },
  'station/no-log-found': {
    title: 'No log in its RAM',
    cause:
      'RTT keeps a log in RAM behind a mark, and none was found, or one with nonsense behind it. Many firmwares log by their serial port, or not at all.',
    steps: ['Build the firmware with its log sent to RTT.', 'Or use its serial port.'],
    more: 'bench/proof',
  },
  'station/read-halted': {
    title: 'Halted to be read',
    cause:
      'A board is looked at while its firmware runs, and read twice. The two readings differed, as a firmware that writes leaves a mixture of before and after; so its core was halted for a third, and runs on.',
    steps: [],
    more: 'bench/proof',
  },
  'station/log-closed': {
    title: 'The port is closed',
    cause:
      'What runs in a chip can be read only while its debug port is open. This one is closed since its last reset.',
    steps: ['Use its serial port, where the firmware logs there.'],
    more: 'bench/protected',
  },
  'station/journal-not-read': {
    title: 'The journal could not be read',
    cause:
      'The browser keeps it in its storage, and that was not to be had: a private window, storage switched off, or a damaged profile.',
    steps: [
      'Load the page again.',
      'Allow this page to keep data; leave the private window.',
      'If it stays so, import the journal you exported last.',
    ],
    more: 'bench/journal',
  },
  'station/journal-not-written': {
    title: 'The journal could not be written',
    cause:
      'What is not in the journal does not happen, so no board is changed. The disk is full, or the browser allows this page no storage.',
    steps: ['Make room on the disk.', 'Allow this page to keep data.', 'Press “Write again”.'],
    more: 'bench/journal',
  },
  'station/bad-journal': {
    title: 'Not a journal of Meshpress',
    cause:
      'The file is another one, or was changed since it was exported. Spreadsheets like to turn chip ids into numbers.',
    steps: [
      'Choose the CSV or JSON file as it was exported.',
      'If it was saved by a spreadsheet, export it from the bench again.',
    ],
    more: 'bench/journal',
  },
  'station/journal-too-large': {
    title: 'Larger than any journal',
    cause:
      'A file may have 100 MB and 200,000 records: a whole network with every address used, and as much again. Larger ones are refused before they are read, as they would stop the page.',
    steps: [
      'Choose a file that was exported from one journal.',
      'Import the journals of several computers one after another.',
    ],
    more: 'bench/journal',
  },
  'station/run-kept': {
    title: 'Another run is kept here',
    cause:
      'Another tab began a run after this page was opened. It holds the only copy of its device keys until they are saved, so nothing is begun over it.',
    steps: [
      'Go on with that run.',
      'Or press “Save it and put it away”, then begin yours.',
      'Or forget it, if nobody needs its keys.',
    ],
  },
  'station/run-gone': {
    title: 'The run is no longer kept',
    cause: 'It was finished, put away or forgotten in another tab after this page had shown it.',
    steps: ['Begin another run.', 'Or open the file it was saved to: “Open a saved run”.'],
  },
  'station/run-changed': {
    title: 'The kept run is not as it was shown',
    cause:
      'Another tab went on with it, so more boards carry its device keys, or another run is kept by now. Your word was about what you saw.',
    steps: ['Look at what is kept now.', 'Then go on with it, put it away, or forget it.'],
  },
  'station/plan-outdated': {
    title: 'The plan is older than the boards',
    cause:
      'After these clones were planned, other clones with the same addresses came onto boards. Two nodes with one address disturb each other.',
    steps: [
      'Plan again: addresses on boards are left out.',
      'Press again what was pressed from this plan, and do not use the old zip.',
    ],
  },
  'station/other-tab': {
    title: 'Another tab has the bench',
    cause: 'One journal may have one writer, or two boards could get one identity.',
    steps: ['Go on in that tab.', 'Or close it; the bench opens here by itself then.'],
  },
  'station/in-work': {
    title: 'This clone is being written',
    cause: 'What becomes of it is known only once its board is done.',
    steps: ['Wait for the board, or stop the run.'],
  },
  'station/chip-at-work': {
    title: 'One chip behind two probes',
    cause: 'Two probes are wired to the same board, and only the first may write.',
    steps: ['Unplug one of the two.'],
  },
  'station/busy': {
    title: 'Boards are being written',
    cause: 'A journal can be taken over only while nothing is written to it.',
    steps: ['Pause, and wait until the boards at work are done.', 'Then import again.'],
  },
  'station/not-on-chip': {
    title: 'The journal does not know it on this chip',
    cause: 'You said that a clone is not on a chip, and the journal never said it was.',
    steps: ['Compare the chip id with the journal.', SAY_WHICH],
  },
  'station/unknown-identity': {
    title: 'Nobody knows this identity',
    cause: 'Neither the queue nor the journal of this network has such an address.',
    steps: ['Choose one of those listed.'],
  },
  'station/queued-twice': {
    title: 'Two clones share an address',
    cause: 'The queue came from a plan that overlaps itself, or from two plans.',
    steps: ['Finish this run, and plan the clones again.'],
  },
  'station/address-taken': {
    title: 'The address is on another board',
    cause:
      'The journal has this address, or one of the elements, on a chip already. The database does not know of it, as it was perhaps never put in place.',
    steps: [
      'Plan again: addresses of the journal are left out.',
      'Put the updated database in place after each run.',
    ],
    more: 'bench/journal',
  },
  'station/locked-board': {
    title: 'A protected board does not say what is on it',
    cause:
      'The debug port of the chip is shut: by its UICR, or by silicon that shuts itself at every reset unless the firmware opens it. Nothing of it can be read, and nothing was changed.',
    steps: [
      'Ask the node over the air: “On air” proves who answers.',
      'The journal says what was written to the board, if it was here before.',
    ],
    more: 'readout/protected',
  },
  'station/not-as-journal': {
    title: 'The board is not what the journal says',
    cause: 'It was written by another bench or tool, or its node was reset, after this journal saw it last.',
    steps: [
      'Press it again at the bench: it keeps its identity.',
      'Or say in the journal that the identity is not on this chip; then another board may get it.',
    ],
    more: 'bench/journal',
  },
  'station/other-image': {
    title: 'The board has another image of this clone',
    cause:
      'The clones were pressed again since that board was written, so the board has another device key than the new database says.',
    steps: ['Plug that board in and write it again.', 'Or plan this clone with another address.'],
    more: 'bench/journal',
  },
  'station/image-differs': {
    title: 'The image is not the one announced',
    cause: 'The plan was changed between opening the bench and writing. Such an image is never written.',
    steps: ['Finish this run, press the clones again, and begin a new one.'],
  },
  'station/stopped': {
    title: 'Stopped in the middle',
    cause: 'You stopped while this board was written. It holds a part of its image and does not run.',
    steps: ['Press “Write again”: it gets the same identity.'],
  },
  'station/boards-get-locked': {
    title: 'The clones will be locked',
    cause:
      'The run is to close the debug port of each board at its end (APPROTECT in the UICR). Older silicon stays closed by that alone; newer silicon closes at every reset anyway, and with it its firmware cannot open the port either.',
    steps: [
      'Lock boards once a few of them were written without it, and were proved, on air too.',
      'To leave them open, take the mark away where the run is begun: “How a board ends”.',
    ],
    more: 'bench/protected',
  },
  'station/two-identities': {
    title: 'One chip with two identities',
    cause:
      'Journals of two computers were put together, and both say that they wrote this chip. Only the later is on it.',
    steps: [SAY_WHICH, 'Discard the identity that it does not carry.'],
    more: 'bench/journal',
  },
  'station/identity-twice': {
    title: 'One identity on two chips',
    cause: 'Two computers gave away the same address. Two nodes with one address disturb each other.',
    steps: [
      'Choose which board keeps it, and erase the other.',
      'Say “not on that chip” for the one erased.',
      'Give each computer its own share of the addresses: see Network, “Several benches”.',
    ],
    more: 'bench/journal',
  },
  'station/addresses-overlap': {
    title: 'Two identities overlap',
    cause:
      'They share the address of an element. Two computers planned from one database without shares of their own.',
    steps: [
      'Discard one of the two and erase its board.',
      'Give each computer its own share of the addresses.',
    ],
    more: 'bench/journal',
  },
  'station/record-differs': {
    title: 'A record says two things',
    cause: 'Records are never changed, so one of the two files was edited.',
    steps: [
      'Nothing needs to be done: the record that was here first was kept.',
      'Find out who changed the other file.',
    ],
    more: 'bench/journal',
  },

  // Reasons in the journal
  'station/person': {
    title: 'By a person’s word',
    cause: 'Somebody said that the clone is not on that chip, or discarded it.',
    steps: [],
  },
  'station/replaced': {
    title: 'Replaced by another clone',
    cause:
      'The board had an identity that was not in the queue; it was given up for good and the board got the next one.',
    steps: [],
  },
  'station/erased': {
    title: 'Found erased',
    cause:
      'The journal had the clone on this chip, and its flash is blank: somebody erased it elsewhere. It is written again, as the same.',
    steps: [],
  },
  'station/changed-elsewhere': {
    title: 'Found changed',
    cause:
      'The journal had the clone on this chip, and the chip holds something else: another tool has programmed it.',
    steps: ['Decide on the bench: write the clone again, or leave the board as it is.'],
  },
} as const satisfies HelpFor<typeof errors & typeof proofErrors, StationFindingCode | DiscardReason>;
