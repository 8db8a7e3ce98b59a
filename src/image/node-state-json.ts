/** A node's state as JSON: the form `inspect --json` prints, in words and widths that a person can compare by eye. */
import { hex, toHex } from '../bytes.ts';
import { isClear, virtualAddressOf, type StoredKey } from '../mesh/index.ts';
import type { NodeState } from './node-state.ts';

const address = (value: number | Uint8Array) =>
  hex(typeof value === 'number' ? value : virtualAddressOf(value), 4);

/**
 * @param showKeys  whether `key` and `newKey` hold the key, or the word `hidden`; a key that the image does not give reads
 *                  `sealed` or `absent` in either case
 */
export function formatNodeState(state: NodeState, { showKeys }: { readonly showKeys: boolean }) {
  const key = (stored: StoredKey): string =>
    isClear(stored) ? (showKeys ? toHex(stored) : 'hidden') : stored;
  return {
    provisioned: state.provisioned,
    unicast: state.unicast && { start: hex(state.unicast.start, 4), count: state.unicast.count },
    elementCount: state.elementCount,
    deviceKeys: state.deviceKeys.map((one) => ({
      owner: hex(one.owner, 4),
      key: key(one.key),
    })),
    netKeys: state.netKeys.map((one) => ({
      index: one.index,
      key: key(one.key),
      keyRefreshPhase: one.keyRefreshPhase,
      ...(one.updatedKey && { newKey: key(one.updatedKey) }),
    })),
    appKeys: state.appKeys.map((one) => ({
      index: one.index,
      ...(one.netKeyIndex !== undefined && { netKeyIndex: one.netKeyIndex }),
      key: key(one.key),
      ...(one.updatedKey && { newKey: key(one.updatedKey) }),
    })),
    addresses: state.addresses.map(address),
    virtualAddresses: state.labelUuids.map((label) => ({
      address: address(label),
      label: toHex(label),
    })),
    models: state.models.map((model) => ({
      element: model.element,
      modelId: hex(model.modelId, 4),
      ...(model.companyId !== undefined && { companyId: hex(model.companyId, 4) }),
      bindings: [...model.bindings],
      ...(model.publish && {
        publish: {
          address: address(model.publish.address),
          appKeyIndex: model.publish.appKeyIndex,
          ttl: model.publish.ttl,
        },
      }),
      subscriptions: model.subscriptions.map(address),
    })),
    ivIndex: state.ivIndex,
    ivUpdateInProgress: state.ivUpdateInProgress,
    nextSequenceNumber: state.nextSequenceNumber,
    ...(state.replayCache && {
      replayCache: state.replayCache.map((item) => ({
        src: hex(item.source, 4),
        seq: item.sequenceNumber,
        ivIndex: item.ivIndexLow,
      })),
    }),
  };
}
export type NodeStateJson = ReturnType<typeof formatNodeState>;
