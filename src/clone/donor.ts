/** The donor: one node, as its dump and its network's database both know it. */
import { equalBytes, toHex } from '../bytes.ts';
import { errorFrom, type KnownError } from '../errors.ts';
import type { NodeState } from '../image/index.ts';
import type { ImageReading } from '../kinds/index.ts';
import { isClear, type Identity, type StoredKey } from '../mesh/index.ts';
import { uuidDigits, type MeshDatabase, type NodeRecord } from '../meshdb/index.ts';
import { completenessFindings } from './complete-donor.ts';
import type { Dump } from './dump.ts';
import * as errors from './errors.ts';
import type { CloneFinding as Finding } from './errors.ts';
import { portableSha256, type Sha256 } from './sha256.ts';

export interface Donor extends Identity {
  readonly dump: Dump;
  readonly reading: ImageReading;
  /** Of its network. */
  readonly database: MeshDatabase;
  /** Its record there. */
  readonly node: NodeRecord;
  readonly name: string;
  readonly elementCount: number;
  /** About dump and database together. */
  readonly findings: readonly Finding[];
}

/**
 * Find the node of a dump in a database.
 *
 * @param startNode  index of the node a person named as donor; without it, the dump decides
 * @throws the dump's refusal; `clone/donor-not-in-database`, `clone/database-stale`, `clone/dump-stale`,
 *   `clone/donor-moved`, `clone/other-network`, `clone/no-device-key`, `clone/other-node-chosen`, `clone/no-such-node`,
 *   `clone/element-count-differs`
 */
export function findDonor(
  dump: Dump,
  reading: ImageReading,
  database: MeshDatabase,
  startNode?: number,
): Donor {
  if (reading.refusal) throw errorFrom(reading.refusal);
  const chosen = startNode === undefined ? undefined : database.nodes[startNode];
  if (startNode !== undefined && !chosen) throw errors.noSuchNode(startNode, database.nodes.length);

  const { start: unicast, count: elementsInDump } = reading.settled.unicast!;
  const deviceKey = ownDeviceKey(reading.settled);
  if (!deviceKey) throw new Error('A donor without a device key of its own was not refused.');
  const { node, mismatch } = recordOf(reading, database);
  if (mismatch) throw mismatch;
  if (chosen && chosen !== node)
    throw errors.otherNodeChosen(chosen.name, chosen.index, node.name, node.index);
  const elementCount = countElements(reading.settled, elementsInDump, node);
  const findings = [
    AGREE,
    ...elementFindings(reading.settled, elementsInDump, node),
    ...compareKeys(reading.settled, database),
    ...completenessFindings(reading, database, node),
  ];
  return { dump, reading, database, node, name: node.name, unicast, elementCount, deviceKey, findings };
}

/** As many as the dump names; where it need not name all, as many as the database says. */
function countElements({ mayHaveMoreElements }: NodeState, inDump: number, node: NodeRecord): number {
  if (node.elementCount === 0 || node.elementCount === inDump) return inDump;
  if (mayHaveMoreElements && node.elementCount > inDump) return node.elementCount;
  throw errors.elementCountDiffers(node.name, inDump, node.elementCount);
}

function elementFindings({ mayHaveMoreElements }: NodeState, inDump: number, node: NodeRecord): Finding[] {
  if (!mayHaveMoreElements || node.elementCount > 0) return [];
  return [
    {
      severity: 'warning',
      code: 'clone/elements-not-known',
      message: `Neither dump nor database says how many elements ${node.name} has; its settings name ${inDump}.`,
      hint: 'Clones get as many addresses. Let the provisioner read the composition data and save the database again.',
    },
  ];
}

/** The node's own, where its image gives it. */
function ownDeviceKey({ deviceKeys, unicast }: NodeState): Uint8Array | undefined {
  const own = deviceKeys.find(({ owner }) => owner === unicast!.start);
  return own && isClear(own.key) ? own.key : undefined;
}

/**
 * The record of a provisioned node: by its address and its device key, which have to agree.
 *
 * @returns with `mismatch`, why they do not, and the record that one of the two leads to; a node whose image does not give its
 *          key away is found by its address alone
 */
export function recordOf(
  reading: ImageReading,
  database: MeshDatabase,
):
  | { readonly node: NodeRecord; readonly mismatch?: undefined }
  | { readonly node: NodeRecord | undefined; readonly mismatch: KnownError } {
  const { start: unicast } = reading.settled.unicast!;
  const deviceKey = ownDeviceKey(reading.settled);
  const byAddress = database.nodes.find((node) => node.unicast === unicast);
  if (byAddress && (!deviceKey || holdsKey(byAddress, deviceKey))) return { node: byAddress };
  const byKey = deviceKey && database.nodes.find((node) => holdsKey(node, deviceKey));
  return {
    node: byKey ?? byAddress,
    mismatch: mismatchOf(reading, database, unicast, byAddress, byKey),
  };
}

/** What a plan says of the donor it was made for: enough to know it again, and no key. */
export interface DonorReference {
  /** Id of the kind of image. */
  readonly kind: string;
  readonly name: string;
  readonly unicast: number;
  readonly elementCount: number;
  /** Names the network: 32 hex digits in small letters. */
  readonly meshUuid: string;
  /** Of the dump's bytes by rising address, gaps left out: 64 hex digits. */
  readonly imageSha256: string;
}

export const referenceTo = (donor: Donor): DonorReference => ({
  kind: donor.reading.kind.id,
  name: donor.name,
  unicast: donor.unicast,
  elementCount: donor.elementCount,
  meshUuid: uuidDigits(donor.database.meshUuid),
  imageSha256: imageHash(donor.dump),
});

const hashes = new WeakMap<Dump, string>();
/**
 * SHA-256 of the whole dump, which every plan names: once, as 64 hex digits. Whoever has a faster one than runs everywhere asks before the
 * plan does.
 */
export function imageHash(dump: Dump, sha256: () => Sha256 = portableSha256): string {
  let hash = hashes.get(dump);
  if (hash === undefined) {
    const state = dump.image.runs.reduce((sum, { bytes }) => sum.update(bytes), sha256());
    hashes.set(dump, (hash = toHex(state.digest())));
  }
  return hash;
}

const holdsKey = (node: NodeRecord, key: Uint8Array) => !!node.deviceKey && equalBytes(node.deviceKey, key);

const AGREE: Finding = {
  severity: 'info',
  code: 'clone/donor-agrees',
  message: 'Dump and database agree. Same unicast address, same device key.',
  hint: '',
};

/** Why dump and database do not name one node, and which of the two is the older if that can be told. */
function mismatchOf(
  reading: ImageReading,
  database: MeshDatabase,
  unicast: number,
  byAddress: NodeRecord | undefined,
  byKey: NodeRecord | undefined,
): KnownError {
  if (byKey) return errors.donorMoved(unicast, byKey.name, byKey.unicast);
  if (!byAddress) return errors.donorNotInDatabase(unicast, database.nodes.length);
  if (!byAddress.deviceKey && sharesNetKey(reading.settled, database)) {
    return errors.noDeviceKey(unicast, byAddress.name);
  }
  if (byAddress.deviceKey && hadKeyBefore(reading, byAddress.deviceKey)) {
    return errors.databaseStale(unicast, byAddress.name);
  }
  return sharesNetKey(reading.settled, database)
    ? errors.dumpStale(unicast, byAddress.name)
    : errors.otherNetwork(unicast, byAddress.name);
}

/** Whether the node had that key in an earlier life. */
const hadKeyBefore = (reading: ImageReading, key: Uint8Array): boolean =>
  reading.formerKeys().some((former) => equalBytes(former, key));

function sharesNetKey(state: NodeState, database: MeshDatabase): boolean {
  const known = database.netKeys
    .flatMap(({ key, oldKey }) => [key, oldKey])
    .filter((key) => key !== undefined);
  return state.netKeys
    .flatMap(({ key, updatedKey }) => [key, updatedKey])
    .some((key) => key !== undefined && isClear(key) && known.some((other) => equalBytes(other, key)));
}

/** Keys that a clone would hold and the database does not: the provisioner could not reach it with them. */
export function compareKeys(state: NodeState, database: MeshDatabase): Finding[] {
  const findings: Finding[] = [];
  const compare = (
    kind: 'NetKey' | 'AppKey',
    { index, key, updatedKey }: HeldKey,
    records: readonly KeyRecord[],
  ) => {
    if (!isClear(key)) return;
    const record = records.find((one) => one.index === index);
    // in a key refresh the node has the new key beside the old one
    const own = [key, updatedKey].filter((one) => one !== undefined && isClear(one)) as Uint8Array[];
    if (own.some((one) => record?.key && equalBytes(record.key, one))) return;
    findings.push({
      severity: 'warning',
      code: 'clone/key-differs',
      message: record
        ? `${kind} ${index} in the dump is not the one in the database.`
        : `The dump holds ${kind} ${index}, which the database does not list.`,
      hint: record
        ? 'The network has had a key refresh since one of the two was saved. Clones hold the key of the dump.'
        : `Clones hold it too. The provisioner that owns this database cannot use it.`,
    });
  };
  for (const held of state.netKeys) compare('NetKey', held, database.netKeys);
  for (const held of state.appKeys) compare('AppKey', held, database.appKeys);
  return findings;
}

interface KeyRecord {
  readonly index: number;
  readonly key: Uint8Array | undefined;
}
interface HeldKey {
  readonly index: number;
  readonly key: StoredKey;
  readonly updatedKey?: StoredKey;
}
