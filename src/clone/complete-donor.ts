/** What a dump knows of its node and the database does not, and how the one gets into the other. */
import { hex, toHex } from '../bytes.ts';
import type { Model, NodeState } from '../image/index.ts';
import type { ImageReading } from '../kinds/index.ts';
import { isClear, type StoredKey } from '../mesh/index.ts';
import {
  completeNode,
  isComplete,
  missingParts,
  type KnownNode,
  type MeshDatabase,
  type MissingParts,
  type NodeRecord,
  type Stamp,
} from '../meshdb/index.ts';
import * as errors from './errors.ts';
import type { CloneFinding as Finding } from './errors.ts';

/** Some images name a model by its place alone; a database has no word for those. */
const hasModelId = (model: Model): model is Model & { readonly modelId: number } =>
  model.modelId !== undefined;

/**
 * The node of a dump in the words of databases.
 *
 * @throws the dump's refusal, when there is one
 */
export function knownNode({ settled, refusal }: Pick<ImageReading, 'settled' | 'refusal'>): KnownNode {
  if (refusal || !settled.unicast) throw errors.noNodeInDump(refusal);
  const { start: unicast, count: elementCount } = settled.unicast;
  const own = settled.deviceKeys.find(({ owner }) => owner === unicast);
  if (!own || !isClear(own.key)) throw errors.noNodeInDump(null);
  return {
    unicast,
    elementCount,
    deviceKey: own.key,
    netKeys: settled.netKeys.map(({ index, key, keyRefreshPhase, updatedKey }) => ({
      index,
      key: clear(key),
      newKey: clear(updatedKey),
      phase: keyRefreshPhase,
    })),
    appKeys: settled.appKeys.map(({ index, netKeyIndex, key, updatedKey }) => ({
      index,
      boundNetKey: netKeyIndex ?? settled.netKeys[0]?.index ?? 0,
      key: clear(key),
      newKey: clear(updatedKey),
    })),
    models: settled.models.filter(hasModelId).map((model) => ({
      element: model.element,
      modelId: [...(model.companyId === undefined ? [] : [model.companyId]), model.modelId]
        .map((part) => hex(part, 4).slice(2))
        .join(''),
      bindings: model.bindings,
      publication: model.publish && { ...model.publish, address: addressOf(model.publish.address) },
      subscriptions: model.subscriptions.map(addressOf),
    })),
    modelsKnown: settled.modelsKnown,
    ivIndex: settled.ivIndex,
    ivUpdateInProgress: settled.ivUpdateInProgress,
    others: othersOf(settled),
  };
}

const clear = (key: StoredKey | undefined): Uint8Array | undefined =>
  key !== undefined && isClear(key) ? key : undefined;

const addressOf = (address: number | Uint8Array): number | string =>
  typeof address === 'number' ? address : toHex(address).toUpperCase();

function othersOf({ deviceKeys, addresses, replayCache = [] }: NodeState): readonly number[] {
  const found = [
    ...deviceKeys.map(({ owner }) => owner),
    ...addresses,
    ...replayCache.map(({ source }) => source),
  ];
  return [...new Set(found)]
    .filter((address) => address >= 0x0001 && address <= 0x7fff)
    .sort((a, b) => a - b);
}

/**
 * The database with the record of the dump's node completed from the dump; the very same one where nothing is missing.
 *
 * @throws the dump's refusal; `clone/donor-not-in-database`, `clone/dump-stale` when the record is of another node
 */
export function completeDonor(reading: ImageReading, database: MeshDatabase, stamp: Stamp): MeshDatabase {
  const known = knownNode(reading);
  const node = database.nodes.find(({ unicast }) => unicast === known.unicast);
  if (!node) throw errors.donorNotInDatabase(known.unicast, database.nodes.length);
  if (node.deviceKey && toHex(node.deviceKey) !== toHex(known.deviceKey))
    throw errors.dumpStale(known.unicast, node.name);
  return completeNode(database, node.index, known, stamp);
}

/** What a person should know about a record that says less than the flash, and about a database without device keys. */
export function completenessFindings(
  reading: ImageReading,
  database: MeshDatabase,
  node: NodeRecord,
): Finding[] {
  const missing = missingParts(database, node.index, knownNode(reading));
  const keyless = database.nodes.filter((one) => !one.deviceKey && one !== node);
  return [
    ...(isComplete(missing) ? [] : [recordPoorer(node, missing)]),
    ...(keyless.length === 0 ? [] : [keysMissing(keyless)]),
  ];
}

function recordPoorer(
  { name }: NodeRecord,
  { netKeys, appKeys, bindings, publications, subscriptions }: MissingParts,
): Finding {
  const some = (list: readonly unknown[], one: string) =>
    list.length === 0 ? [] : [`${list.length} ${one}${list.length === 1 ? '' : 's'} of models`];
  const parts = [
    ...netKeys.map((index) => `NetKey ${index}`),
    ...appKeys.map((index) => `AppKey ${index}`),
    ...some(bindings, 'binding'),
    ...some(publications, 'publication'),
    ...some(subscriptions, 'subscription'),
  ];
  return {
    severity: 'warning',
    code: 'clone/record-poorer',
    message: `The dump has more than the record of ${name}: ${parts.join(', ')}. The records of clones would lack them too.`,
    hint: `Let Meshpress complete the record from the dump (--complete-donor, or on the Network page); what the record says stays as it is.${publications.length === 0 ? '' : ' Periods and repetitions of publications are not taken: the record says none until the provisioner reads them.'}`,
  };
}

const keysMissing = (nodes: readonly NodeRecord[]): Finding => ({
  severity: 'warning',
  code: 'clone/keys-missing',
  message: `The database has no device key of ${nodes.length === 1 ? `'${nodes[0]!.name}'` : `${nodes.length} other nodes`} (an export without device keys).`,
  hint: 'Clones are not touched by that. Whoever works with the updated database cannot configure those nodes: merge the clones into the full database in the end.',
});
