/** What can be wrong with the settings of a node, in words. No key byte ever gets in here. */
import { hex } from '../../bytes.ts';
import { KnownError, type Finding } from '../../errors.ts';

const READ_AGAIN = 'Read the whole flash out of the board again, and its UICR.';
const PROVISION_FIRST = 'Provision the node and configure it as the clones shall be, then read it out.';

export const noSettings = (areas: readonly number[]) =>
  new KnownError(
    'zephyr/no-settings',
    `The dump holds storage of a Zephyr firmware at ${list(areas)}, and no settings in it.`,
    `If this is the node you mean, it was never provisioned. ${PROVISION_FIRST}`,
    { areas: areas.length },
  );

export const neverProvisioned = (area: number) =>
  new KnownError(
    'zephyr/never-provisioned',
    `This node was never provisioned: its settings at ${hex(area)} hold no record of a mesh network.`,
    PROVISION_FIRST,
    { area },
  );

export const nodeReset = (area: number) =>
  new KnownError(
    'zephyr/node-reset',
    `This node is not provisioned: it was, and has been reset. Its settings at ${hex(area)} hold no live record of the network.`,
    PROVISION_FIRST,
    { area },
  );

export const halfProvisioned = (area: number, missing: string) =>
  new KnownError(
    'zephyr/half-provisioned',
    `This node lost power in the middle of being provisioned or reset: ${missing} in its settings at ${hex(area)}.`,
    PROVISION_FIRST,
    { area },
  );

export const twoDonors = (areas: readonly number[]) =>
  new KnownError(
    'zephyr/two-donors',
    `The dump holds ${areas.length} settings areas of a provisioned node, at ${list(areas)}, and nothing tells which one its firmware uses.`,
    'Blank the one that is not in use: the firmware’s memory map (pm_static.yml, or the devicetree’s storage_partition) says which.',
    { count: areas.length },
  );

export const noWriteSector = (area: number, sectors: number) =>
  new KnownError(
    'zephyr/damaged-area',
    `The settings area at ${hex(area)} is damaged: all of its ${sectors} sectors are closed, and a firmware needs an open one.`,
    READ_AGAIN,
    { area, sectors },
  );

export const keysSealed = (what: string) =>
  new KnownError(
    'zephyr/keys-sealed',
    `This node keeps ${what} sealed with a key that never leaves its chip: another chip could not open it.`,
    'Build the firmware with CONFIG_BT_MESH_KEY_IMPORTER, or with CONFIG_TRUSTED_STORAGE_BACKEND_AEAD_KEY_HASH_UID, provision such a node, and read that one out.',
    { what },
  );

export const keysElsewhere = (what: string, keyId: number) =>
  new KnownError(
    'zephyr/keys-elsewhere',
    `This node is provisioned, but ${what} is not in this dump: its record names the key ${hex(keyId)} of a key store, such as that of TF-M, which no dump shows.`,
    'Build the firmware without TF-M and with keys in the settings, provision such a node, and read that one out.',
    { what, keyId },
  );

export const fcbStorage = (area: number) =>
  new KnownError(
    'zephyr/fcb-storage',
    `This node keeps its settings at ${hex(area)} in a flash circular buffer, as the nRF Connect SDK did up to 1.5. Meshpress recognises that form and does not clone it: no node with it was there to try a clone on.`,
    'Build the firmware with a later SDK, or with CONFIG_SETTINGS_NVS=y, provision such a node, and read that one out.',
    { area },
  );

export const wideStorage = (sector: number) =>
  new KnownError(
    'zephyr/newer-storage',
    `The storage at ${hex(sector)} has entries with ids of 64 bits, a form of ZMS later than Zephyr 4.2 that Meshpress does not read.`,
    'Build the firmware with CONFIG_ZMS_ID_64BIT=n, provision such a node, and read that one out.',
    { sector },
  );

export const blankDeviceKey = (unicast: number) =>
  new KnownError(
    'zephyr/blank-device-key',
    `The device key of this node at ${hex(unicast, 4)} is one byte sixteen times over, which no provisioner makes.`,
    READ_AGAIN,
    { unicast },
  );

export const notUnicast = (start: number, count: number) =>
  new KnownError(
    'zephyr/not-unicast',
    `${count === 1 ? `${hex(start, 4)} is` : `${hex(start, 4)} with ${count} elements are`} not within the unicast addresses 0x0001 to 0x7FFF.`,
    'Choose a lower first address.',
    { unicast: start, elements: count },
  );

export const badDeviceKey = (rule: string) =>
  new KnownError(
    'zephyr/bad-device-key',
    `The device key of a clone ${rule}.`,
    'Let Meshpress make the key, or give 16 random bytes.',
  );

export const sequenceExhausted = (before: number, distance: number) =>
  new KnownError(
    'zephyr/sequence-exhausted',
    `Skipping ${distance} sequence numbers ahead of ${before} leaves the 24 bits that sequence numbers have.`,
    'Choose a smaller distance.',
    { before, distance },
  );

export const noSequence = (area: number) =>
  new KnownError(
    'zephyr/no-sequence-record',
    `The settings at ${hex(area)} hold no sequence number that a clone could be ahead of: the node has sent nothing yet.`,
    'Keep the donor’s, which is 0.',
    { area },
  );

export const noRoom = (area: number) =>
  new KnownError(
    'zephyr/no-room',
    `With the keys in their records, the settings do not fit into the sectors at ${hex(area)} that the donor uses.`,
    'Leave the keys as the donor has them.',
    { area },
  );

export const wrongClone = (what: string) =>
  new KnownError(
    'zephyr/wrong-clone',
    `Booted in simulation, this clone is not the node it should be: ${what}.`,
    'Do not program it. Report this: it is a fault of Meshpress.',
    { what },
  );

const list = (addresses: readonly number[]): string => addresses.map((address) => hex(address)).join(' and ');

/** What there is to say of a donor or its clones, beside errors. */
export type ZephyrFindingCode =
  | 'zephyr/application-records'
  | 'zephyr/area-rebuilt'
  | 'zephyr/bad-count'
  | 'zephyr/bad-name'
  | 'zephyr/bluetooth-identity-dropped'
  | 'zephyr/bridge-table'
  | 'zephyr/candidate-dropped'
  | 'zephyr/collection-interrupted'
  | 'zephyr/elements-unknown'
  | 'zephyr/emergency-data'
  | 'zephyr/emergency-data-erased'
  | 'zephyr/half-setting'
  | 'zephyr/iv-update'
  | 'zephyr/key-left'
  | 'zephyr/key-refresh'
  | 'zephyr/key-without-subnet'
  | 'zephyr/keys-opened'
  | 'zephyr/name-twice'
  | 'zephyr/no-iv-index'
  | 'zephyr/not-for-the-bench'
  | 'zephyr/other-storage'
  | 'zephyr/own-publications'
  | 'zephyr/provisioner-database-dropped'
  | 'zephyr/publishes-to-itself'
  | 'zephyr/replay-list-emptied'
  | 'zephyr/sequence-set'
  | 'zephyr/settings-sound'
  | 'zephyr/stale-values'
  | 'zephyr/torn-entry'
  | 'zephyr/wrong-checksum'
  | 'zephyr/wrong-size';
export type ZephyrFinding = Finding<ZephyrFindingCode>;
