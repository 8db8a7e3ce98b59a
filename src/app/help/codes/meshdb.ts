/** The network’s database: the file, and what is to be known before adding nodes. Long because it has a page for each code. */
import type * as errors from '../../../meshdb/errors.ts';
import type { CatalogueCode, MeshdbFindingCode } from '../../../meshdb/errors.ts';
import type { HelpFor } from './code-help.ts';

const COPY_AGAIN = 'Leave PyACI, or close the app, and copy or export the database again.';
const WITH_PROVISIONER = 'Mend it with the provisioner that wrote the file.';
const GIVE_AGAIN = 'Give the new database here; the dump stays.';
const ANEW = [COPY_AGAIN, GIVE_AGAIN] as const;
const MENDED = [WITH_PROVISIONER, GIVE_AGAIN] as const;
const CHOOSE_DATABASE = [
  'PyACI: the file that was given to MeshDB(…), usually database/example_database.json.',
  'The nRF Mesh app: Settings, Export, with all device keys.',
] as const;
const LEAVE_KEY_OUT = 'Leave it out: Meshpress makes one from random bytes.';
const BY_HAND = 'The file was edited by hand or written by another program.';

export const MESHDB = {
  'meshdb/empty': {
    title: 'An empty file',
    cause: 'It was copied at the moment a program was writing it, or the disk was full.',
    steps: ANEW,
  },
  'meshdb/cut-off': {
    title: 'The file ends in the middle',
    cause: 'It was copied while PyACI was saving, or a download was interrupted.',
    steps: ANEW,
  },
  'meshdb/not-json': {
    title: 'Not valid JSON',
    cause: `${BY_HAND} A comma too many, a missing quote and a comment are what happens most.`,
    steps: ['Look at the line and column named.', 'Or take an unedited copy.', GIVE_AGAIN],
  },
  'meshdb/not-utf8': {
    title: 'The text has another encoding',
    cause: 'Windows editors and redirection in PowerShell save text as UTF-16 or in an old code page.',
    steps: ['Save it as UTF-8, without a byte order mark.', 'Or copy the file itself instead of its text.'],
  },
  'meshdb/too-deep': {
    title: 'Nested far too deep',
    cause: 'No database of a network looks like that: it is another JSON file, or was made to harm.',
    steps: CHOOSE_DATABASE,
  },
  'meshdb/too-large': {
    title: 'A file far too large',
    cause: 'Even a network with all its addresses in use is smaller: it is another JSON file.',
    steps: CHOOSE_DATABASE,
  },
  'meshdb/not-an-object': {
    title: 'JSON, but no database',
    cause:
      'A list or a single value stands at the top. A database has names there: netKeys, nodes, provisioners.',
    steps: CHOOSE_DATABASE,
  },
  'meshdb/not-a-database': {
    title: 'JSON, but no database',
    cause:
      'None of the names by which a database is known are in it. The folder of PyACI also holds JSON files for other purposes.',
    steps: CHOOSE_DATABASE,
  },
  'meshdb/bluez': {
    title: 'A database of BlueZ',
    cause:
      'BlueZ’s mesh-cfgclient keeps keys in the daemon and not in its file, so nodes cannot be added to the file.',
    steps: [
      'Clone with a PyACI or nRF Mesh database of the network.',
      'Take over the clones with node-import: “Device keys” on the Network page writes the commands.',
    ],
  },
  'meshdb/bluez-meshctl': {
    title: 'A database of BlueZ meshctl',
    cause:
      'Its prov_db.json has network keys, nodes and provisioners as a phone app’s file has, and writes them in another form.',
    steps: [
      'Make a database from the donor’s dump: give the dump alone and open the Network page, or use “db-from-dump”. It has the keys and the node that clones need.',
      'Press with that, and take the clones over with “Device keys” on the Network page.',
    ],
  },
  'meshdb/no-such-node': {
    title: 'There is no node with this number',
    cause: 'Nodes are counted from 0 in the order of the database.',
    steps: ['Choose one of the nodes listed.'],
  },
  'meshdb/no-such-address': {
    title: 'No node has this address',
    cause:
      'The node was removed from the database, or another database is open than the one it was added to.',
    steps: ['Open the database that the node was added to.'],
  },
  'meshdb/no-elements': {
    title: 'The number of elements is unknown',
    cause: 'The provisioner learns it from the composition data, which was never read.',
    steps: ['In PyACI: cc.composition_data_get(); in the app: open the node.', ...ANEW],
    more: 'start/provision',
  },
  'meshdb/no-such-provisioner': {
    title: 'There is no such provisioner',
    cause: 'The name or UUID given is of none in the database. Names count capitals.',
    steps: ['Take one of the names listed, or leave the field empty for the first.'],
  },
  'meshdb/ambiguous-provisioner': {
    title: 'Several provisioners of one name',
    cause: 'Phones of one model are often called the same, and each has ranges of its own.',
    steps: ['Name the one you mean by its UUID; the message lists them.'],
  },
  'meshdb/no-room': {
    title: 'No addresses left',
    cause:
      'Clones need as many addresses in a row as the donor has elements, inside the range that the provisioner was given. They go behind the highest address the database tells of, as gaps below it may be addresses that a phone or a removed node had.',
    steps: [
      'Plan fewer clones, or widen the range in the provisioner.',
      'If nobody ever used the gaps below: choose “The lowest that fit” under “More settings”, or give the first clone an address.',
    ],
  },
  'meshdb/address-taken': {
    title: 'An address is in use',
    cause: 'A node, or another clone, has this address or one of the elements behind it.',
    steps: ['Take the address that is offered.', 'Or leave the field empty for the next free one.'],
  },
  'meshdb/address-outside': {
    title: 'Outside the provisioner’s range',
    cause:
      'A provisioner gives away only addresses of its own range, so that two of them never give the same.',
    steps: [
      'Take the address that is offered.',
      'Or leave the field empty, or widen the range in the provisioner.',
    ],
  },
  'meshdb/duplicate-identity': {
    title: 'A UUID or device key twice',
    cause: 'A table gives a value that another node or clone has already.',
    steps: [LEAVE_KEY_OUT],
  },
  'meshdb/bad-identity': {
    title: 'Not an identity',
    cause: 'A table or a repair gives a value of the wrong form.',
    steps: ['Address: 0x0001 to 0x7FFF. Device key and UUID: 32 hex digits.', 'Or leave it out.'],
  },
  'meshdb/bad-random': {
    title: 'The random bytes are not random',
    cause:
      'The secure generator of this browser or computer repeats itself. Keys made of it could be guessed.',
    steps: ['Do not press on this computer.', 'Use another browser or another computer.'],
  },
  'meshdb/too-many-values': {
    title: 'Far more values than a database has',
    cause:
      'A network database has names, keys and addresses, some thirty characters for each value. This file is JSON with hardly anything in it but lists, numbers or members.',
    steps: ['Choose the database of the network.', 'Copy it again from its provisioner.'],
  },
  'meshdb/too-many-nodes': {
    title: 'More nodes than a network can have',
    cause: 'Each node needs a unicast address of its own, and there are 32,767.',
    steps: ['Choose the database of the network.', 'Copy it again from its provisioner.'],
  },
  'meshdb/table-too-large': {
    title: 'A table far too large',
    cause: 'A table has one row for each clone, and a network has at most 32,766 addresses to give.',
    steps: ['Choose the table of the clones.', 'Remove rows that belong to nothing.'],
  },
  'meshdb/bad-table': {
    title: 'A fault in the table',
    cause: 'A row has a value of the wrong form, a column has an unknown name, or a quote is not closed.',
    steps: [
      'The first row names the columns: name, unicastAddress, deviceKey, UUID, label, any of them in any order.',
      'Look at the row and column named; rows count from 1, the names being row 1.',
    ],
  },
  'meshdb/other-network': {
    title: 'Two databases of two networks',
    cause: 'They differ in format, mesh UUID or network key. Their nodes cannot hear each other.',
    steps: [
      'Bring together only copies of one database.',
      'Convert one of them first if the formats differ.',
    ],
  },
  'meshdb/cannot-split': {
    title: 'The range cannot be split',
    cause: 'There are fewer free addresses than benches, or the provisioner has no range.',
    steps: ['Use fewer benches.', 'Or widen the range in the provisioner.'],
  },
  'meshdb/same-provisioner': {
    title: 'Several benches, one provisioner',
    cause:
      'Each share has the same provisioner in it. Two of them on the air at one time send from one address, and the nodes ignore the one whose sequence numbers are behind.',
    steps: [
      'Nothing needs to be done for benches that press and write boards.',
      'To provision or configure from a second bench, add a provisioner of its own: on the Network page, or with “add-provisioner”.',
    ],
  },
  'meshdb/iv-index-needed': {
    title: 'The IV index is needed',
    cause:
      'Phone apps list addresses that must not be used with the IV index of that day, and free them two steps later. The database itself does not hold it.',
    steps: [
      'Look it up: the app shows it, and so does the Donor page for a dump.',
      'When in doubt give a higher number: the addresses are only kept longer.',
    ],
  },
  'meshdb/cannot-keep-range': {
    title: 'A provisioner would have no addresses left',
    cause: 'All of its range would be reserved or given to another one.',
    steps: ['Give it a wider range with its own program first.', GIVE_AGAIN],
  },
  'meshdb/cannot-remove': {
    title: 'The provisioner is not removed here',
    cause: 'Its node is the phone itself. The app gives its addresses back when it removes a provisioner.',
    steps: ['Remove it with the app, or leave it.'],
  },
  'meshdb/bad-reservation': {
    title: 'Not unicast addresses',
    cause: 'Nodes have addresses from 0x0001 to 0x7FFF; above are groups.',
    steps: ['Give addresses of nodes, the lower end first.'],
  },
  'meshdb/address-in-use': {
    title: 'A node has this address',
    cause: 'An address of a node that is there needs no reserving.',
    steps: ['Take it out of the list.', 'Or remove the node, if it is gone: its addresses are then kept.'],
  },
  'meshdb/no-such-node-name': {
    title: 'There is no such node',
    cause: 'No node of the database has this name or address. Names count capitals.',
    steps: ['Name it by its index, an address or its name as the list of nodes shows them.'],
  },
  'meshdb/ambiguous-node': {
    title: 'Several nodes of one name',
    cause: 'Boards are often called the same; a board that was provisioned twice keeps its name.',
    steps: ['Name the one you mean by its index or its address.'],
  },
  'meshdb/provisioner-name-taken': {
    title: 'The name is taken',
    cause: 'Another provisioner of the database has it, and the two could not be told apart.',
    steps: ['Give the new one a name of its own.'],
  },
  'meshdb/range-in-use': {
    title: 'Addresses that others have',
    cause: 'A new provisioner can only give away what no node has and none had.',
    steps: ['Leave the choice to Meshpress.', 'Or choose another stretch.'],
  },
  'meshdb/no-place-for-provisioner': {
    title: 'No addresses for another provisioner',
    cause: 'All addresses are in use or given out, or the file has no list of provisioners.',
    steps: ['Remove nodes that are gone.', 'Or name a stretch of addresses that nobody uses.'],
  },
  'meshdb/no-part-of-pyaci': {
    title: 'PyACI knows no parts of a network',
    cause: 'It refuses nodes without device key, and a part for giving away has none.',
    steps: ['Convert the database for one of the phone apps.', 'Export a part of that.'],
  },
  'meshdb/nothing-to-export': {
    title: 'No node was chosen',
    cause: 'A part of a network has at least one node.',
    steps: ['Choose the nodes to give away.'],
  },
  'meshdb/keys-not-in-dump': {
    title: 'The dump keeps its keys to itself',
    cause: 'They are encrypted in flash, or lie where no dump reaches. A database is made of them.',
    steps: ['Export the database from the provisioner that has them.'],
  },
  'meshdb/bad-first-free': {
    title: 'Not the first free address',
    cause: 'The node has this address itself, or has heard from a node at or above it.',
    steps: ['Give an address above all nodes of the network.', 'Or leave it out.'],
  },
  'meshdb/removed-keeps-keys': {
    title: 'A node that was taken out keeps its keys',
    cause: 'Only its record is gone. With the keys it can still send and listen.',
    steps: ['Reset it if it still works.', 'If it was lost, refresh the network keys with the provisioner.'],
  },
  'meshdb/still-target': {
    title: 'Somebody still publishes to it',
    cause: 'Other nodes have an element of the node as target of their publications.',
    steps: ['Set these publications again with the provisioner.'],
  },
  'meshdb/pyaci-gives-again': {
    title: 'PyACI would give the address away again',
    cause:
      'PyACI goes on behind its highest node and keeps no list of removed ones. The others still remember how far the old node had counted.',
    steps: [
      'Press clones before PyACI provisions again: they go behind, and PyACI behind them.',
      'Or provision one node with PyACI and remove that in turn.',
    ],
  },
  'meshdb/range-taken': {
    title: 'Addresses have changed hands',
    cause: 'All were given out, so the new provisioner got some of another one’s that were free.',
    steps: ['Give the new database to that provisioner before it adds nodes again.'],
  },
  'meshdb/pyaci-own-address': {
    title: 'A second PyACI needs another address',
    cause:
      'PyACI takes 0x0001 at each start. Two that send from one address push each other’s sequence numbers aside.',
    steps: [
      'Set DEFAULT_LOCAL_UNICAST_ADDRESS_START in the second one’s interactive_pyaci.py before its start.',
      'Give it a database that has its own provisioner in front.',
    ],
  },
  'meshdb/others-unknown': {
    title: 'Other nodes are not in a dump',
    cause:
      'A node knows only those it has keys of, sends to or has heard. Clones could be given an address that another node has.',
    steps: ['If there are nodes above the address named, say which address is the first free one.'],
  },
  'meshdb/names-made-up': {
    title: 'Names and UUIDs are made up',
    cause: 'They stand in the database that was lost, and nowhere in a flash.',
    steps: ['Rename what you like with the provisioner.', 'Do not use the file beside the old one.'],
  },
  'meshdb/models-unknown': {
    title: 'The models are not in the dump',
    cause: 'The firmware knows them, and stores none as long as nothing is set.',
    steps: ['Read the composition data of the node with the provisioner.'],
  },
  'meshdb/periods-unknown': {
    title: 'Periods of publications are left out',
    cause: 'They are read from the node by the provisioner. The node itself keeps them.',
    steps: [],
  },
  'meshdb/app-needs-node': {
    title: 'The app has no node of its own',
    cause: 'A phone app is a node in the network, which the dump of another one does not hold.',
    steps: ['Let the app add its own node after the import.'],
  },
  'meshdb/out-of-span': {
    title: 'A value out of its span',
    cause: 'The mesh knows only certain values here, and programs refuse the file for others.',
    steps: ['Set it again with the provisioner.', GIVE_AGAIN],
  },
  'meshdb/control-character': {
    title: 'A name with control characters',
    cause: 'A line break or a tab got into the name of a node, often by pasting.',
    steps: ['Nothing needs to be done: file names leave them out.', 'Rename the node in the provisioner.'],
  },
  'meshdb/empty-member': {
    title: 'Something is empty that PyACI would lose',
    cause: 'PyACI leaves empty values out when it saves, and cannot load the file without them.',
    steps: ['Give it a value before PyACI saves: a name, for instance.'],
  },
  'meshdb/bad-digits': {
    title: 'Not four hex digits',
    cause: 'Company, product and version ids and scene numbers have four hex digits each.',
    steps: ['Read the composition data of the node again.', ...ANEW],
  },
  'meshdb/crpl-too-big': {
    title: 'A replay list too long to be true',
    cause:
      'The length of the replay list has 16 bits. PyACI would save it with more digits than can be read again.',
    steps: ['Read the composition data of the node again.', ...ANEW],
  },
  'meshdb/bad-address': {
    title: 'Not an address',
    cause: 'A subscription or publication has another form than four hex digits or a label of 32.',
    steps: MENDED,
  },
  'meshdb/ignored-member': {
    title: 'A name that PyACI drops',
    cause: 'Another program has added it. PyACI reads over it and leaves it out when it saves.',
    steps: [
      'Nothing needs to be done here: Meshpress keeps it.',
      'Keep a copy if you need it and use PyACI.',
    ],
  },
  'meshdb/missing-member': {
    title: 'Something is missing',
    cause: 'PyACI or one of the phone apps insists on it and refuses a file without. The message says which.',
    steps: ANEW,
  },
  'meshdb/number-too-big': {
    title: 'A number too big to be exact',
    cause: 'Beyond 2^53 programs read different numbers from one text.',
    steps: MENDED,
  },
  'meshdb/replay-list-short': {
    title: 'More senders than a node remembers',
    cause:
      'A node remembers the sequence number of each sender, so that nobody can play old messages to it. When its list is full, it drops messages of further senders.',
    steps: [
      'Does the node have to hear all of them? Then build its firmware with a longer list (REPLAY_CACHE_ENTRIES).',
      'Otherwise nothing needs to be done.',
    ],
  },
  'meshdb/heartbeat-copied': {
    title: 'All clones will send heartbeats',
    cause:
      'The donor publishes heartbeats, and so does each of its copies. With many of them the air gets busy.',
    steps: ['If one is enough, switch them off on the donor, and read it out again.'],
  },
  'meshdb/scenes-left': {
    title: 'Scenes are not taken over',
    cause:
      'A scene stores states inside a node, and the database lists who has stored it. Clones are not listed.',
    steps: ['Store the scene on the clones once they are on the air.'],
  },
  'meshdb/no-range': {
    title: 'The provisioner has no range',
    cause: 'Without one, every unicast address counts as its own.',
    steps: [
      'With one provisioner nothing needs to be done.',
      'With several, give each a range of its own first.',
    ],
  },
  'meshdb/holes-used': {
    title: 'Clones fill gaps',
    cause:
      'Phone apps move their own node without a note of its old address, and not every program notes removed nodes. The others still remember how far such a node had counted, and ignore a clone at its address until it has counted further.',
    steps: [
      'Leave the choice of addresses to Meshpress: clones then go behind the highest one the database tells of.',
      'Or, if the addresses were in use, choose “Ahead of the donor’s” as sequence number.',
      'Nothing needs to be done if nobody ever used them.',
    ],
  },
  'meshdb/phone-set-aside': {
    title: 'The provisioner lies apart',
    cause:
      'Its own node stands at the end of its range or outside of it, where people move a phone to have it out of the way. No address is left behind it, so the highest one is counted without it. The address it had before stands in no file.',
    steps: [
      'Nothing needs to be done if the phone was below the first new address.',
      'Otherwise give the first clone an address above the one the phone had.',
    ],
  },
  'meshdb/exclusions-expired': {
    title: 'Addresses of removed nodes are free again',
    cause: 'The IV index has moved on by two since they were removed: nobody remembers their messages.',
    steps: [],
  },
  'meshdb/exclusions-kept': {
    title: 'Addresses of removed nodes are left out',
    cause:
      'They may be used again once the IV index has moved on by two, and the index of today is not known.',
    steps: [],
  },
  'meshdb/merge-conflict': {
    title: 'Two databases say different things',
    cause: 'Both were changed since they were one. What the first says was kept.',
    steps: ['Compare the two at the place named.', WITH_PROVISIONER],
  },
  'meshdb/not-for-pyaci': {
    title: 'PyACI could not keep this network',
    cause:
      'PyACI leaves empty lists out when it saves, and cannot load a file without them. It needs a network key, an application key, and a provisioner with ranges.',
    steps: [
      'Add what is missing with the app that wrote the database.',
      'Export it again, and convert that.',
    ],
  },
  'meshdb/lost-member': {
    title: 'Members of one program are not taken over',
    cause:
      'A program has added members of its own to the file. PyACI stops at them, and the phone apps drop them.',
    steps: ['Keep the old file if you will go back to that program.'],
  },
  'meshdb/lost-partial': {
    title: 'That this is a part of the network is not taken over',
    cause: 'PyACI has no place to say so, and takes the nodes it sees for all there are.',
    steps: ['Use the file to configure nodes.', 'Add nodes with the app that knows the whole network.'],
  },
  'meshdb/lost-timestamp': {
    title: 'Times of key refreshes are not taken over',
    cause: 'PyACI has no place for them. Nothing but the apps’ own lists shows them.',
    steps: [],
  },
  'meshdb/lost-scene-range': {
    title: 'Ranges of scene numbers are not taken over',
    cause: 'PyACI knows no scenes.',
    steps: [],
  },
  'meshdb/lost-provisioner': {
    title: 'A provisioner was left out',
    cause: 'It has no range of unicast or of group addresses, and PyACI cannot keep one without.',
    steps: ['If PyACI is to go on in its place, give it ranges in the app and convert again.'],
  },
  'meshdb/lost-net-key': {
    title: 'A node without network key',
    cause: 'The file does not say which network keys the node has. PyACI refuses a node without.',
    steps: ['Export the whole network.', 'Convert again.'],
  },
  'meshdb/lost-elements': {
    title: 'A node without elements',
    cause: 'The app never read the composition data of the node. PyACI would give its address away again.',
    steps: ['Open the node in the app, so that it reads them.', 'Export and convert again.'],
  },
  'meshdb/lost-key-refresh': {
    title: 'How far a key refresh is, is not taken over',
    cause: 'Some nodes have the new keys already. PyACI has no place to say which.',
    steps: ['Finish the key refresh with the app.', 'Export and convert again.'],
  },
  'meshdb/lost-features': {
    title: 'Features that a node has not told',
    cause: 'The app knows only some of them, and PyACI wants all four.',
    steps: [],
  },
  'meshdb/lost-vendor-model': {
    title: 'A vendor model of company 0',
    cause:
      'PyACI writes its id with four digits, as those of the Bluetooth SIG, and so makes it another model.',
    steps: ['Nothing needs to be done: the node itself keeps it.'],
  },
  'meshdb/lost-relay-count': {
    title: 'A relay that sends once',
    cause: 'The Android app counts repetitions from 1 and has no value for none.',
    steps: [],
  },
  'meshdb/provisioner-keeps-less': {
    title: 'A provisioner’s own database is short',
    cause:
      'A node of the nRF Connect SDK that provisions others keeps their addresses, UUIDs and device keys in its flash, and the network’s keys. What they are called and what their models do it does not keep.',
    steps: [
      'Import the database where you go on, and let that program read the composition data of each node.',
    ],
  },
  'meshdb/lost-provisioner-node': {
    title: 'The app has no node of its own',
    cause: 'A phone app is a node in the network; PyACI is none in its database.',
    steps: ['Let the app add its own node after the import: it can provision before, but not configure.'],
  },
  'meshdb/lost-iv-index': {
    title: 'The IV index is not taken over',
    cause: 'A Mesh Configuration Database has no place for it; the app learns it from the network.',
    steps: [],
  },
  'meshdb/lost-period': {
    title: 'A publication period was rounded',
    cause: 'A Mesh Configuration Database counts periods in steps of 100 ms, 1 s, 10 s or 10 min.',
    steps: ['Nothing needs to be done: the node itself keeps its period.'],
  },
  'meshdb/lost-device-key': {
    title: 'A node without device key',
    cause: 'The database is a partial export. The other program refuses a node without its key.',
    steps: ['Export the whole network with device keys.', 'Convert again.'],
  },
  'meshdb/lost-scenes': {
    title: 'Scenes are not taken over',
    cause: 'PyACI has no place for them. The nodes themselves keep theirs.',
    steps: ['Keep the old file if you will go back to the app.'],
  },
  'meshdb/lost-networkExclusions': {
    title: 'Addresses of removed nodes are not taken over',
    cause: 'PyACI has no place for them, so it may give them away again.',
    steps: ['Keep a note of them, and do not use them until the IV index has moved on by two.'],
  },
  'meshdb/lost-label': {
    title: 'Virtual addresses are not taken over',
    cause: 'PyACI cannot hold the label behind a virtual address. The node itself keeps it.',
    steps: ['Set it again with the app if the node is to be changed.'],
  },
  'meshdb/lost-excluded': {
    title: 'A mark of removal is not taken over',
    cause: 'The node is being removed from the network, and PyACI has no place to say so.',
    steps: ['Do not clone this node. Remove it with the app first.'],
  },
  'meshdb/lost-heartbeat': {
    title: 'Heartbeat settings are not taken over',
    cause: 'PyACI has no place for them. The node itself keeps them.',
    steps: [],
  },
  'meshdb/lost-address-of-pyaci': {
    title: 'PyACI has the same address',
    cause: 'PyACI takes 0x0001 for itself. The app gives that address away too, usually to the phone.',
    steps: ['Give PyACI another address at its start.', 'Or do not use both at one time.'],
  },
  'meshdb/lost-publication': {
    title: 'A publication is not taken over',
    cause: 'It has a value that PyACI refuses: a virtual address, or a period that is too long.',
    steps: ['Nothing needs to be done: the node itself keeps it.'],
  },
} as const satisfies HelpFor<typeof errors, MeshdbFindingCode>;

/** The catalogue of faults in a database, as docs/database-formats.md lists them. */
export const CATALOGUE = {
  E01: {
    title: 'The file cannot be read as JSON',
    cause: 'It was copied while PyACI was saving, cut off on its way, or edited by hand.',
    steps: ANEW,
  },
  E02: {
    title: 'An empty file',
    cause: 'It was copied at the moment a program was writing it.',
    steps: ANEW,
  },
  E03: {
    title: 'A byte order mark',
    cause: 'A Windows editor has saved the file. PyACI cannot load it so.',
    steps: ['Nothing needs to be done: the updated database has none.'],
  },
  E04: {
    title: 'JSON, but no database',
    cause: 'A list or a single value stands at the top, where a database has names.',
    steps: CHOOSE_DATABASE,
  },
  E05: {
    title: 'JSON, but no database',
    cause: 'None of the names by which a database is known are in it.',
    steps: CHOOSE_DATABASE,
  },
  E06: {
    title: 'A list is missing or empty',
    cause:
      'A network needs a network key, an application key and a provisioner; programs refuse a database without.',
    steps: ['Add one with the provisioner.', GIVE_AGAIN],
  },
  E07: {
    title: '$schema is missing',
    cause: `${BY_HAND} PyACI wants it, even empty.`,
    steps: ANEW,
  },
  E08: { title: 'No list where one belongs', cause: BY_HAND, steps: ANEW },
  E09: {
    title: 'No nodes yet',
    cause:
      'The network was set up and nothing was provisioned, or PyACI was started with a fresh copy of its example.',
    steps: ['Provision and configure one node.', ...ANEW],
    more: 'start/provision',
  },
  E10: {
    title: 'A key of the wrong length',
    cause: `${BY_HAND} A key has 32 hex digits. It is not shown here.`,
    steps: ['Take the key from a backup of the database.', GIVE_AGAIN],
  },
  E11: {
    title: 'A key with a strange character',
    cause: `${BY_HAND} A key is hex digits alone. It is not shown here.`,
    steps: ['Take the key from a backup of the database.', GIVE_AGAIN],
  },
  E12: {
    title: 'A device key is missing',
    cause: 'It was exported without device keys, as apps do for sharing, or keys were removed.',
    steps: ['In the app: Settings, Export, the whole network with device keys.', GIVE_AGAIN],
    more: 'database',
  },
  E13: {
    title: 'An address of the wrong kind',
    cause: 'Nodes have 0x0001 to 0x7FFF, groups 0xC000 to 0xFEFF.',
    steps: MENDED,
  },
  E14: {
    title: 'Two nodes with one address',
    cause:
      'A node was reset and provisioned again without removing its old record, or two databases were joined by hand.',
    steps: ['Remove the record that is not on the air any more.', GIVE_AGAIN],
  },
  E15: {
    title: 'Two nodes overlap',
    cause:
      'A node was added at an address that is an element of another one, often by a script that counted nodes instead of elements.',
    steps: ['Remove the later one and provision it again.', GIVE_AGAIN],
  },
  E16: {
    title: 'Two nodes with one UUID',
    cause:
      'Older cloning scripts copied the UUID of the donor; or one board was provisioned twice, and its record of the time before was never removed. PyACI does not mind; phone apps keep only one of the two.',
    steps: [
      'A copy: on the Network page press “Give each node its own UUID”, or run “renew-uuids” of the command line.',
      'One board, provisioned twice: remove the older record, on the Network page or with “remove-node” of the command line. Renaming would change the board’s own.',
      'Save the new database and put it in place of the old one.',
    ],
  },
  E17: {
    title: 'Two nodes with one device key',
    cause: 'Older cloning scripts could copy it. Whoever holds the key can configure both.',
    steps: ['Provision one of the two again.', GIVE_AGAIN],
  },
  E18: {
    title: 'A network key that is not listed',
    cause:
      'The key was removed while a node still uses it. In a phone app’s database only the donor’s own keys stop cloning; those of others are a warning.',
    steps: MENDED,
  },
  E19: {
    title: 'A key index that points nowhere',
    cause:
      'An application key was removed while a binding or publication still names it. In a phone app’s database only those of the donor stop cloning; those of others are a warning.',
    steps: MENDED,
  },
  E20: {
    title: 'A node without elements',
    cause:
      'Its composition data was never read, so nobody knows how many addresses it uses. PyACI would give them away again.',
    steps: ['In PyACI: cc.composition_data_get(); in the app: open the node.', ...ANEW],
    more: 'start/provision',
  },
  E21: {
    title: 'Element numbers with gaps',
    cause: BY_HAND,
    steps: ['Read the composition data of the node again.'],
  },
  E22: {
    title: 'A range that is backwards',
    cause: BY_HAND,
    steps: ['Exchange its two ends in the provisioner.', GIVE_AGAIN],
  },
  E23: {
    title: 'No room for a clone',
    cause: 'No run of free addresses as long as the donor is left in the range of the provisioner.',
    steps: ['Widen the range in the provisioner, or remove nodes that are gone.', GIVE_AGAIN],
  },
  E24: {
    title: 'A node outside all ranges',
    cause:
      'It was provisioned under another range, or by somebody else; an export of a part of the network leaves the ranges of others out.',
    steps: ['Nothing needs to be done: new addresses come from a range.'],
  },
  E25: {
    title: 'Two provisioners share addresses',
    cause: 'Both may give the same address to different nodes.',
    steps: ['Let only one of them add nodes.', 'Or narrow one of the ranges.'],
  },
  E26: {
    title: 'A UUID of the wrong form',
    cause: 'PyACI writes 32 hex digits without dashes; apps may write dashes.',
    steps: MENDED,
  },
  E27: {
    title: 'An unknown word for security',
    cause: 'PyACI knows low and high, the apps secure and insecure.',
    steps: ['Write one of these words, as the program that will read the file knows it.', GIVE_AGAIN],
  },
  E28: {
    title: 'Two formats in one file',
    cause:
      'Parts of the file are as PyACI writes them, others as a phone app does. Somebody has joined two files.',
    steps: [
      'Take the file as one program wrote it.',
      'To change formats, use “For another program” on the Network page.',
    ],
  },
  E29: {
    title: 'The donor is being removed',
    cause:
      'It is marked as excluded: its keys will be replaced in the others, and it is not meant to come back.',
    steps: ['Take another node as donor.'],
  },
  E30: {
    title: 'A key refresh is running',
    cause:
      'A network key of the donor is being replaced in all nodes. Clones would have the old one and be left behind.',
    steps: [
      'Finish the key refresh with the provisioner.',
      'Read the donor out again, and take the database again.',
      'Give both here.',
    ],
    commands: 'readout',
  },
  E31: {
    title: 'A repeat setting out of its span',
    cause:
      'Messages are repeated a few times, some milliseconds apart, in fixed steps. Programs refuse a database with other values; old Android versions wrote steps for milliseconds, which Android understands and iOS does not.',
    steps: [
      'Set it again with the provisioner, or convert the database for the program named, which turns steps into milliseconds.',
      GIVE_AGAIN,
    ],
  },
  E32: {
    title: 'TTL 255 in a PyACI database',
    cause: 'It means “the node’s default” and is valid in the mesh, but PyACI does not load it.',
    steps: ['Set the publication with a TTL of 0 to 127.', GIVE_AGAIN],
  },
  E33: {
    title: 'A virtual address in a PyACI database',
    cause: 'PyACI has no working support for label addresses and does not load such a file.',
    steps: ['Remove it from the file.', 'Or work with the app’s database.'],
  },
  E34: {
    title: 'A name twice in one object',
    cause: `${BY_HAND} Most programs count only the last, some only the first.`,
    steps: ['Remove one of the two, in the lines named.', GIVE_AGAIN],
  },
  E35: {
    title: 'A model id of another length',
    cause: 'Models of the Bluetooth SIG have 4 hex digits, those of vendors 8.',
    steps: ['Read the composition data of the node again.', ...ANEW],
  },
  E36: {
    title: 'A value of the wrong form',
    cause: `${BY_HAND} A text stands for a number, or the other way round; some programs misread that in silence.`,
    steps: MENDED,
  },
  E37: {
    title: 'The provisioner is no donor',
    cause: 'The phone is a node in its own network, but has no firmware to clone.',
    steps: ['Provision a board, and clone that.'],
  },
  E38: {
    title: 'A scene with an address of nobody',
    cause: 'The node was removed, and the scene still lists it.',
    steps: [],
  },
  E39: { title: 'A key index twice', cause: BY_HAND, steps: MENDED },
  E40: {
    title: 'Elements beyond the last address',
    cause: 'The node begins so high that its elements pass 0x7FFF.',
    steps: MENDED,
  },
  E41: {
    title: 'An unreadable date',
    cause: `${BY_HAND} The apps put a date of their own in its place.`,
    steps: [],
  },
  E42: {
    title: 'An excluded address is in use',
    cause:
      'A node was given the address of one that was removed. Others may still ignore it, as it counts its messages from lower.',
    steps: [
      'Nothing needs to be done for clones: they get other addresses.',
      'The node is heard again once the IV index has moved on by two.',
    ],
  },
  E43: {
    title: 'A name nobody knows',
    cause: `A changed PyACI adds names of its own, or: ${BY_HAND.charAt(0).toLowerCase()}${BY_HAND.slice(1)} The PyACI of the SDK stops at names it does not know.`,
    steps: [
      'Nothing needs to be done if the program that wrote them goes on: they are kept.',
      'Otherwise remove them from the file, and give it again.',
    ],
  },
  E44: {
    title: 'The phase of a key is missing',
    cause: `${BY_HAND} It is 0 unless a key refresh is running.`,
    steps: ANEW,
  },
  E45: { title: 'The security of a key is missing', cause: BY_HAND, steps: ANEW },
  E46: {
    title: 'A location of another length',
    cause: 'Where an element sits is four hex digits. iOS refuses others, PyACI fills them up.',
    steps: ['Read the composition data of the node again.', ...ANEW],
  },
  E47: {
    title: 'No network key',
    cause: 'Nothing could be heard without one: keys were removed, or the export was broken off.',
    steps: ANEW,
  },
  E48: {
    title: 'A node publishes to itself',
    cause: 'Copied as it is, every clone would publish to the donor.',
    steps: ['In the plan, under “More settings”, choose whether such publications move with the clone.'],
  },
} as const satisfies HelpFor<object, CatalogueCode>;
