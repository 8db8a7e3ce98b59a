/** A node's state for a page that draws it: numbers as they are, and no key. */
import { toHex } from '../bytes.ts';
import type { Model, NodeState } from '../image/index.ts';
import { isClear, virtualAddressOf, type StoredKey, type UnicastRun } from '../mesh/index.ts';

export interface NodeStateView {
  /** Of its elements; `null` for a node that is not provisioned. */
  readonly unicast: UnicastRun | null;
  readonly elementCount: number;
  /** The unicast address of the node each belongs to. */
  readonly deviceKeys: readonly { readonly owner: number }[];
  /** Key refresh phase: 0 normal, 1 new key distributed, 2 new key in use. */
  readonly netKeys: readonly { readonly index: number; readonly keyRefreshPhase: number }[];
  readonly appKeys: readonly { readonly index: number }[];
  readonly models: readonly ModelView[];
  readonly ivIndex: number;
  readonly ivUpdateInProgress: boolean;
  readonly nextSequenceNumber: number;
}

export interface ModelView extends Pick<Model, 'element' | 'modelId' | 'companyId' | 'place' | 'bindings'> {
  /** Where it publishes: 16 bits, a label as its virtual address. */
  readonly publishAddress: number | null;
  readonly subscriptions: readonly number[];
}

export const nodeStateView = (state: NodeState): NodeStateView => ({
  unicast: state.unicast,
  elementCount: state.elementCount,
  deviceKeys: state.deviceKeys.map(({ owner }) => ({ owner })),
  netKeys: state.netKeys.map(({ index, keyRefreshPhase }) => ({ index, keyRefreshPhase })),
  appKeys: state.appKeys.map(({ index }) => ({ index })),
  models: state.models.map(({ publish, subscriptions, ...model }) => ({
    ...model,
    publishAddress: publish ? shortOf(publish.address) : null,
    subscriptions: subscriptions.map(shortOf),
  })),
  ivIndex: state.ivIndex,
  ivUpdateInProgress: state.ivUpdateInProgress,
  nextSequenceNumber: state.nextSequenceNumber,
});

/** The keys of a node in the order of its view: 32 hex digits each, `sealed` or `absent` where the image does not give it. */
export interface NodeKeysView {
  readonly deviceKeys: readonly string[];
  readonly netKeys: readonly string[];
  readonly appKeys: readonly string[];
}

export const nodeKeysView = ({ deviceKeys, netKeys, appKeys }: NodeState): NodeKeysView => ({
  deviceKeys: deviceKeys.map(keyText),
  netKeys: netKeys.map(keyText),
  appKeys: appKeys.map(keyText),
});

const keyText = ({ key }: { readonly key: StoredKey }): string => (isClear(key) ? toHex(key) : key);
const shortOf = (address: number | Uint8Array): number =>
  typeof address === 'number' ? address : virtualAddressOf(address);
