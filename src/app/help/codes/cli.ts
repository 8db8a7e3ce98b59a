import type * as errors from '../../../cli/errors.ts';
import type { HelpFor } from './code-help.ts';

/** Files and folders of the command line. */
export const CLI = {
  'cli/cannot-read': {
    title: 'A file cannot be read',
    cause: 'There is no file at this path, it is a folder, or another program keeps it locked.',
    steps: ['Check the path; quote it when it holds blanks.', 'Check that you may read it.'],
  },
  'cli/no-network': {
    title: 'The dump holds no network',
    cause:
      'Only a node that provisioned others keeps a database of the network in its flash, and only with the nRF Connect SDK (BT_MESH_CDB).',
    steps: ['Give the dump of that node.', 'Or export the database from the app or from PyACI.'],
  },
  'cli/file-too-large': {
    title: 'A file far too large',
    cause: 'Dumps and databases have a few megabytes. A file of this size is something else.',
    steps: ['Give the .hex file of the dump and the .json file of the database.'],
  },
  'cli/cannot-write': {
    title: 'A file cannot be written',
    cause:
      'The folder is missing, is not yours, or its disk is full; or the name is too long. No file was replaced: all of them are written beside their places first.',
    steps: [
      'Make the folder, or choose another one.',
      'Make room on the disk.',
      'Run the same command again.',
    ],
  },
  'cli/output-is-input': {
    title: 'An output would overwrite an input',
    cause:
      'The donor’s dump is needed for every further clone, so neither it nor its backup is overwritten, by whatever link or spelling the path leads there.',
    steps: ['Give the output another name.'],
  },
  'cli/outputs-collide': {
    title: 'Two outputs are one file',
    cause:
      'Images, zip and the backups of what they replace must not land on each other. On disks that know no case, A.hex and a.hex are one file.',
    steps: ['Give each output a name of its own.'],
  },
  'cli/not-a-file': {
    title: 'What should be replaced is no file',
    cause:
      'A folder, a device, a pipe or a socket cannot be replaced whole, with the old content kept as a backup.',
    steps: ['Name a file.', 'To use a database from a pipe, store it in a file first.'],
  },
  'cli/hard-linked': {
    title: 'The file has several names',
    cause:
      'Hard links are several names of one file. Replacing it under one name would leave the old content under the others: two databases that both go on handing out the same addresses.',
    steps: [
      'Decide which of the names shall count.',
      'Make it a file of its own: copy it, and move the copy to its place.',
      'Run the same command again.',
    ],
  },
  'cli/database-busy': {
    title: 'Another run works on the database',
    cause:
      'Two runs at once would give the same addresses to different clones, so the second one waits some seconds and then stops. The lock is a file beside the database; it names process, machine and time.',
    steps: [
      'Wait until the other run has ended, and run the same command again.',
      'If it was killed on another machine, wait ten minutes: its lock then counts for nothing.',
    ],
    more: 'database',
  },
  'cli/cannot-lock': {
    title: 'The database cannot be locked',
    cause:
      'The lock is a file beside the database. Here none can be made, so nothing would keep two runs from giving out the same addresses; nor could the database be replaced.',
    steps: [
      'Check that you may write to the folder.',
      'Copy the database to a disk of this machine, and press there.',
    ],
    more: 'database',
  },
  'cli/lock-lost': {
    title: 'Another run has taken over',
    cause:
      'This run did nothing for ten minutes, as when its machine slept, so another one took it for dead. What it had pressed was thrown away.',
    steps: ['Run the same command again.'],
  },
  'cli/run-unfinished': {
    title: 'A run was cut off and waits to be finished',
    cause:
      'It had put the new database in place, and was killed or met a fault before the last image was. The database holds all of its clones, and the images are kept beside their places.',
    steps: [
      'Look what is missing: meshpress recover DB.json',
      'Put it in place: meshpress recover DB.json --finish',
      'Or throw it away: meshpress recover DB.json --discard. The addresses of those clones then stay unused.',
    ],
    more: 'database',
  },
  'cli/run-cut-off': {
    title: 'Not all files could be put in place',
    cause:
      'The new database is in place, and an image could not follow: its disk failed, or another program holds the old file. Nothing is lost, since every file was written before.',
    steps: ['Mend what the message says.', 'Put the rest in place: meshpress recover DB.json --finish'],
    more: 'database',
  },
  'cli/clones-not-in-database': {
    title: 'Images whose nodes are not in the database',
    cause:
      'The run was cut off, and since then the database was replaced by one without its clones. An image whose device key is in no database cannot be reached, and its address may be given again.',
    steps: [
      'Bring back the database that the run had written.',
      'Or throw the images away: meshpress recover DB.json --discard',
    ],
    more: 'database',
  },
  'cli/damaged-record': {
    title: 'The note on a run cannot be understood',
    cause:
      'Beside the database lies what a run has written down before it began, and it is damaged or from a newer version.',
    steps: [
      'Look whether the images of the last run are there.',
      'Remove the file that the message names.',
      'Run the same command again.',
    ],
  },
  'cli/database-changed': {
    title: 'The database was changed meanwhile',
    cause:
      'Another program, most often a running PyACI, has written the file between reading and writing. Its changes would have been lost.',
    steps: ['Leave PyACI.', 'Run the same command again.'],
    more: 'database',
  },
  'cli/no-port': {
    title: 'The serial port cannot be opened',
    cause: 'It has another name, belongs to another program, or you may not use it.',
    steps: [
      'Look for its name: ls /dev/ttyACM* or ls /dev/cu.usbmodem*.',
      'Close what has it open.',
      'On Linux: join the group dialout and log in again.',
    ],
    more: 'radio/port',
  },
  'cli/which-device': {
    title: 'Which device is to join',
    cause:
      'Without a UUID the only unprovisioned device in reach is taken, and there is none or more than one.',
    steps: ['Choose one of those listed: --uuid HEX32.', 'Or switch the others off.'],
    more: 'radio/provision',
  },
  'cli/no-clones': {
    title: 'Nobody to prove',
    cause: 'The database has no nodes, or is an export without device keys.',
    steps: ['Give the updated database that lies beside the clones.'],
  },
  'cli/no-boards': {
    title: 'No board in the journal',
    cause:
      'The journal of the bench has no verified board of a node of this database: it is of another network, or older than the run.',
    steps: [
      'On the Bench step choose “Export CSV” under “Journal” after the run, and give that file.',
      'Or leave --board-journal out: then every node is asked.',
    ],
  },
} as const satisfies HelpFor<typeof errors>;
