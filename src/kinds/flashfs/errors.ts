/** What can be wrong with a flash image, in words. No key byte ever gets in here. */
import { hex } from '../../bytes.ts';
import { KnownError, type Finding } from '../../errors.ts';
import { thousands } from '../../numbers.ts';
import type { Damage } from './container.ts';

const READ_AGAIN = 'Read the whole flash out of the board again, and its UICR.';
const PROVISION_FIRST = 'Provision the node and configure it as the clones shall be, then read it out.';

export const noArea = () =>
  new KnownError(
    'flashfs/no-area',
    'No flash manager page is in this dump: it is not the configuration of an nRF5 SDK for Mesh node, or its configuration pages are missing.',
    'An application HEX or an erased chip holds no configuration. Read the whole flash out of a provisioned node.',
  );

export const lockedReadback = (value: number) =>
  new KnownError(
    'flashfs/locked-readback',
    `Every byte of this dump is ${hex(value, 2)}: the chip was ${value === 0 ? 'protected against readback' : 'erased, or protected against readback'}.`,
    'A protected chip cannot be read out. Use a node whose access port is open.',
    { value },
  );

export const damagedArea = ({ page, offset, rule }: Damage) =>
  new KnownError(
    'flashfs/damaged-area',
    `The page at ${hex(page)} is damaged at offset ${hex(offset, 3)}: ${rule}.`,
    READ_AGAIN,
    { page, offset, rule },
  );

export const damagedRecovery = (page: number, pointer: number) =>
  new KnownError(
    'flashfs/damaged-recovery-page',
    `The recovery page at ${hex(page)} stands in for the page at ${hex(pointer)}, but holds no copy of it.`,
    READ_AGAIN,
    { page, pointer },
  );

export const twoDonors = (recoveryPages: readonly number[]) =>
  new KnownError(
    'flashfs/two-donors',
    `The dump holds ${recoveryPages.length} complete configurations, below ${recoveryPages.map((page) => hex(page)).join(' and ')}, and nothing in it tells which one is in use.`,
    'Read the UICR out as well: it says where the bootloader starts, and with it which configuration is in use.',
    { count: recoveryPages.length },
  );

export const areasBelowFirmware = (address: number, recovery: number) =>
  new KnownError(
    'flashfs/areas-below-firmware',
    `The dump has the configuration at ${hex(address, 5)}, where master boot record and SoftDevice lie in every firmware: it is a part of a flash with wrong addresses.`,
    'Give it as a raw binary, and the flash address that it begins at; or read the whole flash out again.',
    { address, recovery },
  );

export const noDeviceState = () =>
  new KnownError(
    'flashfs/no-device-state',
    'The dump holds flash manager pages, but not the one with addresses and keys.',
    READ_AGAIN,
  );

export const neverProvisioned = () =>
  new KnownError('flashfs/never-provisioned', 'This node was never provisioned.', PROVISION_FIRST);

export const nodeReset = () =>
  new KnownError(
    'flashfs/node-reset',
    'This node is not provisioned: it was, and has been reset.',
    PROVISION_FIRST,
  );

export const halfReset = () =>
  new KnownError(
    'flashfs/half-reset',
    'This node lost power in the middle of a reset: keys are still there, its address is gone.',
    PROVISION_FIRST,
  );

export const noDeviceKey = (start: number) =>
  new KnownError(
    'flashfs/no-device-key',
    `This node has the address ${hex(start, 4)}, but no device key for it: its provisioning was interrupted.`,
    PROVISION_FIRST,
    { unicast: start },
  );

export const blankDeviceKey = (start: number) =>
  new KnownError(
    'flashfs/blank-device-key',
    `The device key of this node at ${hex(start, 4)} is one byte sixteen times over, which no provisioner makes.`,
    READ_AGAIN,
    { unicast: start },
  );

export const noNetworkKey = (handle: number) =>
  new KnownError(
    'flashfs/no-network-key',
    `This node's device key belongs to the subnet with handle ${handle}, and there is no such network key.`,
    PROVISION_FIRST,
    { handle },
  );

export const severalOwnKeys = (start: number, count: number) =>
  new KnownError(
    'flashfs/several-own-keys',
    `${count} device keys belong to this node's own address ${hex(start, 4)}; a node has one.`,
    READ_AGAIN,
    { unicast: start, count },
  );

export const interruptedDefragmentation = (page: number) =>
  new KnownError(
    'flashfs/interrupted-defragmentation',
    `Power was lost while the page at ${hex(page)} was tidied up, and this release stops on every boot of such an image.`,
    'The node is dead as it is. Erase it, program it afresh and provision it again.',
    { page },
  );

export const badPhase = () =>
  new KnownError(
    'flashfs/bad-key-refresh-phase',
    'A network key has a key refresh phase that does not exist, and this release stops on every boot of such an image.',
    'The node is dead as it is. Erase it, program it afresh and provision it again.',
  );

export const loadFailure = (address: number, rule: string) =>
  new KnownError(
    'flashfs/load-failure',
    `The firmware would discard its configuration at the next boot, because of the entry at ${hex(address)}: ${rule}.`,
    READ_AGAIN,
    { address, rule },
  );

export const startsUnprovisioned = () =>
  new KnownError(
    'flashfs/starts-unprovisioned',
    'This node has an address and a device key, but its release starts unprovisioned as long as no model was configured.',
    'Configure the node, bind an application key for instance, then read it out again.',
  );

export const notUnicast = (start: number, count: number) =>
  new KnownError(
    'flashfs/not-unicast',
    `${count === 1 ? `${hex(start, 4)} is` : `${hex(start, 4)} with ${count} elements are`} not within the unicast addresses 0x0001 to 0x7FFF.`,
    'Choose a lower first address.',
    { unicast: start, elements: count },
  );

export const badDeviceKey = (rule: string) =>
  new KnownError(
    'flashfs/bad-device-key',
    `The device key of a clone ${rule}.`,
    'Let Meshpress make the key, or give 16 random bytes.',
  );

export const collision = (start: number, count: number, owner: number) =>
  new KnownError(
    'flashfs/address-collision',
    `The donor holds the device key of another node at ${hex(owner, 4)}, which a clone at ${hex(start, 4)} with ${count} elements would be too.`,
    'Choose addresses that no node of the network has.',
    { unicast: start, elements: count, owner },
  );

export const wrongClone = (what: string) =>
  new KnownError(
    'flashfs/wrong-clone',
    `Booted in simulation, this clone is not the node it should be: ${what}.`,
    'Do not program it. Report this: it is a fault of Meshpress.',
    { what },
  );

export const sequenceExhausted = (before: number, distance: number) =>
  new KnownError(
    'flashfs/sequence-exhausted',
    `Skipping ${distance} sequence numbers ahead of ${before} leaves the 24 bits that sequence numbers have.`,
    'Choose a smaller distance.',
    { before, distance },
  );

export const ivIndexLower = (wanted: number, donors: number) =>
  new KnownError(
    'flashfs/iv-index-lower',
    `The IV index ${thousands(wanted)} is below the donor's, ${thousands(donors)}. An IV index never goes back.`,
    "Give that of the network today, or leave it out to keep the donor's.",
    { wanted, donors },
  );

export const noIvIndex = () =>
  new KnownError(
    'flashfs/no-iv-index',
    'The dump holds no record of an IV index that could be raised.',
    'Leave the IV index out: clones learn it from the network, as the donor does.',
  );

export const sequenceUsedUp = (next: number) =>
  new KnownError(
    'flashfs/sequence-used-up',
    `The donor has used up its sequence numbers: the next would be ${next}, and the last there is is 16777215. Clones could not send a single message.`,
    'Let clones begin at 0 (sequence: reset), at addresses that were never on air; or let the network finish an IV update, and read the donor out again.',
    { next },
  );

export const sequenceNotFound = (choice: string) =>
  new KnownError(
    'flashfs/sequence-not-found',
    `The sequence number of clones cannot be set (${choice}): the page of the network state is not in the dump, or several may be it.`,
    'Leave the option out, or read the whole flash out of the node.',
    { choice },
  );

/** The code of every finding. */
export type FlashfsFindingCode =
  | 'flashfs/torn-entry'
  | 'flashfs/equal-handles'
  | 'flashfs/torn-padding'
  | 'flashfs/entries-behind-seal'
  | 'flashfs/defragmentation-pending'
  | 'flashfs/stale-entries'
  | 'flashfs/stale-recovery-page'
  | 'flashfs/replaced-entry'
  | 'flashfs/several-device-keys'
  | 'flashfs/own-device-key'
  | 'flashfs/key-refresh-running'
  | 'flashfs/iv-update-running'
  | 'flashfs/sequence-unpaired'
  | 'flashfs/sequence-running-out'
  | 'flashfs/sequence-used-up'
  | 'flashfs/areas-unclear'
  | 'flashfs/no-network-state'
  | 'flashfs/own-publication'
  | 'flashfs/heartbeat-to-itself'
  | 'flashfs/advertiser-address'
  | 'flashfs/emergency-cache'
  | 'flashfs/replay-cache'
  | 'flashfs/legacy-records'
  | 'flashfs/cut-off'
  | 'flashfs/half-finished-reset'
  | 'flashfs/access-discarded'
  | 'flashfs/not-configured'
  | 'flashfs/element-count-differs'
  | 'flashfs/server-unbound'
  | 'flashfs/no-firmware'
  | 'flashfs/no-uicr'
  | 'flashfs/areas-not-in-use'
  | 'flashfs/areas-found'
  | 'flashfs/sequence-set'
  | 'flashfs/iv-index-set'
  | 'flashfs/replay-cache-emptied'
  | 'flashfs/advertiser-address-dropped'
  | 'flashfs/publishes-to-itself'
  | 'flashfs/key-left'
  | 'flashfs/relay-off'
  | 'flashfs/proxy-off'
  | 'flashfs/key-blanked';
export type FlashfsFinding = Finding<FlashfsFindingCode>;
