/** What a node of a database must answer. */
import { formatComposition } from '../mesh/access/index.ts';
import { uuidDigits, type NodeRecord } from '../meshdb/index.ts';
import type { CloneToProve } from './results.ts';

/** A node as one to be proven; nothing where the database has no device key for it. */
export function cloneOf(node: NodeRecord): CloneToProve | undefined {
  const { deviceKey, composition } = node;
  if (!deviceKey) return undefined;
  return {
    name: node.name,
    unicast: node.unicast,
    elementCount: Math.max(node.elementCount, 1),
    deviceKey,
    netKeyIndex: node.netKeyIndexes[0] ?? 0,
    ...(composition && { composition: formatComposition(composition) }),
    appKeyIndexes: node.appKeyIndexes,
    models: node.elements.flatMap(({ index: element, models }) =>
      models.map(({ modelId, bindings, publication }) => ({
        element,
        model: modelId.toLowerCase(),
        bindings,
        ...(publication &&
          typeof publication.address === 'number' && {
            publication: {
              address: publication.address,
              appKeyIndex: publication.appKeyIndex,
              ttl: publication.ttl,
            },
          }),
      })),
    ),
    uuid: uuidDigits(node.uuid),
  };
}
