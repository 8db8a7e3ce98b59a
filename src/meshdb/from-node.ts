/**
 * A database made of what one node holds, for somebody who lost the file or never had it: PyACI's `example_database.json` is
 * gone after a fresh checkout, and a phone that is lost takes its network along.
 *
 * Keys, address, models and IV index are the node's own. Other nodes, all names, the provisioner and the UUIDs are not in a
 * flash; what is put in their place is said.
 */
import { hex, toHex } from '../bytes.ts';
import type { MeshdbFinding as Finding } from './errors.ts';
import { HIGHEST_UNICAST } from './addresses.ts';
import { CDB_HEAD } from './convert-cdb.ts';
import { formText, type DatabaseForm } from './convert.ts';
import { parseDatabase, withSplices, type MeshDatabase } from './database.ts';
import type { AddressRange } from './records.ts';
import { badFirstFree, keysNotInDump } from './errors.ts';
import { newUuids, type RandomBytes } from './identity.ts';
import { replacing } from './splices.ts';
import type { PlainJson } from './json-text.ts';
import type { KnownModel, KnownNetKey, KnownNode } from './known-node.ts';
import { Losses } from './losses.ts';
import { dashed, hex4, type Fields } from './plain.ts';
import { uniteRanges } from './ranges.ts';
import { timestampText, type Stamp } from './style.ts';

export interface FromNodeWishes {
  /** The program that the file is for. */
  readonly to: DatabaseForm;
  readonly nodeName?: string;
  readonly meshName?: string;
  readonly provisionerName?: string;
  /** First address that no node of the network has; behind the highest one that the node knows of when left out. */
  readonly firstFree?: number;
}
export interface FromNode {
  readonly database: MeshDatabase;
  /** What was put where the node knows nothing. */
  readonly assumed: readonly Finding[];
}

/**
 * Make a database of one node.
 *
 * @throws `meshdb/bad-first-free`; `meshdb/keys-not-in-dump` when the image does not give its keys away; `meshdb/not-for-pyaci` when the node has no application key and PyACI is to get it
 */
export function databaseFromNode(
  known: KnownNode,
  wishes: FromNodeWishes,
  randomBytes: RandomBytes,
  stamp: Stamp,
): FromNode {
  const last = known.unicast + known.elementCount - 1;
  const highest = Math.max(last, ...known.others);
  const firstFree = wishes.firstFree ?? highest + 1;
  if (firstFree <= highest || firstFree > HIGHEST_UNICAST + 1) throw badFirstFree(firstFree, highest);
  const ranges = uniteRanges([
    { low: known.unicast, high: last },
    ...(firstFree > HIGHEST_UNICAST ? [] : [{ low: firstFree, high: HIGHEST_UNICAST }]),
  ]);
  const text = formText(plainNetwork(known, wishes, ranges, randomBytes, stamp), wishes.to, new Losses());
  const database = parseDatabase(text);
  return {
    database: wishes.to === 'pyaci' ? withIvIndex(database, known) : database,
    assumed: assumptions(known, wishes, highest, firstFree),
  };
}

/** The network in the shape that all conversions go through. */
function plainNetwork(
  known: KnownNode,
  { to, nodeName, meshName, provisionerName }: FromNodeWishes,
  ranges: readonly AddressRange[],
  randomBytes: RandomBytes,
  stamp: Stamp,
): Fields {
  const [meshUuid, provisionerUuid, nodeUuid] = newUuids(undefined, 3, randomBytes) as [
    string,
    string,
    string,
  ];
  const time =
    stamp.timestamp ??
    timestampText(to === 'pyaci' ? 'pyaci' : 'cdb', stamp.now, stamp.timeZoneOffsetMinutes ?? 0);
  // PyACI has no place for times of keys and ranges of scenes
  const keyTime = to === 'pyaci' ? undefined : time;
  const span = ({ low, high }: AddressRange) => ({ lowAddress: hex4(low), highAddress: hex4(high) });
  return {
    ...CDB_HEAD,
    meshUUID: dashed(meshUuid),
    meshName: meshName ?? 'Network from a dump',
    timestamp: time,
    partial: false,
    netKeys: known.netKeys.map((key) => ({
      name: `Network key ${key.index}`,
      index: key.index,
      ...keyPair(key),
      phase: key.phase,
      minSecurity: 'insecure',
      timestamp: keyTime,
    })),
    appKeys: known.appKeys.map((key) => ({
      name: `Application key ${key.index}`,
      index: key.index,
      ...keyPair(key),
      boundNetKey: key.boundNetKey,
    })),
    provisioners: [
      {
        provisionerName: provisionerName ?? 'Provisioner',
        UUID: dashed(provisionerUuid),
        allocatedUnicastRange: ranges.map(span),
        allocatedGroupRange: [span({ low: 0xc000, high: 0xfeff })],
        allocatedSceneRange: to === 'pyaci' ? [] : [{ firstScene: '0001', lastScene: 'FFFF' }],
      },
    ],
    nodes: [plainNode(known, nodeName ?? 'Donor', nodeUuid)],
    groups: groupsOf(known.models),
    scenes: [],
    networkExclusions: [],
  };
}

const keyDigits = (key: Uint8Array): string => toHex(key).toUpperCase();
/** While a key is being replaced, a database has the new one as `key`. */
const keyPair = ({ key, newKey }: Pick<KnownNetKey, 'key' | 'newKey'>) => {
  if (!key) throw keysNotInDump();
  return newKey ? { key: keyDigits(newKey), oldKey: keyDigits(key) } : { key: keyDigits(key) };
};

function plainNode(known: KnownNode, name: string, uuid: string): Fields {
  const keys = (list: readonly { readonly index: number }[]) =>
    list.map(({ index }) => ({ index, updated: false }));
  return {
    UUID: dashed(uuid),
    name,
    deviceKey: keyDigits(known.deviceKey),
    unicastAddress: hex4(known.unicast),
    security: 'insecure',
    configComplete: true,
    netKeys: keys(known.netKeys),
    appKeys: keys(known.appKeys),
    elements: Array.from({ length: known.elementCount }, (_, index) => ({
      index,
      location: '0000',
      models: known.models.filter(({ element }) => element === index).map(plainModel),
    })),
    excluded: false,
  };
}

const addressText = (address: number | string): string =>
  typeof address === 'number' ? hex4(address) : address;

const plainModel = ({ modelId, bindings, subscriptions, publication }: KnownModel): PlainJson => ({
  modelId,
  bind: [...bindings],
  subscribe: subscriptions.map(addressText),
  publish: publication && {
    address: addressText(publication.address),
    index: publication.appKeyIndex,
    ttl: publication.ttl,
    period: { numberOfSteps: 0, resolution: 100 },
    retransmit: { count: 0, interval: 50 },
    credentials: 0,
  },
});

/** A group for every group address or label that the models have to do with. */
function groupsOf(models: readonly KnownModel[]): readonly PlainJson[] {
  const addresses = models.flatMap(({ subscriptions, publication }) => [
    ...subscriptions,
    ...(publication ? [publication.address] : []),
  ]);
  const isGroup = (address: number | string) =>
    typeof address === 'string' || (address >= 0xc000 && address <= 0xfeff);
  return [...new Set(addresses)].filter(isGroup).map((address) => ({
    name: `Group ${addressText(address).slice(0, 8)}`,
    address: addressText(address),
    parentAddress: '0000',
  }));
}

function withIvIndex(database: MeshDatabase, { ivIndex, ivUpdateInProgress }: KnownNode): MeshDatabase {
  const values = { ivIndex, ivUpdate: Number(ivUpdateInProgress) };
  return withSplices(
    database,
    Object.entries(values).flatMap(([key, value]) => {
      const old = database.member(key);
      return old ? [replacing(old, String(value))] : [];
    }),
  );
}

function assumptions(
  known: KnownNode,
  { to }: FromNodeWishes,
  highest: number,
  firstFree: number,
): readonly Finding[] {
  const findings: Finding[] = [
    {
      severity: 'warning',
      code: 'meshdb/others-unknown',
      message: `A dump does not tell which other nodes there are. The highest address it knows of is ${hex(highest, 4)}; ${firstFree > HIGHEST_UNICAST ? 'none is left above it' : `new nodes start at ${hex(firstFree, 4)}`}.`,
      hint: 'If the network has nodes above, say which address is the first that is free. Two nodes with one address cannot both be heard.',
    },
    {
      severity: 'warning',
      code: 'meshdb/names-made-up',
      message: 'Names, the provisioner, and the UUIDs of network, provisioner and node were made up.',
      hint: 'A program takes the file for another network than the one it may have: use it in place of the old database, not beside it.',
    },
  ];
  if (!known.modelsKnown)
    findings.push({
      severity: 'warning',
      code: 'meshdb/models-unknown',
      message: `The dump does not list the models of the node; its ${known.elementCount === 1 ? 'element has' : `${known.elementCount} elements have`} none in the database.`,
      hint: 'Read the composition data of the node with the provisioner.',
    });
  if (known.models.some(({ publication }) => publication))
    findings.push({
      severity: 'info',
      code: 'meshdb/periods-unknown',
      message: 'Periods and repetitions of publications were not taken from the dump.',
      hint: '',
    });
  if (to !== 'pyaci')
    findings.push({
      severity: 'warning',
      code: 'meshdb/app-needs-node',
      message: `The app gets no node of its own and no IV index; the dump's is ${known.ivIndex}.`,
      hint: 'Let the app add its own node after the import: it can provision before, but not configure. It learns the IV index from the network.',
    });
  return findings;
}
