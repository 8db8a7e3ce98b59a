/**
 * The node in the words that all kinds of image share, and what this kind adds to them.
 *
 * Below lies the node; above lie page, command line and whoever compares nodes.
 */
import { formatNodeState, type DeviceKey, type Model, type NodeState } from '../../image/index.ts';
import type { ShowKeys } from '../image-kind.ts';
import { runOf, type ReadArea } from './zephyr-dump.ts';
import { isProvisioned, type MeshNode, type ModelState } from './node.ts';
import { sequenceBlockOf } from '../sequence-block.ts';
import {
  decodeRecord,
  nextSequence,
  sequenceRow,
  STORE_RATE,
  type PublicationRecord,
} from './records/index.ts';
import { namesOfValue } from './settings.ts';
import { newestFirst, valueOf } from './storage/mount.ts';

/** What the firmware knows, with what only this stack has. */
export interface ZephyrState extends NodeState {
  /** As stored; a boot goes on behind the block it lies in. */
  readonly storedSequenceNumber: number | null;
}

const isVirtual = (address: number): boolean => address >= 0x8000 && address < 0xc000;

export function stateOf(node: MeshNode): ZephyrState {
  const provisioned = isProvisioned(node);
  const ivIndex = node.iv?.ivIndex ?? 0;
  return {
    provisioned,
    unicast: provisioned ? runOf(node)! : null,
    elementCount: node.elementCount,
    ...(!node.elementCountCertain && { mayHaveMoreElements: true }),
    deviceKeys: deviceKeys(node),
    netKeys: byIndex(node.netKeys).map(([index, { key, updatedKey, record }]) => ({
      index,
      key,
      keyRefreshPhase: record.phase,
      ...(updatedKey && { updatedKey }),
    })),
    appKeys: byIndex(node.appKeys).map(([index, { key, updatedKey, record }]) => ({
      index,
      netKeyIndex: record.netKeyIndex,
      key,
      ...(updatedKey && { updatedKey }),
    })),
    addresses: addresses(node),
    labelUuids: [...node.labels.values()].map(({ label }) => label),
    models: node.models.map((model) => toModel(model, node)),
    modelsKnown: true,
    ivIndex,
    ivUpdateInProgress: node.iv?.inProgress ?? false,
    nextSequenceNumber: node.sequence === undefined ? 0 : nextSequence(node.sequence),
    storedSequenceNumber: node.sequence ?? null,
    replayCache: byIndex(node.replay).map(([source, { sequence, oldIv }]) => ({
      source,
      sequenceNumber: sequence,
      ivIndexLow: (ivIndex - (oldIv ? 1 : 0)) & 0xffff,
    })),
  };
}

/** Numbers that its firmware sets aside at a time, as far as its log still shows them. */
export function sequenceBlockIn({ settings }: ReadArea): number {
  const { mount } = settings;
  const stored = [...newestFirst(mount.area.sectors, mount.order)].toReversed().flatMap((entry) => {
    if (!namesOfValue(settings, entry.id).some((name) => sequenceRow.pattern.test(name))) return [];
    return decodeRecord(sequenceRow, valueOf(mount, entry) ?? entry.data) ?? [];
  });
  return sequenceBlockOf(stored, STORE_RATE);
}

const byIndex = <Value>(map: ReadonlyMap<number, Value>): [number, Value][] =>
  [...map].sort(([a], [b]) => a - b);

/** The node's own, and those of the nodes that it provisioned. */
function deviceKeys({ net, deviceKey, provisioned }: MeshNode): DeviceKey[] {
  const own = net ? [{ owner: net.unicast, key: deviceKey! }] : [];
  const others = [...provisioned.values()].filter(({ unicast }) => unicast !== net?.unicast);
  return [...own, ...others.map(({ unicast, key }) => ({ owner: unicast, key }))];
}

function addresses({ models, heartbeat }: MeshNode): number[] {
  const all = models.flatMap(({ subscriptions, publication }) => [
    ...(publication ? [publication.address] : []),
    ...subscriptions,
  ]);
  if (heartbeat && heartbeat.destination !== 0) all.push(heartbeat.destination);
  return [...new Set(all)].filter((address) => !isVirtual(address)).sort((a, b) => a - b);
}

/** By its place in the element: nothing in the settings gives the ids of models. */
function toModel(
  { element, list, index, bindings, publication, subscriptions, labels }: ModelState,
  node: MeshNode,
): Model {
  const numbered = labels.flatMap((label) => node.labels.get(label)?.label ?? []);
  return {
    element,
    place: { list, index },
    bindings,
    ...(publication && {
      publish: {
        address: publishLabel(publication, node) ?? publication.address,
        appKeyIndex: publication.appKeyIndex & APP_KEY_INDEX,
        ttl: publication.ttl,
      },
    }),
    // the address of a label that is also named by its number would be there twice
    subscriptions: [
      ...subscriptions.filter((address) => numbered.length === 0 || !isVirtual(address)),
      ...numbered,
    ].map((one) => (typeof one === 'number' && isVirtual(one) ? (labelOf(one, node) ?? one) : one)),
  };
}
/** What is above is not part of the index. */
const APP_KEY_INDEX = 0x0fff;

/** The label of a virtual address, when no other has the same address. */
function labelOf(address: number, { labels }: MeshNode): Uint8Array | undefined {
  const fitting = [...labels.values()].filter((one) => one.address === address);
  return fitting.length === 1 ? fitting[0]!.label : undefined;
}

function publishLabel({ address, label }: PublicationRecord, node: MeshNode): Uint8Array | undefined {
  if (!isVirtual(address)) return undefined;
  const numbered = label === undefined ? undefined : node.labels.get(label);
  return numbered?.address === address ? numbered.label : labelOf(address, node);
}

/** As `inspect --json` prints it, with the sequence number as it lies in the settings. */
export const formatState = (state: NodeState, show: ShowKeys) => ({
  ...formatNodeState(state, show),
  storedSequenceNumber: (state as ZephyrState).storedSequenceNumber,
});
