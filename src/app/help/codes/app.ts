import type * as app from '../../errors.ts';
import type * as storage from '../../storage-errors.ts';
import type * as session from '../../../session/errors.ts';
import type * as worker from '../../../worker/errors.ts';
import { REPORT, type HelpFor } from './code-help.ts';

/** The page itself: files, fields, and what nobody foresaw. */
export const APP = {
  'app/unreadable-file': {
    title: 'The browser could not read a file',
    cause:
      'It was moved, renamed or saved anew after you chose it, or lies in a place that the browser may not enter.',
    steps: ['Choose the file again.', 'If it stays so, copy it to another folder first.'],
  },
  'app/file-too-large': {
    title: 'A file far too large',
    cause: 'The largest chip gives a dump of 3 MB as text. A file of this size is something else.',
    steps: ['Choose the .hex file of the dump or the .json file of the database.'],
  },
  'app/too-much-at-once': {
    title: 'Too much at once',
    cause: 'A dump in a few parts and a database are all that is needed.',
    steps: ['Give the files of one node and the database of its network.'],
  },
  'app/no-sample': {
    title: 'The sample could not be loaded',
    cause:
      'It is a part of the page that is fetched when it is first wanted. The server was not reached, or has a newer version of the page.',
    steps: ['Load the page again.', 'Go on with your own files: they need no server.'],
  },
  'app/no-screens': {
    title: 'Not all of the page came',
    cause:
      'The connection to its server was cut at the first visit, or the server has a newer version of it now.',
    steps: [
      'Load the page again.',
      'Wait for “Works offline” in its last line: from then on it needs no server.',
    ],
  },
  'app/bad-run-file': {
    title: 'Not a saved run',
    cause: 'The file is another one, or was changed or cut off since it was saved.',
    steps: ['Choose the file that “Save it and put it away” wrote: meshpress-run, a date, .json.'],
  },
  'app/not-saved': {
    title: 'A file was not saved',
    cause: 'The disk is full, the place may not be written to, or a drive was unplugged.',
    steps: [
      'Save again, to another place.',
      'Do not close the page before: new device keys exist only in it.',
    ],
  },
  'app/blank-board': {
    title: 'The board is blank',
    cause: 'All of its flash is erased, so there is nothing that clones could be made of.',
    steps: ['Take the board that was provisioned.', 'Or program and provision this one first.'],
    more: 'start/provision',
  },
  'app/bad-count': {
    title: 'Not a number of clones',
    cause: 'The field takes digits alone.',
    steps: ['Give a whole number from 1 to 32,766.'],
  },
  'app/bad-first-address': {
    title: 'Not a unicast address',
    cause: 'The field takes hex digits, with or without 0x.',
    steps: ['Give an address from 0x0001 to 0x7FFF.', 'Or leave it empty for the next free one.'],
  },
  'app/bad-skip': {
    title: 'Not a number of messages',
    cause: 'Sequence numbers have 24 bits, and the field takes digits alone.',
    steps: [
      'Give a whole number from 1 to 16,777,215.',
      'Or “The donor’s”: fresh addresses need no distance.',
    ],
  },
  'worker/no-donor': {
    title: 'No donor is there',
    cause: 'Something was asked for that needs a donor and a plan, and the files were removed meanwhile.',
    steps: ['Give dump and database again.'],
  },
  'bug/unexpected': {
    title: 'Something nobody foresaw',
    cause: 'An error without a code of its own: a fault of Meshpress, of the browser, or too little memory.',
    steps: [
      'Load the page again and try once more.',
      REPORT,
      'Leave dumps and databases out of the report: they hold keys.',
    ],
  },
  'app/storage-refused': {
    title: 'This browser keeps nothing',
    cause:
      'A private window, or a setting that forbids this site to store data. What must outlive a crash, as the run of a bench, is not begun then.',
    steps: ['Leave the private window.', 'Allow this site to keep data.', 'Load the page again.'],
    more: 'kept',
  },
  'app/storage-silent': {
    title: 'The browser’s storage does not answer',
    cause:
      'Another tab holds it up, somebody is deleting what it keeps, or the browser’s own storage has come to a stop.',
    steps: [
      'Close the other tabs of this page.',
      'Try again.',
      'If it stays so, start the browser again: what is kept stays as it is.',
    ],
  },
  'app/storage-full': {
    title: 'No room is left',
    cause:
      'The disk is full, or this site has used what the browser gives it. Nothing was overwritten, and no board is begun without its record.',
    steps: ['Make room on the disk.', 'Delete what other sites keep.', 'Press “Try again”.'],
  },
  'app/storage-newer': {
    title: 'A newer version keeps things otherwise',
    cause: 'Another tab has loaded a newer version of this page while this one was open.',
    steps: ['Save what is not saved.', 'Load this page again.'],
  },
  'app/storage-failed': {
    title: 'The browser did not keep something',
    cause: 'Its storage failed: a disk that cannot be written, or a damaged profile.',
    steps: ['Try again.', 'Save zip and database.', 'Start the browser again.'],
  },
  'app/storage-emptied': {
    title: 'What was kept of a run was deleted',
    cause:
      'Somebody cleared the data of this site while the run was on. Run and journal are whole in this page as long as it is open; no board is begun, since a journal that began anew would call identities free that are on boards.',
    steps: [
      'Save the database.',
      'Export the journal.',
      'Press “Save the run as a file”.',
      'Finish the run, open it again from its file, and import the journal.',
    ],
    more: 'bench/journal',
  },
  'worker/engine-gone': {
    title: 'The engine has stopped',
    cause:
      'Files, plan and images are worked on apart from what you see. That part ran into something it did not foresee, had no memory left, or was ended by hand.',
    steps: [
      'Press “Begin again”: the files that are open are read once more. A run goes on with the same clones; a zip that is not saved yet is offered for saving first.',
      'If it happens again, load the page again, and close other tabs.',
      REPORT,
    ],
  },
  'app/radio-elsewhere': {
    title: 'Another tab has the radio',
    cause:
      'Address and sequence numbers of the radio are kept once for this browser; two tabs would use the same.',
    steps: ['Disconnect the radio in the other tab, or close it.', 'Then connect here.'],
    more: 'radio/numbers',
  },
  'app/bad-uuid': {
    title: 'Not a UUID',
    cause: 'The field takes the 32 hex digits that a label, a scanner or the chip tells of the device.',
    steps: [
      'Give 32 hex digits.',
      'Or leave it empty: one is made up, and can be set later on the Network page.',
    ],
  },
  'app/no-net-key': {
    title: 'No network key to speak with',
    cause:
      'The database is a partial export, or its keys cannot be read: they are hidden or not 32 hex digits.',
    steps: ['Open the database of the provisioner itself, with its network keys.'],
  },
  'app/provisioning-stopped': {
    title: 'A provisioning that was stopped',
    cause: 'Somebody pressed Stop while the number of the node was asked for. Nothing was given to it.',
    steps: ['Wait a moment until the node waits again.', 'Provision it once more.'],
    more: 'bluetooth/oob',
  },
  'app/no-serial-port': {
    title: 'This page may not open serial ports',
    cause:
      'Web Serial exists in Chrome, Edge and other Chromium browsers on a computer, over HTTPS or from localhost. It can be forbidden for a site.',
    steps: [
      'Open the page in Chrome or Edge.',
      'In the site settings, allow serial ports.',
      'Or use the command line: meshpress provision, meshpress verify-on-air.',
    ],
    more: 'radio/port',
  },
  'app/cannot-encrypt': {
    title: 'Nothing can be encrypted here',
    cause:
      'Browsers give their cryptography to pages over HTTPS and from localhost alone. Without it nothing with keys in it is kept.',
    steps: ['Open the page over HTTPS or from localhost.'],
    more: 'kept/protection',
  },
  'app/kept-locked': {
    title: 'What is kept is locked',
    cause: 'A passphrase protects it, and this tab was not given it. Each tab asks for itself.',
    steps: ['Give the passphrase on the page “What is kept”.', 'Or go on with your own files.'],
    more: 'kept/protection',
  },
  'app/wrong-passphrase': {
    title: 'Another passphrase',
    cause:
      'What is kept was encrypted under another one. It is nowhere written down, and nothing opens without it.',
    steps: [
      'Type it again, with the same layout of the keyboard.',
      'If it is forgotten, forget what is kept: your files and saved zips are not touched.',
    ],
    more: 'kept/protection',
  },
  'app/weak-passphrase': {
    title: 'A passphrase too short',
    cause: 'Whoever has the files of the browser tries short ones by machine.',
    steps: ['Take four words or more that nobody would guess.'],
    more: 'kept/protection',
  },
  'app/kept-damaged': {
    title: 'Something that is kept does not open',
    cause:
      'Its bytes were changed on the disk, or another record was put in its place. That is seen, as each is sealed for its place.',
    steps: [
      'Load the page again: a single error of reading passes.',
      'Go on with the files that you saved: the zip, the database, or the run.',
      'Then press “Forget it” at the top of the page.',
    ],
    more: 'kept/protection',
  },
  'app/key-lost': {
    title: 'The key of what is kept is gone',
    cause: 'A part of this page’s data was cleared, or brought back from another time.',
    steps: [
      'Bring the whole profile of the browser back from a backup.',
      'Or go on with the files that you saved, and press “Forget it” at the top of the page.',
    ],
    more: 'kept/protection',
  },
  'app/kept-by-later': {
    title: 'Kept by a later version',
    cause: 'A later version of Meshpress was used in this browser and keeps things in another way.',
    steps: ['Load the page again to get that version.'],
    more: 'kept/protection',
  },
  'app/protection-not-changed': {
    title: 'The protection was not changed',
    cause: 'All that is kept changes its key at once, and other tabs kept something in between each time.',
    steps: ['Close other tabs of Meshpress.', 'Try once more.'],
    more: 'kept/protection',
  },
  'app/not-erased': {
    title: 'Not everything was forgotten',
    cause:
      'Another tab has a database of this page open and does not let it go: an older version of it, or a tab that is frozen.',
    steps: ['Close all other tabs of this page.', 'Forget once more.'],
    more: 'kept/forget',
  },
  'app/storage-erased': {
    title: 'Everything was forgotten',
    cause: 'After “Forget everything” this page keeps nothing, so that nothing comes back by the way.',
    steps: ['Load the page anew.'],
    more: 'kept/forget',
  },
  'app/kept-in-use': {
    title: 'Something that is kept is in use',
    cause:
      'A run that is on, or a radio, keeps things meanwhile: it cannot change its key under them, or go.',
    steps: [
      'Load the page of the run anew: it stays kept, and is gone on with afterwards.',
      'Disconnect the radio.',
      'Then try once more.',
    ],
    more: 'kept/protection',
  },
} as const satisfies HelpFor<typeof app & typeof storage & typeof session & typeof worker, 'bug/unexpected'>;
