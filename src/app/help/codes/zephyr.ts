import type * as errors from '../../../kinds/zephyr/errors.ts';
import type { ZephyrFindingCode } from '../../../kinds/zephyr/errors.ts';
import { HEADLINES } from '../../text/refusals.ts';
import { GIVE_BOTH, PROVISION, READ_OUT, REPORT, type HelpFor } from './code-help.ts';

const BUILD_AGAIN = 'Build the firmware with the option that the message names, and provision such a node.';

/** The dump of an nRF Connect SDK node: its settings, and what the firmware would make of them. */
export const ZEPHYR = {
  'zephyr/no-settings': {
    title: HEADLINES['zephyr/no-settings'],
    cause:
      'A Zephyr application can keep data of its own in the same kind of storage as settings. Here there is only that: the firmware was built without settings, or has not saved any.',
    steps: [
      'Check that the firmware has CONFIG_BT_SETTINGS and that the node was provisioned.',
      READ_OUT,
      GIVE_BOTH,
    ],
    commands: 'readout',
  },
  'zephyr/never-provisioned': {
    title: HEADLINES['zephyr/never-provisioned'],
    cause:
      'The firmware has started and has saved settings, but nobody has given it an address or keys. Perhaps the wrong board was read out.',
    steps: [PROVISION, READ_OUT, 'Take the database of the same day, and give both.'],
    commands: 'readout',
    more: 'start/provision',
  },
  'zephyr/node-reset': {
    title: HEADLINES['zephyr/node-reset'],
    cause:
      'It was removed from its network, by the app or by its own reset. Old records can still be seen in its storage, deleted; the firmware does not load them.',
    steps: [PROVISION, READ_OUT, 'Take the database of the same day, and give both.'],
    commands: 'readout',
    more: 'start/provision',
  },
  'zephyr/half-provisioned': {
    title: HEADLINES['zephyr/half-provisioned'],
    cause:
      'A node needs its address and a network key. Only one of the two is stored: power was lost within the second in which they are written or deleted.',
    steps: ['Reset the node and provision it again.', READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'zephyr/two-donors': {
    title: HEADLINES['zephyr/two-donors'],
    cause:
      'The board was programmed with two memory maps, one after the other, and was not erased between. Both firmwares were provisioned, and the settings of both survived.',
    steps: [
      'Look up in the build folder where the settings of the present firmware lie: pm_static.yml, or zephyr.dts.',
      'Give a dump in which the other area is left out or blank.',
      'Or erase the chip, program it once, provision it again, and read it out.',
    ],
    commands: 'readout',
  },
  'zephyr/damaged-area': {
    title: HEADLINES['zephyr/damaged-area'],
    cause:
      'Sectors are closed one after the other, and one is always open. Here every one says that it is closed, which no firmware leaves: bytes were lost or mixed on the way.',
    steps: [READ_OUT, 'If it says so again, take another node as donor.'],
    commands: 'readout',
  },
  'zephyr/keys-sealed': {
    title: HEADLINES['zephyr/keys-sealed'],
    cause:
      'From version 3.0 on the SDK seals mesh keys. On the nRF54L, and on others where it was so chosen, the seal’s key is made by the chip and never leaves it. An image of this node on another chip could not open a single key.',
    steps: [
      'For clones build a firmware with CONFIG_BT_MESH_KEY_IMPORTER: it takes clear keys over at its first boot.',
      'Or seal with the hash of the key’s id (CONFIG_TRUSTED_STORAGE_BACKEND_AEAD_KEY_HASH_UID), as is usual on the nRF52.',
      PROVISION,
      READ_OUT,
    ],
  },
  'zephyr/keys-elsewhere': {
    title: HEADLINES['zephyr/keys-elsewhere'],
    cause:
      'The settings name keys by an id, and the keys themselves are in TF-M’s secure storage or in another key store. A dump does not show them, and most often cannot.',
    steps: ['Build the firmware without TF-M (a board without _ns).', PROVISION, READ_OUT],
  },
  'zephyr/fcb-storage': {
    title: HEADLINES['zephyr/fcb-storage'],
    cause:
      'Up to version 1.5 the mesh samples of the SDK kept their settings in a flash circular buffer (FCB). Its form is known, but no node with it was there to try a clone on, so none is made.',
    steps: [BUILD_AGAIN, READ_OUT, GIVE_BOTH],
  },
  'zephyr/newer-storage': {
    title: HEADLINES['zephyr/newer-storage'],
    cause:
      'Later releases of Zephyr can give ZMS entries longer ids, in another form than the one Meshpress reads.',
    steps: [BUILD_AGAIN, READ_OUT],
  },
  'zephyr/blank-device-key': {
    title: HEADLINES['zephyr/blank-device-key'],
    cause:
      'A device key is random. One byte sixteen times over stands there where flash was erased or overwritten.',
    steps: [READ_OUT, 'If it stays so, provision the node again.'],
    commands: 'readout',
  },
  'zephyr/not-unicast': {
    title: 'Not a unicast address',
    cause: 'Nodes have the addresses 0x0001 to 0x7FFF, and each element of a node takes one.',
    steps: ['Choose a lower first address, or fewer clones.'],
  },
  'zephyr/bad-device-key': {
    title: 'Not a device key',
    cause: 'A device key has 16 bytes, is random, and belongs to one node.',
    steps: [
      'Leave the field empty: Meshpress makes the key.',
      'Or give 32 hex digits that no other node has.',
    ],
  },
  'zephyr/sequence-exhausted': {
    title: 'No sequence numbers left',
    cause: 'A sequence number has 24 bits. The distance that was asked for goes beyond them.',
    steps: ['Choose a smaller distance.', 'Or addresses that were never on air, and start at 0.'],
  },
  'zephyr/no-sequence-record': {
    title: 'The node has no sequence number yet',
    cause:
      'It is stored with the first messages that a node sends. This one has sent none since it was provisioned.',
    steps: ['Keep the donor’s, which is 0.', 'Or let the node send something, and read it out again.'],
  },
  'zephyr/no-room': {
    title: 'Clear keys do not fit',
    cause:
      'A key in its record takes more room than the id of one. The sectors that the donor uses are too full for that.',
    steps: [
      'Leave the keys as the donor has them.',
      'Or build the firmware with a larger settings partition.',
    ],
  },
  'zephyr/wrong-clone': {
    title: 'A clone failed its own check',
    cause:
      'Every clone is started in simulation before it is handed out. This one did not come up as the node it should be, so nothing of it was given out.',
    steps: [REPORT],
  },
  'zephyr/half-setting': {
    title: 'A setting without its other half',
    cause:
      'A setting is stored as two records, its name and its value. Power was lost between them, or the storage was full. The firmware loads neither.',
    steps: [],
  },
  'zephyr/wrong-checksum': {
    title: 'A stored value is damaged',
    cause:
      'This firmware keeps a checksum of every value. One of them does not fit, so the firmware does not load the value: a worn flash, or bytes that changed on the way.',
    steps: [READ_OUT, 'If it stays so and the setting matters, provision the node again.'],
    commands: 'readout',
  },
  'zephyr/bad-name': {
    title: 'A setting whose name is no text',
    cause: 'Names of settings are short words with slashes between them. This one holds other bytes.',
    steps: [READ_OUT],
    commands: 'readout',
  },
  'zephyr/name-twice': {
    title: 'A setting is stored twice',
    cause:
      'Two records have the same name. No firmware writes that: two dumps were mixed, or the flash is damaged. The firmware loads one over the other.',
    steps: ['Check the value in “Node”.', READ_OUT],
    commands: 'readout',
  },
  'zephyr/bad-count': {
    title: 'The number of settings is damaged',
    cause:
      'Names are numbered, and the largest number is stored. That record is damaged, so nothing is loaded.',
    steps: [READ_OUT, 'If it stays so, provision the node again.'],
    commands: 'readout',
  },
  'zephyr/wrong-size': {
    title: 'A record of another length',
    cause:
      'The mesh takes a record only in the length that its release knows. This one was written by another release, or is damaged. The node goes on without it.',
    steps: ['Check in “Node” what is missing.', READ_OUT],
    commands: 'readout',
  },
  'zephyr/collection-interrupted': {
    title: 'Power was lost during a collection',
    cause:
      'When a sector is full, what still counts is copied to the next, and the old one is erased. Power was lost on the way. The firmware notices at its next boot, and so does Meshpress.',
    steps: [],
  },
  'zephyr/torn-entry': {
    title: 'Power was lost during a write',
    cause: 'An entry was not written to its end. The firmware passes over it.',
    steps: [],
  },
  'zephyr/settings-sound': {
    title: 'The settings are in order',
    cause: 'Every name has a value and every value a name, and the checksums that there are fit.',
    steps: [],
  },
  'zephyr/no-iv-index': {
    title: 'The IV index is missing',
    cause:
      'A node stores it when it is provisioned. Without it the node starts at 0 and waits for a beacon of its network.',
    steps: [READ_OUT, 'If it is missing again, provision the node again.'],
    commands: 'readout',
  },
  'zephyr/stale-values': {
    title: 'Old values that may hold keys',
    cause:
      'A changed setting is written behind the old one, which stays in flash until its sector is erased. Clones get those bytes blank.',
    steps: [],
  },
  'zephyr/application-records': {
    title: 'Settings of the application',
    cause:
      'The firmware keeps settings that are not of the mesh. Meshpress does not know what they mean and copies them into every clone.',
    steps: ['Look through their names. A serial number would be the same in every clone.'],
  },
  'zephyr/keys-opened': {
    title: 'Sealed keys were opened',
    cause:
      'The SDK seals mesh keys. On the nRF52 the seal’s key follows from the id of the key, which protects from damage and not from readers. Clones get their device key sealed the same way.',
    steps: [],
  },
  'zephyr/key-without-subnet': {
    title: 'An application key without its network',
    cause: 'Application keys belong to a network key, and the node does not have that one.',
    steps: ['Delete the application key from the node, or add the network key, and read it out again.'],
  },
  'zephyr/key-refresh': {
    title: 'A key refresh is under way',
    cause:
      'The node holds an old and a new network key. Clones are in the same phase and must be reached by the same refresh.',
    steps: ['Finish the refresh with the provisioner, then read the node out again.'],
  },
  'zephyr/iv-update': {
    title: 'An IV update is under way',
    cause: 'The network was about to go to its next IV index. Clones finish that with it.',
    steps: [],
  },
  'zephyr/elements-unknown': {
    title: 'The number of elements is not stored',
    cause:
      'It is part of the firmware. The settings only name elements of which a model was configured; the database knows them all.',
    steps: [],
  },
  'zephyr/own-publications': {
    title: 'The node publishes to itself',
    cause: 'A model publishes to an element of the same node. In a clone that address is still the donor’s.',
    steps: [
      'Let such publications move with the clone: “More settings”.',
      'Or leave them, if all shall reach the donor.',
    ],
  },
  'zephyr/publishes-to-itself': {
    title: 'A clone would publish to itself',
    cause: 'The donor publishes to an address that one of the clones is to have.',
    steps: ['Choose another address for that clone.'],
  },
  'zephyr/not-for-the-bench': {
    title: 'A chip that the bench does not write',
    cause:
      'Images can be made for every chip whose settings Meshpress reads. The bench writes over the debug port of the nRF52 family alone: others keep their flash behind other registers.',
    steps: [
      'Press the clones, save the zip, and write each image with nrfutil or another tool for the chip.',
    ],
  },
  'zephyr/other-storage': {
    title: 'Another storage in the dump',
    cause: 'The firmware keeps data of its own beside the settings, or an older firmware left some.',
    steps: [],
  },
  'zephyr/emergency-data': {
    title: 'Data saved when power went',
    cause:
      'The SDK’s emergency data storage keeps the replay list, and in some samples the state of models. It belongs to the donor’s past.',
    steps: [],
  },
  'zephyr/emergency-data-erased': {
    title: 'Emergency data are not copied',
    cause: 'Clones start with none, as a new node does.',
    steps: [],
  },
  'zephyr/sequence-set': {
    title: 'The sequence number was set',
    cause: 'As you chose it for clones. A boot goes on at the end of a block of 128.',
    steps: [],
  },
  'zephyr/candidate-dropped': {
    title: 'A device key candidate is not copied',
    cause: 'Remote provisioning had prepared a next device key for the donor. It is the donor’s alone.',
    steps: [],
  },
  'zephyr/replay-list-emptied': {
    title: 'The replay list is not copied',
    cause: 'As you chose it for clones.',
    steps: [],
  },
  'zephyr/bluetooth-identity-dropped': {
    title: 'Bluetooth address and bonds are not copied',
    cause: 'Two devices must not share them. Every clone has the address of its chip.',
    steps: [],
  },
  'zephyr/provisioner-database-dropped': {
    title: 'The donor is a provisioner',
    cause:
      'It keeps a database of the network with the device keys of its nodes. Two provisioners with one database would give addresses out twice, so clones do not get it.',
    steps: ['Take a node that is no provisioner as donor, unless this is what you want.'],
  },
  'zephyr/bridge-table': {
    title: 'The donor bridges subnets',
    cause:
      'Its table names pairs of addresses. Clones would bridge the same pairs, and messages would arrive twice.',
    steps: ['Empty the table in each clone, or in the donor before it is read out.'],
  },
  'zephyr/area-rebuilt': {
    title: 'The settings are written afresh',
    cause:
      'Keys in their records take more room than where the donor has them. Everything else is the same, in another place.',
    steps: ['Use it only with a firmware that imports keys (CONFIG_BT_MESH_KEY_IMPORTER).'],
  },
  'zephyr/key-left': {
    title: 'The donor’s key stays in clones',
    cause:
      'The same sixteen bytes stand in a place that is none of the mesh’s, such as a setting of the application. Something may need them there.',
    steps: ['If clones are handed to others, provision the donor again after cloning.'],
  },
} as const satisfies HelpFor<typeof errors, ZephyrFindingCode>;
