/** The dump: what the flash manager left in it, and what the firmware would make of that. Long because it has a page for each code. */
import type * as errors from '../../../kinds/flashfs/errors.ts';
import type { FlashfsFindingCode } from '../../../kinds/flashfs/errors.ts';
import { HEADLINES } from '../../text/refusals.ts';
import { GIVE_BOTH, PROVISION, READ_OUT, REPORT, RESET_AND_PROVISION, type HelpFor } from './code-help.ts';

export const FLASHFS = {
  'flashfs/no-area': {
    title: HEADLINES['flashfs/no-area'],
    cause:
      'The configuration of a node lies in a few pages at the end of flash, in front of the bootloader if there is one. They are missing from a file that was built rather than read out, from a dump of a part of the flash, and from a chip that was erased. Firmware that was not built with the nRF5 SDK for Mesh keeps its configuration elsewhere.',
    steps: ['Take a node that was provisioned and still runs.', READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'flashfs/locked-readback': {
    title: HEADLINES['flashfs/locked-readback'],
    cause:
      'A chip whose access port is protected (APPROTECT) answers every read with the same byte. Newer silicon protects itself at each reset unless the firmware opens it, which the SDK for Mesh is too old to do. An erased chip reads as FF throughout.',
    steps: [
      'Take a node on older silicon, or one whose firmware opens its access port.',
      'Do not “recover” the protected one: that erases the node.',
      'Read it out and give the new dump here.',
    ],
    commands: 'readout',
    more: 'readout/protected',
  },
  'flashfs/damaged-area': {
    title: HEADLINES['flashfs/damaged-area'],
    cause:
      'The entries of the page do not follow one another as the flash manager writes them. Most often bytes were lost on the way: a read-out that was interrupted, two files mixed, an editor. Rarely the flash itself is worn or the application writes into these pages.',
    steps: [READ_OUT, 'If the same page is damaged again, take another node as donor.'],
    commands: 'readout',
  },
  'flashfs/damaged-recovery-page': {
    title: HEADLINES['flashfs/damaged-recovery-page'],
    cause:
      'While a full page is tidied up its content waits in the recovery page. This one says that it holds such a copy, and the copy is not there: bytes were lost on the way, or power failed twice.',
    steps: [READ_OUT, 'If it says so again, reset the node, provision it again, and read it out then.'],
    commands: 'readout',
  },
  'flashfs/two-donors': {
    title: HEADLINES['flashfs/two-donors'],
    cause:
      'The board was programmed with and without a bootloader, or with another flash layout, and was not erased between. Both configurations survived; which one the firmware uses depends on where the bootloader starts, and that stands in the UICR.',
    steps: [
      'Read the UICR out too and give both files together.',
      'Without it: erase the chip, program it once, provision it again, and read it out.',
    ],
    commands: 'readout',
  },
  'flashfs/no-device-state': {
    title: HEADLINES['flashfs/no-device-state'],
    cause:
      'Pages of the flash manager are there, but not those of the device state manager, which keeps addresses and keys. The dump is cut off, or the firmware keeps other data with the flash manager and has no mesh.',
    steps: [READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'flashfs/never-provisioned': {
    title: HEADLINES['flashfs/never-provisioned'],
    cause:
      'The firmware has started at least once and has set up its pages, but nobody has given it an address or keys. Perhaps the wrong board was read out.',
    steps: [PROVISION, READ_OUT, 'Take the database of the same day, and give both.'],
    commands: 'readout',
    more: 'start/provision',
  },
  'flashfs/node-reset': {
    title: HEADLINES['flashfs/node-reset'],
    cause:
      'The node received a node reset, from its provisioner or by its own button (button 4 on the examples of the SDK). The firmware does not erase at once; it marks address and keys as deleted. They can still be seen, but the node is in no network.',
    steps: [PROVISION, READ_OUT, 'Take the database of the same day, and give both.'],
    commands: 'readout',
  },
  'flashfs/half-reset': {
    title: HEADLINES['flashfs/half-reset'],
    cause:
      'A reset deletes one entry after the other. Power went away, or the dump was made, in between. The firmware would start as a node without address.',
    steps: [
      'Switch the node on and let the reset finish, or reset it once more.',
      PROVISION,
      READ_OUT,
      'Take the database of the same day, and give both.',
    ],
    commands: 'readout',
  },
  'flashfs/no-device-key': {
    title: HEADLINES['flashfs/no-device-key'],
    cause:
      'The address was stored and the device key was not: the node lost its power or was read out in the seconds of provisioning.',
    steps: [RESET_AND_PROVISION, PROVISION, READ_OUT],
    commands: 'readout',
  },
  'flashfs/blank-device-key': {
    title: HEADLINES['flashfs/blank-device-key'],
    cause:
      'A device key is the outcome of a key exchange, so sixteen equal bytes are no key. Somebody blanked it in the file, a tool filled a hole, or the flash was not readable at that place.',
    steps: [READ_OUT, 'Give the file as it was read, not one that was cleaned of keys.'],
    commands: 'readout',
  },
  'flashfs/no-network-key': {
    title: HEADLINES['flashfs/no-network-key'],
    cause:
      'Each device key belongs to the subnet it was given in. That subnet was deleted, or its entry was lost with the power.',
    steps: [RESET_AND_PROVISION, PROVISION, READ_OUT],
    commands: 'readout',
  },
  'flashfs/several-own-keys': {
    title: HEADLINES['flashfs/several-own-keys'],
    cause:
      'A node is provisioned once and has one device key for its own address. Two of them mean that the flash was put together from more than one node, or that a cloning script has written beside the old key.',
    steps: [READ_OUT, 'If it stays so: erase the chip, program it again, provision it, and read it out.'],
    commands: 'readout',
  },
  'flashfs/interrupted-defragmentation': {
    title: HEADLINES['flashfs/interrupted-defragmentation'],
    cause:
      'Power was lost while a full page was tidied up. Some releases of the SDK stop at an assertion when they find such a state, at this boot and at every later one. A clone would do the same.',
    steps: ['Erase the chip and program the firmware again.', PROVISION, READ_OUT],
    commands: 'readout',
  },
  'flashfs/bad-key-refresh-phase': {
    title: HEADLINES['flashfs/bad-key-refresh-phase'],
    cause:
      'A key refresh has the phases 0 to 2 (3 only in passing), and the entry of a network key holds another value. The firmware stops at it at every boot. The flash was damaged, or something else has written it.',
    steps: ['Erase the chip and program the firmware again.', PROVISION, READ_OUT],
    commands: 'readout',
  },
  'flashfs/load-failure': {
    title: HEADLINES['flashfs/load-failure'],
    cause:
      'At boot the firmware checks what it has stored, for instance against the number of keys and addresses it was built for. One entry fails, so it would drop all of them and start unprovisioned. This happens when new firmware with smaller limits was put onto a node that was provisioned with the old one.',
    steps: [
      'Read out once more to exclude a damaged file.',
      'Otherwise reset the node and provision it under the firmware that the clones shall have.',
      READ_OUT,
    ],
    commands: 'readout',
  },
  'flashfs/starts-unprovisioned': {
    title: HEADLINES['flashfs/starts-unprovisioned'],
    cause:
      'In this release the firmware looks for stored settings of its models before it believes that it is provisioned. A node that was provisioned and never configured has none, and starts as new after a restart.',
    steps: [
      'Configure the node: add an application key and bind it to a model.',
      READ_OUT,
      'Take the database of the same day, and give both.',
    ],
    commands: 'readout',
    more: 'start/provision',
  },
  'flashfs/not-unicast': {
    title: 'An address beyond the unicast addresses',
    cause:
      'Nodes have addresses from 0x0001 to 0x7FFF, one for each element. The first address is outside, or the last element of the last clone would be.',
    steps: [
      'Choose a lower first address, or leave the field empty for the next free one.',
      'Or plan fewer clones.',
    ],
  },
  'flashfs/bad-device-key': {
    title: 'Not a device key',
    cause:
      'A device key given in a table or on the command line has another length than 16 bytes, is all zeros or all ones, or is the donor’s own.',
    steps: [
      'Leave the device key out: each clone gets a random one.',
      'Or give 32 hex digits that nobody else uses.',
    ],
  },
  'flashfs/address-collision': {
    title: 'A clone would be a node that the donor knows',
    cause:
      'The donor has configured other nodes and keeps their device keys by their addresses. A clone at one of these addresses would take another node’s key for its own.',
    steps: [
      'Choose a first address that no node of the network has.',
      'Leave the field empty: Meshpress takes the next free one.',
    ],
  },
  'flashfs/wrong-clone': {
    title: 'A clone failed its own check',
    cause:
      'Every clone is read back and booted in simulation before it is handed out. This one was not what it should be. That is a fault of Meshpress, or of the memory of this computer, and never of your files alone.',
    steps: [
      'Do not program it. Nothing was handed out.',
      'Press once more: if it works now, test the memory of this computer.',
      REPORT,
    ],
  },
  'flashfs/sequence-exhausted': {
    title: 'Too far ahead in the sequence numbers',
    cause:
      'A node has 16,777,216 sequence numbers for each IV index. The donor has used some, and the distance asked for leaves none.',
    steps: ['Choose a smaller distance.', 'Or “The donor’s”: fresh addresses need no distance.'],
  },
  'flashfs/iv-index-lower': {
    title: 'An IV index that is over',
    cause: 'The IV index of a network only rises. Nodes ignore whoever sends under one that is over.',
    steps: [
      'Give the IV index of the network today: the app or a newer dump shows it.',
      'Or keep the donor’s.',
    ],
  },
  'flashfs/no-iv-index': {
    title: 'No IV index in the dump',
    cause:
      'The node never stored one: it was read out just after it was provisioned, or its records are damaged.',
    steps: ['Keep the donor’s: clones learn the IV index from the network.'],
  },

  // Findings
  'flashfs/torn-entry': {
    title: 'An entry was being written when power went',
    cause:
      'The flash manager writes an entry in steps. This one was not finished, and its firmware ignores it in the long run.',
    steps: [
      'Nothing needs to be done. Was something configured just before the read-out? Look whether it is in the clones.',
    ],
  },
  'flashfs/equal-handles': {
    title: 'One entry is there more than once',
    cause:
      'Two live entries have one handle, which the flash manager never leaves behind on purpose. Which one counts depends on the release.',
    steps: [
      'Nothing needs to be done: all copies get the clone’s identity.',
      'If a clone behaves oddly, reset the donor, provision it again, and clone that.',
    ],
  },
  'flashfs/torn-padding': {
    title: 'A page has an unfinished end',
    cause: 'Power was lost while the flash manager closed a page that had become full.',
    steps: [],
  },
  'flashfs/entries-behind-seal': {
    title: 'Entries behind the end of an area',
    cause:
      'The end of an area was written before all its pages were full. Newer releases read on behind it, older ones stop.',
    steps: ['Nothing needs to be done, as long as clones run the firmware of the donor.'],
  },
  'flashfs/defragmentation-pending': {
    title: 'A page was being tidied up',
    cause:
      'Power was lost while a full page was copied to the recovery page and back. The firmware finishes that at its next boot.',
    steps: [
      'Nothing needs to be done: clones are written as they are after that boot.',
      'To be quite sure, switch the donor on once and read it out again.',
    ],
  },
  'flashfs/stale-entries': {
    title: 'Deleted entries are still readable',
    cause:
      'Flash is erased by whole pages, so deleted addresses and keys stay until their page is tidied up.',
    steps: [],
  },
  'flashfs/stale-recovery-page': {
    title: 'The recovery page holds an old copy',
    cause: 'The page through which others are tidied up keeps what it was last used for, keys included.',
    steps: [],
  },
  'flashfs/replaced-entry': {
    title: 'An entry was being replaced',
    cause:
      'The flash manager writes the new entry and then deletes the old one. Power was lost between the two.',
    steps: [],
  },
  'flashfs/several-device-keys': {
    title: 'The donor can configure other nodes',
    cause:
      'It holds device keys of other nodes, so it is a provisioner, or has been one. Clones carry these keys too.',
    steps: [
      'Think about whether all clones may be able to configure these nodes.',
      'If not, take a node that was never a provisioner as donor.',
    ],
  },
  'flashfs/own-device-key': {
    title: 'One device key, the node’s own',
    cause: 'That is how a node that is no provisioner looks.',
    steps: [],
  },
  'flashfs/key-refresh-running': {
    title: 'A network key is being replaced',
    cause:
      'The network is in the middle of a key refresh: the node holds the old key and the new one. Clones that come late have missed the end of it.',
    steps: [
      'Finish the key refresh with the provisioner.',
      'Read the donor out again and export the database again.',
    ],
    commands: 'readout',
  },
  'flashfs/relay-off': {
    title: 'The donor does not relay',
    cause:
      'A configuration client switched its Relay feature off, and that is stored. The SDK’s proxy passes on what comes by Bluetooth only while it relays, so whoever connects to such a node reaches that node and no other.',
    steps: [
      'Switch Relay on (Config Relay Set) and read the donor out again.',
      'Or go on, where the network has other relays and nobody connects through clones.',
    ],
  },
  'flashfs/proxy-off': {
    title: 'The donor is no GATT proxy',
    cause:
      'A configuration client switched its GATT Proxy feature off, and that is stored: phones and computers cannot connect to it, nor to its clones.',
    steps: [
      'Switch GATT Proxy on (Config GATT Proxy Set) and read the donor out again.',
      'Or go on, where that is meant.',
    ],
  },
  'flashfs/iv-update-running': {
    title: 'An IV update is in progress',
    cause:
      'The network is moving on to the next IV index, which takes four days and more. A clone that comes to the network after that has to be told the new one, by the beacon of a neighbour.',
    steps: [
      'Bring the clones on the air soon.',
      'Or wait until the update is over, and read the donor out again.',
    ],
  },
  'flashfs/sequence-unpaired': {
    title: 'The sequence number starts again at 0',
    cause:
      'The stored block of sequence numbers is of another IV index than the stored one; power was lost between the two. The firmware then begins at 0.',
    steps: [
      'Nothing needs to be done for clones with fresh addresses.',
      'The donor itself is not heard by its peers until the IV index moves on.',
    ],
  },
  'flashfs/own-publication': {
    title: 'The donor publishes to itself',
    cause:
      'A model publishes to an element of the same node. Copied as it is, every clone would publish to the donor.',
    steps: [
      'In the plan, under “More settings”, choose where such publications go: to the clone itself, or to the donor as before.',
    ],
  },
  'flashfs/heartbeat-to-itself': {
    title: 'The heartbeat goes to the donor',
    cause:
      'The donor publishes its heartbeat to its own address. Clones publish theirs to the same address, so to the donor.',
    steps: ['Set the heartbeat of the clones anew once they are on the air, if it matters.'],
  },
  'flashfs/advertiser-address': {
    title: 'The donor has a stored Bluetooth address',
    cause:
      'The firmware was told to advertise with an address of its own rather than that of the chip. Two devices with one address disturb each other.',
    steps: ['Leave the plan at “Leave it out”: each clone then uses the address of its chip.'],
  },
  'flashfs/emergency-cache': {
    title: 'Records of a power-down are waiting',
    cause:
      'The node was switched off by its own power-down routine, which saves what was not yet written. The next boot applies it.',
    steps: ['Nothing needs to be done.', 'For a cleaner donor, switch it on once and read it out again.'],
  },
  'flashfs/replay-cache': {
    title: 'The replay cache is stored',
    cause:
      'From release 5.0.0 on a node stores whom it has heard, so that old messages cannot be played to it again.',
    steps: ['Leave the plan at “Empty, as in a new node”: a clone has heard nobody yet.'],
  },
  'flashfs/legacy-records': {
    title: 'Records of an older release',
    cause:
      'The node was provisioned under an older release and then got new firmware, which reads the old records.',
    steps: [],
  },
  'flashfs/cut-off': {
    title: 'The lower part of the configuration is missing',
    cause:
      'The dump begins in the middle of the configuration pages, so what the node knows of its models lies below it.',
    steps: [READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'flashfs/half-finished-reset': {
    title: 'A reset has begun',
    cause:
      'The settings of the models are deleted already, address and keys are not yet. The node was read out or lost power during its reset.',
    steps: [RESET_AND_PROVISION, PROVISION, READ_OUT],
    commands: 'readout',
  },
  'flashfs/access-discarded': {
    title: 'The firmware discards its model settings',
    cause:
      'One entry does not fit the models that this firmware has. That happens when the firmware was changed after the node was configured.',
    steps: ['Reset the node under the firmware that the clones shall have.', PROVISION, READ_OUT],
    commands: 'readout',
  },
  'flashfs/not-configured': {
    title: 'Provisioned but not configured',
    cause:
      'The node is in the network, but no model is bound to an application key, so it neither sends nor understands application messages. Clones start in the same state.',
    steps: [
      'Add an application key and bind it to the models.',
      'Set publication and subscription.',
      'Read the node out again.',
    ],
    more: 'start/provision',
  },
  'flashfs/element-count-differs': {
    title: 'Addresses and elements differ in number',
    cause:
      'The node was provisioned with another number of elements than its firmware now has. An element without an address cannot be reached.',
    steps: [
      'Reset the node under the firmware that the clones shall have, provision it again, and read it out.',
    ],
  },
  'flashfs/server-unbound': {
    title: 'Nobody can configure this node',
    cause:
      'The configuration server has lost its binding to the device key. The node works as it is, but its settings cannot be changed, and so it is with each clone.',
    steps: [RESET_AND_PROVISION, PROVISION, READ_OUT],
    commands: 'readout',
  },
  'flashfs/no-firmware': {
    title: 'Configuration without firmware',
    cause: 'Only the pages at the end of flash were read out. A clone made of them is no whole image.',
    steps: [READ_OUT, 'Or write clones only onto boards that run exactly this firmware already.'],
    commands: 'readout',
  },
  'flashfs/no-uicr': {
    title: 'The UICR is not in the dump',
    cause:
      'The UICR lies outside the flash and is read by a separate command. It holds the start of the bootloader, the reset pin and the protection.',
    steps: [
      'With a bootloader or a reset pin: read the UICR out and give both files.',
      'Otherwise nothing needs to be done.',
    ],
    commands: 'readout',
  },
  'flashfs/areas-not-in-use': {
    title: 'Pages that the firmware does not use',
    cause: 'Earlier firmware with another layout has left its configuration behind.',
    steps: ['Nothing needs to be done: keys of the donor are blanked there too.'],
  },
  'flashfs/areas-found': {
    title: 'Where the configuration lies',
    cause: 'The areas were found by following the firmware’s own rules, and each page was checked.',
    steps: [],
  },
  'flashfs/sequence-set': {
    title: 'The sequence number was chosen',
    cause:
      'You asked in the plan for another sequence number than the donor’s. Nodes ignore messages below the number they have last heard from an address.',
    steps: ['Start at 0 only with addresses that were never on the air.'],
  },
  'flashfs/iv-index-set': {
    title: 'The IV index was chosen',
    cause:
      'The dump is older than the network, and you gave the IV index of today. Under it no clone has sent anything yet, whatever its address was used for before.',
    steps: [],
  },
  'flashfs/replay-cache-emptied': {
    title: 'Clones begin with an empty replay cache',
    cause: 'Whom the donor has heard says nothing about whom a clone has heard.',
    steps: [],
  },
  'flashfs/advertiser-address-dropped': {
    title: 'The Bluetooth address is not copied',
    cause: 'Each clone advertises with the address of its own chip.',
    steps: [],
  },
  'flashfs/publishes-to-itself': {
    title: 'A clone would publish to itself',
    cause: 'The donor publishes to an address that is now to become a clone’s own.',
    steps: ['Choose another first address, so that no clone gets the address that the donor publishes to.'],
  },
  'flashfs/key-left': {
    title: 'The donor’s device key stays in the application',
    cause:
      'The key also stands outside the records of the mesh, perhaps because the application keeps a copy. Blanking it there might break the application, so it is left.',
    steps: [
      'Find out why the application keeps it.',
      'After cloning, provision the donor anew: the key in the clones is then worth nothing.',
    ],
  },
  'flashfs/key-blanked': {
    title: 'Old copies of the device key are blanked',
    cause: 'Pages that are not in use any more held copies of it.',
    steps: [],
  },
  'flashfs/areas-below-firmware': {
    title: HEADLINES['flashfs/areas-below-firmware'],
    cause:
      'The configuration lies at the end of flash. Here it lies at its beginning: somebody read a part of the flash into a raw file and made HEX of it without its address.',
    steps: ['Give the raw file and its base address.', READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'flashfs/sequence-used-up': {
    title: 'No sequence number left',
    cause:
      'A node has 16,777,216 sequence numbers for each IV index. This one has used them up, as happens where no IV update takes place for long.',
    steps: [
      'Let clones begin at 0, at addresses that were never on air.',
      'Or let the network finish an IV update, and read the donor out again.',
    ],
  },
  'flashfs/sequence-running-out': {
    title: 'Few sequence numbers left',
    cause:
      'A node has 16,777,216 sequence numbers for each IV index; of the last 65,536 clones would have no more than the donor.',
    steps: ['Let clones begin at 0, at addresses that were never on air.'],
  },
  'flashfs/sequence-not-found': {
    title: 'The sequence number cannot be set',
    cause:
      'The page with the network state was not found, or several may be it. What is not found cannot be changed.',
    steps: ['Leave the option out.', READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
  'flashfs/areas-unclear': {
    title: 'Areas that may be in use or not',
    cause:
      'Projects can move single areas to places of their own. Several in this dump could be the same one, and nothing tells which the firmware uses.',
    steps: ['Erase a node, program it, provision it anew, and take that one as donor.'],
  },
  'flashfs/no-network-state': {
    title: 'IV index and sequence number not found',
    cause: 'The area with the network state is missing from the dump, or several may be it.',
    steps: [READ_OUT, GIVE_BOTH],
    commands: 'readout',
  },
} as const satisfies HelpFor<typeof errors, FlashfsFindingCode>;
