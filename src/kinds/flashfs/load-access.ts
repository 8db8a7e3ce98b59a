/** What a firmware has of its access layer's file: models with what they are bound to, publish to, and hear. */
import type { Model, Publication } from '../../image/index.ts';
import type { Entry } from './container.ts';
import type { DeviceState } from './load-device-state.ts';
import { inOrder, loadEntries, loading, UNKNOWN_RECORD, type Fail } from './load-entries.ts';
import { NO_HANDLE, setBits, type ModelRecord } from './records/index.ts';
import { isFamilyB, type Release } from './releases.ts';

export interface Access {
  readonly elements: number | undefined;
  readonly models: readonly Model[];
}

export function loadAccess(
  release: Release,
  entries: readonly Entry[],
  dsm: DeviceState,
  fail: Fail,
): Access {
  const rows = release.access;
  const lists = new Map<number, readonly number[]>();
  const models = new Map<number, { readonly entry: Entry; readonly record: ModelRecord }>();
  let elements: number | undefined;
  const { defaultTtl } = rows;
  loadEntries(
    entries,
    [
      loading(rows.metadata, fail, (record) => (elements = record.elements)),
      loading(rows.element, fail, () => {}),
      loading(rows.model, fail, (record, index, entry) => models.set(index, { entry, record })),
      loading(rows.subscriptionList, fail, ({ inverted }, index) =>
        lists.set(index, setBits(inverted.map((byte) => ~byte))),
      ),
      defaultTtl &&
        loading(
          defaultTtl,
          () => {},
          () => {},
        ),
    ],
    (entry) => fail(entry, UNKNOWN_RECORD),
  );

  const checksHandles = isFamilyB(release);
  const addressOf = (handle: number, entry: Entry): number | Uint8Array | undefined => {
    const address = addressByHandle(dsm, handle);
    if (address === undefined && checksHandles) fail(entry, `no address has the DSM handle ${handle}`);
    return address;
  };
  return {
    elements,
    models: inOrder(models).map(({ entry, record }) => ({
      element: record.element,
      modelId: record.modelId,
      ...(record.companyId !== 0xffff && { companyId: record.companyId }),
      bindings: boundAppKeys(record, dsm),
      ...publication(record, dsm, (handle) => addressOf(handle, entry)),
      subscriptions: (lists.get(record.subscriptionList) ?? []).flatMap(
        (handle) => addressOf(handle, entry) ?? [],
      ),
    })),
  };
}

function addressByHandle(dsm: DeviceState, handle: number): number | Uint8Array | undefined {
  const nonvirtualLimit = dsm.limits?.nonvirtual ?? dsm.nonvirtual.size;
  return handle < nonvirtualLimit ? dsm.nonvirtual.get(handle) : dsm.virtual.get(handle - nonvirtualLimit);
}

/** AppKeys come first among the handles of keys; device keys follow. */
const isAppKeyHandle = (dsm: DeviceState, handle: number): boolean =>
  dsm.limits ? handle < dsm.limits.appKeys : dsm.appKeys.has(handle);

/** The table is zeroed memory: an AppKey that was not loaded has index 0. */
const appKeyIndex = (dsm: DeviceState, handle: number): number => dsm.appKeys.get(handle)?.appKeyIndex ?? 0;

const boundAppKeys = (record: ModelRecord, dsm: DeviceState): number[] =>
  setBits(record.boundKeys)
    .filter((handle) => isAppKeyHandle(dsm, handle))
    .map((handle) => appKeyIndex(dsm, handle));

function publication(
  record: ModelRecord,
  dsm: DeviceState,
  addressOf: (handle: number) => number | Uint8Array | undefined,
): { publish?: Publication } {
  if (record.publishAddressHandle === NO_HANDLE) return {};
  const address = addressOf(record.publishAddressHandle);
  if (address === undefined || record.publishKeyHandle === NO_HANDLE) return {};
  return {
    publish: { address, appKeyIndex: appKeyIndex(dsm, record.publishKeyHandle), ttl: record.publishTtl },
  };
}
