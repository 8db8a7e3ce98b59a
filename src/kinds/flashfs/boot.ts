/**
 * What a firmware makes of its areas when it starts: the loading rules of a release applied to the live entries of its logs.
 *
 * Below lie logs, records and what is loaded of each file; above lie the reading of a donor and the check of a clone. It does not know how the areas were
 * found, and it changes nothing.
 *
 * Source: section 6 of docs/flash-format.md and the SDK paths named in releases.ts.
 */
import type { AppKey, DeviceKey, NetKey, NodeState } from '../../image/index.ts';
import type { AreaLog, Entry } from './container.ts';
import { loadAccess } from './load-access.ts';
import { EMPTY_DEVICE_STATE, loadDeviceState, type DeviceState } from './load-device-state.ts';
import { inOrder } from './load-entries.ts';
import { EMPTY_NETWORK, loadNetwork, loadReplay } from './load-network.ts';
import { emergencyHead } from './records/index.ts';
import type { Release, Role } from './releases.ts';

/** An area with its place in the stack. */
export interface BootArea {
  readonly role: Role;
  readonly log: AreaLog;
  /** Its page is named by the recovery page, and nothing on it says that it is one: some releases do not get over that. */
  readonly lostMetadata?: boolean;
}

type InClear<K extends { readonly key: unknown }> = Omit<K, 'key' | 'updatedKey'> & {
  readonly key: Uint8Array;
  readonly updatedKey?: Uint8Array;
};

/** This stack keeps every key in clear, and names subnets by their handle in the device state manager. */
export interface FirmwareState extends NodeState {
  readonly deviceKeys: readonly (InClear<DeviceKey> & { readonly netKeyHandle: number })[];
  readonly netKeys: readonly InClear<NetKey>[];
  readonly appKeys: readonly (InClear<AppKey> & { readonly boundNetKeyHandle: number })[];
}

export interface Boot {
  /** What is loaded, also where the firmware stops on the way. */
  readonly state: FirmwareState;
  readonly stopsOn: Stop | undefined;
  /** Records that cannot be loaded, and what breaks. */
  readonly failures: readonly LoadFailure[];
  readonly dsm: DeviceState;
}
/** An assertion: `replaced-entry` stops one boot and is gone at the next, the others stop every boot. */
export type Stop = 'interrupted-defragmentation' | 'bad-phase' | 'replaced-entry';
export interface LoadFailure {
  readonly role: Role;
  /** Flash address of the entry; that of the area's first page where an entry is missing. */
  readonly address: number;
  readonly rule: string;
}

/** The highest phase a subnet record may hold; the firmware looks the phase up in a table of four. */
const LAST_PHASE = 3;

/** Files of a 5.0.0 firmware whose records the emergency cache can hold. */
const FILE_IDS: Readonly<Partial<Record<Role, number>>> = {
  'net-state': 0,
  dsm: 1,
  access: 2,
  'core-options': 3,
  models: 4,
  'replay-cache': 5,
};

/** Boot a firmware of this release over these areas. */
export function simulateBoot(release: Release, areas: readonly BootArea[]): Boot {
  const failures: LoadFailure[] = [];
  const { rules } = release;
  const lost = areas.find((area) => area.lostMetadata && rules.resumesDefragmentation === 'with-metadata');
  const entriesOf = (role: Role): readonly Entry[] => {
    const own = areas.find((area) => area.role === role);
    const saved = savedRecords(release, areas, role);
    const entries = own === undefined || own === lost ? [] : own.log.live;
    return saved.length > 0 ? [...entries, ...saved] : entries;
  };
  const fail = (role: Role, entry: Entry | undefined, rule: string) => {
    const address =
      entry?.address ?? areas.find((area) => area.role === role)?.log.pages[0]?.page.address ?? 0;
    failures.push({ role, address, rule });
  };

  const dsm = loadDeviceState(release, entriesOf('dsm'), (entry, rule) => fail('dsm', entry, rule));
  const access = loadAccess(
    release,
    entriesOf('access'),
    lost?.role === 'dsm' ? { ...dsm, limits: loadDeviceState(release, lost.log.live, () => {}).limits } : dsm,
    (entry, rule) => fail('access', entry, rule),
  );
  const network = loadNetwork(release, entriesOf('net-state'));
  const replay = release.replay && loadReplay(release.replay.item, entriesOf('replay-cache'));

  const badPhase =
    rules.assertsOnBadPhase && [...dsm.subnets.values()].some(({ phase }) => phase > LAST_PHASE);
  const replaced =
    rules.assertsOnReplacedEntry && areas.some(({ role, log }) => role === 'dsm' && log.replaced);
  const stopsOn = lost
    ? 'interrupted-defragmentation'
    : badPhase
      ? 'bad-phase'
      : replaced
        ? 'replaced-entry'
        : undefined;
  const comesUp = stopsOn === undefined || stopsOn === 'replaced-entry';

  const cleared = (role: Role) =>
    failures.some((failure) => rules.badRecordClears !== 'its-area' || failure.role === role);
  const deviceState = cleared('dsm') ? EMPTY_DEVICE_STATE : dsm;
  const models = cleared('access') ? [] : access.models;
  const everything = failures.length > 0 && rules.badRecordClears === 'everything';
  const { unicast } = deviceState;
  return {
    stopsOn,
    failures,
    dsm: deviceState,
    state: {
      provisioned:
        comesUp &&
        unicast !== undefined &&
        unicast.start !== 0 &&
        !(rules.needsModels && models.length === 0),
      unicast: unicast ?? null,
      elementCount: unicast?.count ?? access.elements ?? 1,
      deviceKeys: inOrder(deviceState.deviceKeys).map(({ owner, subnetHandle, key }) => ({
        owner,
        key,
        netKeyHandle: subnetHandle,
      })),
      netKeys: inOrder(deviceState.subnets).map(({ netKeyIndex, key, phase, updatedKey }) => ({
        index: netKeyIndex,
        key,
        keyRefreshPhase: phase,
        ...(updatedKey && { updatedKey }),
      })),
      appKeys: inOrder(deviceState.appKeys).map(({ appKeyIndex, subnetHandle, key, updatedKey }) => ({
        index: appKeyIndex,
        boundNetKeyHandle: subnetHandle,
        key,
        ...(updatedKey && { updatedKey }),
      })),
      addresses: inOrder(deviceState.nonvirtual),
      labelUuids: inOrder(deviceState.virtual),
      models,
      modelsKnown: models.length > 0,
      ...(everything ? EMPTY_NETWORK : network),
      ...(replay && { replayCache: everything ? [] : replay }),
    },
  };
}

/** Records of one file that a power-down left in the emergency cache, as entries of that file; read after its own. */
function savedRecords(release: Release, areas: readonly BootArea[], role: Role): readonly Entry[] {
  if (!release.emergency || role === 'emergency-cache') return [];
  const cache = areas.find((area) => area.role === 'emergency-cache');
  return cache ? cache.log.live.flatMap((entry) => unwrap(entry, role) ?? []) : [];
}

/** The record inside an item of the emergency cache, if it belongs to this file. */
export function unwrap(item: Entry, role: Role): Entry | undefined {
  if (item.payload.length <= emergencyHead.size) return undefined;
  const { fileId, recordId } = emergencyHead.decode(item.payload);
  if (fileId !== FILE_IDS[role]) return undefined;
  return {
    address: item.address + emergencyHead.size,
    handle: recordId,
    lengthWords: item.lengthWords - 1,
    payload: item.payload.subarray(emergencyHead.size),
  };
}
