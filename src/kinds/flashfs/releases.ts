/**
 * One row a release: which records it keeps where, and by which rules it loads them. What differs between releases is here
 * and in the record rows, and nowhere else.
 *
 * Sources: nRF5 SDK for Mesh 1.0.0..5.0.0, mesh/access/src/device_state_manager.c, access.c and nrf_mesh_node_config.c,
 * mesh/stack/src/mesh_stack.c, mesh/core/src/net_state.c and mesh_config.c; CMake/platform/nrf52832_xxAA.cmake for the
 * SoftDevice a release is built with.
 */
import {
  accessRowsV1,
  accessRowsV2,
  accessRowsV3,
  accessRowsV5,
  dsmRowsA,
  dsmRowsB,
  emergencyRows,
  modelRowsV4,
  modelRowsV5,
  netStateRowsA,
  netStateRowsB,
  replayRows,
  type AccessRows,
  type DsmRows,
  type NetStateRows,
  type EntryRows,
} from './records/index.ts';

export type Role =
  'net-state' | 'dsm' | 'access' | 'core-options' | 'models' | 'replay-cache' | 'emergency-cache' | 'unknown';

export const ROLE_TITLES: Readonly<Record<Role, string>> = {
  'net-state': 'network state',
  dsm: 'device state manager',
  access: 'access layer',
  'core-options': 'core options',
  models: 'models',
  'replay-cache': 'replay cache',
  'emergency-cache': 'emergency cache',
  unknown: 'application area',
};

export type Family = 'A1' | 'A2' | 'A2c' | 'A3' | 'B4' | 'B5';

export interface Release {
  readonly id: string;
  readonly family: Family;
  /** Its areas, from the recovery page downwards, in a default build. */
  readonly stack: readonly Role[];
  readonly dsm: DsmRows;
  readonly access: AccessRows;
  readonly netState: NetStateRows;
  readonly models?: EntryRows;
  readonly replay?: typeof replayRows;
  readonly emergency?: typeof emergencyRows;
  readonly rules: LoadingRules;
  /** SoftDevice firmware ids of its default builds. */
  readonly softDevices: readonly number[];
}

export interface LoadingRules {
  readonly iteration: 'to-first-seal' | 'page-by-page';
  /** Of equal DSM handles. For other records it is always the last. */
  readonly equalHandles: 'last-wins' | 'first-wins';
  /** Two equal handles at the very end of an area stop the boot; the next one is right. */
  readonly assertsOnReplacedEntry: boolean;
  /** A key refresh phase above 3 stops every boot. */
  readonly assertsOnBadPhase: boolean;
  /** What an interrupted defragmentation needs to be resumed: its page's metadata, or nothing; `untested` in 1.0.0..2.2.0. */
  readonly resumesDefragmentation: 'with-metadata' | 'always' | 'untested';
  /** Without the limits the device state is erased. */
  readonly needsDsmMetadata: boolean;
  /** Without a model record the node starts unprovisioned. */
  readonly needsModels: boolean;
  /** What else is lost with a record that cannot be loaded. */
  readonly badRecordClears: 'its-area' | 'dsm-and-access' | 'everything';
  /** The first address must be a unicast address. */
  readonly checksUnicast: boolean;
  /** The sequence number is bound to its IV index by order in the log, or by a counter in both records. */
  readonly sequencePairing: 'order' | 'synchro';
}

const stackOf = (...more: readonly Role[]): readonly Role[] => ['net-state', 'dsm', 'access', ...more];

const rulesA: LoadingRules = {
  iteration: 'to-first-seal',
  equalHandles: 'last-wins',
  assertsOnReplacedEntry: false,
  assertsOnBadPhase: true,
  resumesDefragmentation: 'untested',
  needsDsmMetadata: true,
  needsModels: false,
  badRecordClears: 'its-area',
  checksUnicast: false,
  sequencePairing: 'order',
};
const rulesB: LoadingRules = {
  ...rulesA,
  iteration: 'page-by-page',
  equalHandles: 'first-wins',
  assertsOnBadPhase: false,
  resumesDefragmentation: 'always',
  needsDsmMetadata: false,
  badRecordClears: 'everything',
  sequencePairing: 'synchro',
};

const recordsA = { dsm: dsmRowsA, netState: netStateRowsA };
const recordsB = { dsm: dsmRowsB, access: accessRowsV3, netState: netStateRowsB, models: modelRowsV4 };

const familyA1 = {
  family: 'A1',
  stack: stackOf(),
  ...recordsA,
  access: accessRowsV1,
  rules: { ...rulesA, needsModels: true },
  softDevices: [0x0087, 0x0091, 0x009d],
} as const;
const familyA2 = {
  family: 'A2',
  stack: stackOf(),
  ...recordsA,
  access: accessRowsV2,
  rules: rulesA,
  softDevices: [0x00a8, 0x00a9],
} as const;
const familyA3 = {
  family: 'A3',
  stack: stackOf('core-options'),
  ...recordsA,
  access: accessRowsV3,
  rules: { ...rulesA, iteration: 'page-by-page', resumesDefragmentation: 'with-metadata' },
  softDevices: [0x00af, 0x00ae, 0x00b0],
} as const;
const familyB4 = {
  family: 'B4',
  stack: stackOf('core-options', 'models'),
  ...recordsB,
  rules: rulesB,
  softDevices: [0x00cb, 0x00ca, 0x00cc, 0x00cd],
} as const;

/** Oldest first. */
export const RELEASES: readonly Release[] = [
  { id: '1.0.0', ...familyA1 },
  { id: '1.0.1', ...familyA1 },
  { id: '2.0.0', ...familyA2 },
  { id: '2.0.1', ...familyA2 },
  { id: '2.1.0', ...familyA2 },
  { id: '2.1.1', ...familyA2 },
  { id: '2.2.0', ...familyA2, family: 'A2c', stack: stackOf('core-options') },
  { id: '3.0.0', ...familyA3 },
  { id: '3.1.0', ...familyA3 },
  {
    id: '3.2.0',
    ...familyA3,
    rules: { ...familyA3.rules, badRecordClears: 'dsm-and-access' },
    softDevices: [0x00b7, 0x00b6, 0x00b8],
  },
  { id: '4.0.0', ...familyB4, stack: stackOf('core-options') },
  { id: '4.1.0', ...familyB4 },
  { id: '4.2.0', ...familyB4, rules: { ...rulesB, assertsOnReplacedEntry: true } },
  {
    id: '5.0.0',
    family: 'B5',
    stack: stackOf('core-options', 'models', 'replay-cache', 'emergency-cache'),
    ...recordsB,
    access: accessRowsV5,
    models: modelRowsV5,
    replay: replayRows,
    emergency: emergencyRows,
    rules: { ...rulesB, assertsOnReplacedEntry: true, checksUnicast: true },
    softDevices: [0x0101, 0x0100, 0x0102, 0x0103],
  },
];

export const findRelease = (id: string): Release | undefined => RELEASES.find((release) => release.id === id);
export const isFamilyB = (release: Release): boolean => release.family.startsWith('B');

/** Rows of the records that an area in this role holds. */
export function rowsOf(release: Release, role: Role, core: EntryRows): EntryRows {
  switch (role) {
    case 'dsm':
      return release.dsm;
    case 'access':
      return release.access;
    case 'net-state':
      return release.netState;
    case 'core-options':
      return core;
    case 'models':
      return release.models ?? {};
    case 'replay-cache':
      return release.replay ?? {};
    case 'emergency-cache':
      return release.emergency ?? {};
    case 'unknown':
      return {};
  }
}

/** `['1.0.0', ..., '5.0.0']` */
export const RELEASE_IDS: readonly string[] = RELEASES.map(({ id }) => id);
