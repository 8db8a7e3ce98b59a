/** What a firmware has of its device state manager's file: addresses, subnets and keys, and where each stands. */
import { isUnicast, type UnicastRun } from '../../mesh/index.ts';
import type { Entry } from './container.ts';
import { loadEntries, loading, UNKNOWN_RECORD, type Fail, type Loading } from './load-entries.ts';
import {
  FLAGGED_APPKEY_WORDS,
  LONG_SUBNET_WORDS,
  type Appkey,
  type DsmLimits,
  type EntryRow,
  type Subnet,
} from './records/index.ts';
import type { Release } from './releases.ts';

/** The device state manager's tables, by index. */
export interface DeviceState {
  readonly limits: DsmLimits | undefined;
  readonly unicast: UnicastRun | undefined;
  readonly subnets: ReadonlyMap<number, Subnet>;
  readonly appKeys: ReadonlyMap<number, Appkey>;
  readonly deviceKeys: ReadonlyMap<number, DeviceKeyRecord>;
  readonly nonvirtual: ReadonlyMap<number, number>;
  readonly virtual: ReadonlyMap<number, Uint8Array>;
}
interface DeviceKeyRecord {
  readonly owner: number;
  readonly subnetHandle: number;
  readonly key: Uint8Array;
}

export const EMPTY_DEVICE_STATE: DeviceState = {
  limits: undefined,
  unicast: undefined,
  subnets: new Map(),
  appKeys: new Map(),
  deviceKeys: new Map(),
  nonvirtual: new Map(),
  virtual: new Map(),
};

export function loadDeviceState(release: Release, entries: readonly Entry[], fail: Fail): DeviceState {
  const rows = release.dsm;
  const { equalHandles, checksUnicast, needsDsmMetadata } = release.rules;
  const firstWins = equalHandles === 'first-wins';
  let limits: DsmLimits | undefined;
  let unicast: UnicastRun | undefined;
  const tables = {
    subnets: new Map<number, Subnet>(),
    appKeys: new Map<number, Appkey>(),
    deviceKeys: new Map<number, DeviceKeyRecord>(),
    nonvirtual: new Map<number, number>(),
    virtual: new Map<number, Uint8Array>(),
  };

  const takeUnicast = (run: UnicastRun, entry: Entry) => {
    if (firstWins && unicast) return;
    if (checksUnicast && !isUnicast(run.start)) fail(entry, 'the first address is not a unicast address');
    else unicast = run;
  };
  /** A row of many records, which go into a table that the firmware has room for so many of. */
  function filling<Record, Value>(
    row: EntryRow<Record>,
    name: keyof typeof tables,
    valueOf: (record: Record) => Value,
    /** Records from before 4.0.0 overwrite what is there, in every release. */
    overwrites: (entry: Entry) => boolean = () => false,
  ): Loading {
    const table = tables[name] as Map<number, unknown>;
    const { first, last, load } = loading(row, fail, (record, index, entry) => {
      if (!firstWins || overwrites(entry) || !table.has(index)) table.set(index, valueOf(record));
    });
    return {
      first,
      last,
      load(entry) {
        const limit = limits?.[name];
        if (limit === undefined || entry.handle - first < limit) load(entry);
        else fail(entry, `the firmware has room for ${limit} of ${row.name}`);
      },
    };
  }
  const same = <T>(value: T) => value;

  loadEntries(
    entries,
    [
      loading(rows.metadata, fail, (record) => (limits = record)),
      loading(rows.unicast, fail, (record, _, entry) => takeUnicast(record, entry)),
      filling(rows.nonvirtual, 'nonvirtual', ({ address }) => address),
      filling(rows.virtual, 'virtual', ({ label }) => label),
      filling(rows.subnet, 'subnets', same, ({ lengthWords }) => lengthWords < LONG_SUBNET_WORDS),
      filling(rows.appkey, 'appKeys', same, ({ lengthWords }) => lengthWords < FLAGGED_APPKEY_WORDS),
      filling(rows.devkey, 'deviceKeys', same),
    ],
    (entry) => fail(entry, UNKNOWN_RECORD),
  );
  if (needsDsmMetadata && !limits && entries.length > 0)
    fail(undefined, 'the limits of the firmware are missing');
  return { limits, unicast, ...tables };
}
