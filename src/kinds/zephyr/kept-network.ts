/** The database that a provisioner keeps in its settings, in the words of every room. */
import type { KeptNetwork } from '../../mesh/index.ts';
import type { ApplicationKey, MeshNode, NetworkKey } from './node.ts';
import { CDB_CONFIGURED } from './records/index.ts';

/** @returns `undefined` for a node that provisions nobody */
export function keptNetwork({
  net,
  iv,
  provisioned,
  provisionerNetKeys,
  provisionerAppKeys,
}: MeshNode): KeptNetwork | undefined {
  if (provisioned.size === 0) return undefined;
  return {
    ivIndex: iv?.ivIndex ?? 0,
    netKeys: [...provisionerNetKeys].map(([index, { record, ...keys }]) => ({
      index,
      ...keysOf(keys),
      keyRefreshPhase: record.phase,
    })),
    appKeys: [...provisionerAppKeys].map(([index, { record, ...keys }]) => ({
      index,
      netKeyIndex: record.netKeyIndex,
      ...keysOf(keys),
    })),
    nodes: [...provisioned.values()]
      .sort((a, b) => a.unicast - b.unicast)
      .map(({ unicast, elements, uuid, key, netKeyIndex, flags }) => ({
        unicast,
        elementCount: elements,
        uuid,
        key,
        netKeyIndex,
        isConfigured: (flags & CDB_CONFIGURED) !== 0,
        isProvisioner: unicast === net?.unicast,
      })),
  };
}

const keysOf = ({ key, updatedKey }: Pick<NetworkKey | ApplicationKey, 'key' | 'updatedKey'>) => ({
  key,
  ...(updatedKey && { updatedKey }),
});
