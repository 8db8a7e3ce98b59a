/** What a firmware knows about its node after a boot, in words common to every kind of image. */
import type { StoredKey, UnicastRun } from '../mesh/index.ts';

export interface NodeState {
  readonly provisioned: boolean;
  /** Of its elements; `null` for a node that is not provisioned. */
  readonly unicast: UnicastRun | null;
  /** From the unicast record; without one, from the composition stored in the image; else 1, which every node has. */
  readonly elementCount: number;
  /** All that the image holds; the node's own is the one whose owner is its unicast address. */
  readonly deviceKeys: readonly DeviceKey[];
  readonly netKeys: readonly NetKey[];
  readonly appKeys: readonly AppKey[];
  /** Non-virtual addresses the node publishes or subscribes to. */
  readonly addresses: readonly number[];
  /** Label UUIDs, 16 bytes each. */
  readonly labelUuids: readonly Uint8Array[];
  /** Empty where the image stores none, though the firmware has some: `modelsKnown` tells the two apart. */
  readonly models: readonly Model[];
  readonly modelsKnown: boolean;
  readonly ivIndex: number;
  readonly ivUpdateInProgress: boolean;
  /** The number of the first message after this boot. */
  readonly nextSequenceNumber: number;
  /** Only where the release stores one. */
  readonly replayCache?: readonly ReplayItem[];
}

export interface DeviceKey {
  /** Unicast address of the node the key belongs to. */
  readonly owner: number;
  readonly key: StoredKey;
}
export interface NetKey {
  readonly index: number;
  readonly key: StoredKey;
  /** 0 normal, 1 new key distributed, 2 new key in use. */
  readonly keyRefreshPhase: number;
  readonly updatedKey?: StoredKey;
}
export interface AppKey {
  readonly index: number;
  /** Of the NetKey it is bound to, where the image says so by index. */
  readonly netKeyIndex?: number;
  readonly key: StoredKey;
  readonly updatedKey?: StoredKey;
}
export interface Model {
  readonly element: number;
  /** SIG model: 16 bits. Vendor model: see `companyId`. */
  readonly modelId: number;
  readonly companyId?: number;
  /** AppKey indexes. */
  readonly bindings: readonly number[];
  readonly publish?: Publication;
  /** Group or label, in the order of the firmware's handles. */
  readonly subscriptions: readonly (number | Uint8Array)[];
}
export interface Publication {
  readonly address: number | Uint8Array;
  readonly appKeyIndex: number;
  readonly ttl: number;
}
export interface ReplayItem {
  readonly source: number;
  readonly sequenceNumber: number;
  /** Low 16 bits of the IV index it was sent under. */
  readonly ivIndexLow: number;
}
