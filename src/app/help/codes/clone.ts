import type * as errors from '../../../clone/errors.ts';
import type * as kinds from '../../../kinds/errors.ts';
import type { CloneFindingCode } from '../../../clone/errors.ts';
import { HEADLINES } from '../../text/refusals.ts';
import { GIVE_BOTH, READ_OUT, type HelpFor } from './code-help.ts';

const BOTH_OF_TODAY = [
  'Read the node out again.',
  'Leave PyACI, or export from the app, and take the database as it is now.',
  'Give both here.',
] as const;
const LEAVE_OUT = 'Leave it out: Meshpress takes random bytes from this computer’s secure generator.';

/** Dump and database together, the plan, and the files given. */
export const CLONE = {
  'clone/file-too-large': {
    title: 'A file far too large',
    cause:
      'The largest chip gives a dump of 3 MB as text, and a full network a database of 50 MB. This file, or what it unpacks to, is something else.',
    steps: ['Choose the .hex file of the dump or the .json file of the database.'],
  },
  'clone/dump-too-large': {
    title: 'The parts of a dump are far too large',
    cause: 'All parts together hold many times what fits the largest chip.',
    steps: ['Give the parts of one node’s dump, each once.'],
  },
  'clone/too-many-files': {
    title: 'Too many files at once',
    cause: 'A dump has a few parts: application, SoftDevice, mesh pages, UICR.',
    steps: ['Give the files of one node, and one database.'],
  },
  'clone/damaged-gzip': {
    title: 'A packed file is damaged',
    cause: 'It ends early or its checksum is wrong, so the download or the copy was interrupted.',
    steps: ['Fetch the file again.', 'Or unpack it yourself and give what comes out.'],
  },
  'clone/binary-without-base': {
    title: 'A raw dump needs its address',
    cause:
      'A .bin file is bytes alone and does not say where in flash they were. Any file that is neither Intel HEX nor JSON is taken for one.',
    steps: [
      'If the whole chip was read from its beginning, the base address is 0x0: give it beside the file’s name.',
      'If it is another file by mistake, choose the .hex file.',
    ],
  },
  'clone/files-overlap': {
    title: 'Two files cover the same flash',
    cause:
      'Several files may be parts of one dump, but each address may come from one of them only. Two dumps, or a dump and the application’s build, do not go together.',
    steps: ['Remove one of the two files.', 'Give the one read-out that holds everything.'],
  },
  'clone/unknown-image': {
    title: HEADLINES['clone/unknown-image'],
    cause:
      'Nowhere in the file is a page that the flash manager of the nRF5 SDK for Mesh writes. It may be the application as it was built, the dump of another chip, or firmware of the nRF Connect SDK, which keeps its state in another way.',
    steps: ['Read the provisioned node out, not the build folder: all of its flash.', GIVE_BOTH],
    commands: 'readout',
  },
  'clone/contradicting-release': {
    title: 'The dump is of another release',
    cause:
      'Records differ between releases of the SDK, and those of this dump were certainly not written by the release given.',
    steps: [
      'Leave --mesh-sdk-version out.',
      'If you are sure of the release, the dump is of another node: look for the right file.',
    ],
  },
  'clone/plan-of-another-donor': {
    title: 'The plan is of another donor',
    cause:
      'A kept run or plan says who its clones are, and of which dump and network. The files that are open now are not those.',
    steps: [
      'Open the dump and the database that the plan was made with, and go on.',
      'If they are gone, plan anew. Boards that are done keep their identities: import the journal, so that none is given twice.',
    ],
  },
  'clone/donor-twice': {
    title: 'Two dumps of one node',
    cause:
      'A project has one dump for each kind of node. Two of the dumps were read from the same node, or are copies of one file.',
    steps: [
      'Take one of the two away.',
      'For more clones of that node, raise their number in the plan (--clone-copies).',
    ],
  },
  'clone/unknown-release': {
    title: 'There is no such release',
    cause: 'The number given is none of the 14 releases from 1.0.0 to 5.0.0.',
    steps: ['Leave --mesh-sdk-version out, or give a release as 3.2.0 or 320.'],
  },
  'clone/doubtful-release': {
    title: 'The dump looks like another release',
    cause:
      'What tells releases apart is not all in this dump, but what there is speaks against the release given.',
    steps: ['Nothing needs to be done: the dump decides.'],
  },
  'clone/donor-not-in-database': {
    title: HEADLINES['clone/donor-not-in-database'],
    cause:
      'Neither address nor device key of the dump is known to the database: it is the database of another network, or a copy that was made before this node was provisioned.',
    steps: [
      'Look for the database of the provisioner that provisioned this node.',
      'Take a copy of today, with PyACI closed.',
      'Give it here; the dump stays.',
    ],
    more: 'database',
  },
  'clone/database-stale': {
    title: HEADLINES['clone/database-stale'],
    cause:
      'The dump still shows, among its deleted entries, the device key that the database has. So the node was provisioned again after this copy of the database was made.',
    steps: [
      'Take the database from the provisioner as it is now, with PyACI closed.',
      'Give it here; the dump stays.',
    ],
    more: 'database',
  },
  'clone/dump-stale': {
    title: HEADLINES['clone/dump-stale'],
    cause:
      'Both are of one network, but the node was reset and provisioned again since it was read out: the database has the newer key.',
    steps: [READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'clone/donor-moved': {
    title: HEADLINES['clone/donor-moved'],
    cause:
      'The device key is the same and the address is not. A database was edited by hand, or the dump is of a clone that was made without updating the database.',
    steps: BOTH_OF_TODAY,
    commands: 'readout',
  },
  'clone/no-device-key': {
    title: 'The donor’s device key is missing',
    cause:
      'The database was exported without device keys, for giving away. The donor’s own key stands in its dump.',
    steps: [
      'Take it from the dump: “Complete the donor from its dump” on the Network page, or “--complete-donor” on the command line.',
      'Or export the whole network with device keys, and give that.',
    ],
  },
  'clone/record-poorer': {
    title: 'The dump has more than the record',
    cause:
      'Apps lose keys, bindings, publications and subscriptions of nodes on some exports. The node has them, and so have its clones; their records would not.',
    steps: [
      'Press “Complete the donor from its dump” on the Network page, or give “--complete-donor” to the command line.',
    ],
  },
  'clone/keys-missing': {
    title: 'Other nodes have no device key here',
    cause: 'The database was exported without device keys. Clones need none but their own.',
    steps: [
      'Merge the clones into the full database in the end: “Merge another database” on the Network page, or “merge-db”.',
    ],
  },
  'clone/no-node-in-dump': {
    title: 'No node in the dump',
    cause: 'Only a node that has been provisioned has keys and an address to work with.',
    steps: ['Read out a node that has been provisioned.', 'Give the new dump here.'],
  },
  'clone/other-network': {
    title: HEADLINES['clone/other-network'],
    cause:
      'The address is known to both by chance: most networks begin at the same one. Device key and network keys differ.',
    steps: [
      'Look for the database of the provisioner that provisioned this node.',
      'Or read out a node of the network whose database this is.',
    ],
    more: 'database',
  },
  'clone/element-count-differs': {
    title: HEADLINES['clone/element-count-differs'],
    cause:
      'The database learns the number of elements when the provisioner reads the composition data. Either that was never done, or the firmware has changed since.',
    steps: [
      'In PyACI: cc.composition_data_get(); in the app: open the node.',
      'Take the database again and give it here.',
    ],
    more: 'start/provision',
  },
  'clone/elements-not-known': {
    title: 'The number of elements is not known',
    cause:
      'The settings of an nRF Connect SDK node name only elements with a configured model, and the database has not learned how many there are.',
    steps: [
      'Let the provisioner read the composition data (in the app: open the node), and take the database again.',
      'Or leave room between the clones’ addresses.',
    ],
    more: 'start/provision',
  },
  'clone/other-node-chosen': {
    title: 'The dump is of another node',
    cause: 'You named a donor (--start-node), and the dump says it is a different one.',
    steps: ['Leave the node out: the dump knows who it is.', 'Or give the dump of the node you meant.'],
  },
  'clone/no-such-node': {
    title: 'There is no node with this number',
    cause: 'Nodes are counted from 0 in the order of the database.',
    steps: [
      'List them: node cli.js --list-info mesh.json',
      'Or leave the node out: the dump knows who it is.',
    ],
  },
  'clone/bad-count': {
    title: 'Not a number of clones',
    cause: 'There are 32,767 unicast addresses and the donor has one, so at most 32,766 clones.',
    steps: ['Give a whole number from 1 to 32,766.'],
  },
  'clone/name-twice': {
    title: 'Two clones with one name',
    cause: 'The name has no part that differs from clone to clone, or a table gives one name twice.',
    steps: [
      'Put {address} or {number} into the name: light_{number}.',
      'Or give each row of the table its own.',
    ],
  },
  'clone/bad-device-key': {
    title: 'Not a device key',
    cause:
      'A device key is 16 bytes, written as 32 hex digits without anything between them. All zeros and all ones are refused.',
    steps: [LEAVE_OUT],
  },
  'clone/device-key-taken': {
    title: 'A device key is in use already',
    cause:
      'The key given belongs to another node or clone. Whoever holds a device key can configure the node that has it.',
    steps: [LEAVE_OUT],
  },
  'clone/uuid-taken': {
    title: 'A UUID is in use already',
    cause: 'Phone apps tell nodes apart by their UUID and keep only one of two equal ones.',
    steps: [LEAVE_OUT],
  },
  'clone/broken-database': {
    title: HEADLINES['clone/broken-database'],
    cause:
      'The database has faults with which added nodes would not work, or with which its own program could not load it any more. Each fault has a code of its own.',
    steps: [
      'Look up each code that is named.',
      'Mend it with the provisioner that wrote the file, not by hand if you can.',
      'Give the mended database here; the dump stays.',
    ],
    more: 'database',
  },
  'clone/donor-agrees': {
    title: 'Dump and database agree',
    cause: 'The node was found in the database by its address and by its device key.',
    steps: [],
  },
  'clone/key-differs': {
    title: 'A key is not the one in the database',
    cause:
      'The network has had a key refresh since one of the two was saved, or the node was given a key by another provisioner.',
    steps: BOTH_OF_TODAY,
    commands: 'readout',
  },
  'clone/wrong-base': {
    title: 'A base address that does not fit',
    cause:
      'A raw binary does not say where in flash it begins. The configuration pages in this one lie in front of the recovery page, and no memory map has it where the given address would put it.',
    steps: ['Give one of the addresses that the message names; the chip tells which.', READ_OUT],
    commands: 'readout',
  },
  'clone/other-format': {
    title: 'A file of another kind',
    cause:
      'The first bytes of the file show what it is, and that is not a read-out, or one in a form that is not read.',
    steps: ['Do as the message says.', READ_OUT],
    commands: 'readout',
  },
  'clone/key-in-external-flash': {
    title: 'The donor’s key in external flash',
    cause: 'External flash is copied as it is. The application keeps a copy of the device key there.',
    steps: ['Leave external flash out.'],
  },
  'clone/board-as-pressed': {
    title: 'The board is as it was pressed',
    cause:
      'What it holds was compared with the image that was made for it. A node that has been on air has a higher sequence number, which is as it should be.',
    steps: [],
  },
  'clone/board-changed': {
    title: 'The board is not as it was pressed',
    cause:
      'A node writes its own state: keys and settings that a provisioner gives it, and a reset. Or somebody wrote another image.',
    steps: [
      'If it was configured on purpose, put the database right where it says less than the board.',
      'If not, press it again at the bench: it keeps its identity.',
    ],
    more: 'on-board/next',
  },
  'clone/bootloader-left-out': {
    title: 'The bootloader would not be started',
    cause:
      'A word of the UICR tells the chip where its bootloader is. It was chosen to leave the UICR out, so a board with none of its own starts the application directly.',
    steps: ['Keep the UICR (uicr, keep), unless the boards have that word already.'],
  },
  'clone/factory-ids-unknown': {
    title: 'Which chip it is, nobody says',
    cause:
      'A board makes its UUID of two numbers that the factory wrote into its chip (FICR). They belong to the chip and are not part of an ordinary dump.',
    steps: [
      'Read the words with nrfjprog --memrd 0x10000060 --n 8 and nrfjprog --memrd 0x100000A4 --n 8.',
      'Give the four words with --ficr, in that order.',
    ],
  },
  'clone/uuid-unknown': {
    title: 'How this firmware makes its UUID is not known',
    cause:
      'The rule has changed between releases, and the dump does not say for certain which one it is of; nodes of the nRF Connect SDK get theirs from the application.',
    steps: ['Leave the placeholder. A provisioned node never says its UUID, so nothing depends on it.'],
  },
  'clone/record-agrees': {
    title: 'Dump and record agree',
    cause: 'Address, elements, keys and the settings of models are the same on the node and in its record.',
    steps: [],
  },
  'clone/record-differs': {
    title: 'The record says something else than the node',
    cause:
      'The node was configured by another provisioner, a message of the provisioner got lost, the database is an older copy, or the dump is.',
    steps: [
      'Take database and dump as they are today.',
      'What only the node has, complete-donor takes into its record.',
      'What only the record has, give to the node again with the provisioner.',
    ],
    more: 'on-board/next',
  },
  'clone/uuid-differs': {
    title: 'The UUID in the record is a placeholder',
    cause:
      'A clone is planned before anybody knows which board it goes to, so its record gets a random UUID. What the board would really call itself follows from its chip, by the rule of its SDK release.',
    steps: [
      'Nothing has to be done: a provisioned node never says its UUID.',
      'To have the record right all the same: set-uuid, or “Put the database right” where the board is looked at.',
    ],
    more: 'on-board/check',
  },
  'clone/not-compared': {
    title: 'Something could not be compared',
    cause: 'What it would be compared with is not in the dump: some releases keep it in the firmware alone.',
    steps: [],
  },
} as const satisfies HelpFor<typeof errors & Pick<typeof kinds, 'unknownImage'>, CloneFindingCode>;
