/** The donor: one node, as its dump and its network's database both know it. */
import { equalBytes, hex } from '../bytes.ts';
import { errorFrom, type Finding, type KnownError } from '../errors.ts';
import type { ImageReading, NodeState } from '../image/index.ts';
import type { MeshDatabase, NodeRecord } from '../meshdb/index.ts';
import { completenessFindings } from './complete-donor.ts';
import type { Dump } from './dump.ts';
import * as errors from './errors.ts';

export interface Donor {
  readonly dump: Dump;
  readonly reading: ImageReading;
  /** Its record in the database. */
  readonly node: NodeRecord;
  readonly name: string;
  /** First unicast address. */
  readonly unicast: number;
  readonly elementCount: number;
  /** 16 bytes. */
  readonly deviceKey: Uint8Array;
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

  const { start: unicast, count: elementCount } = reading.settled.unicast!;
  const { key: deviceKey } = reading.settled.deviceKeys.find(({ owner }) => owner === unicast)!;
  const byAddress = database.nodes.find((node) => node.unicast === unicast);
  const byKey = database.nodes.find((node) => holdsKey(node, deviceKey));

  const node = byAddress && holdsKey(byAddress, deviceKey) ? byAddress : undefined;
  if (!node) throw mismatch(reading, database, unicast, byAddress, byKey);
  if (chosen && chosen !== node)
    throw errors.otherNodeChosen(chosen.name, chosen.index, node.name, node.index);
  if (node.elementCount > 0 && node.elementCount !== elementCount) {
    throw errors.elementCountDiffers(node.name, elementCount, node.elementCount);
  }
  const findings = [
    AGREE,
    ...compareKeys(reading.settled, database),
    ...completenessFindings(reading, database, node),
  ];
  return { dump, reading, node, name: node.name, unicast, elementCount, deviceKey, findings };
}

const holdsKey = (node: NodeRecord, key: Uint8Array) => !!node.deviceKey && equalBytes(node.deviceKey, key);

const AGREE: Finding = {
  severity: 'info',
  code: 'clone/donor-agrees',
  message: 'Dump and database agree. Same unicast address, same device key.',
  hint: '',
};

/** Why dump and database do not name one node, and which of the two is the older if that can be told. */
function mismatch(
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

/** Whether the key stands in an entry of the dump that has been invalidated since. */
function hadKeyBefore(reading: ImageReading, key: Uint8Array): boolean {
  return reading.areas
    .flatMap((area) => area.pages)
    .flatMap((page) => page.entries)
    .filter((entry) => entry.state === 'stale')
    .flatMap((entry) => entry.secrets)
    .some(({ address, length }) => equalBytes(reading.image.read(address, length), key));
}

function sharesNetKey(state: NodeState, database: MeshDatabase): boolean {
  const known = database.netKeys
    .flatMap(({ key, oldKey }) => [key, oldKey])
    .filter((key) => key !== undefined);
  return state.netKeys
    .flatMap(({ key, updatedKey }) => [key, updatedKey])
    .some((key) => key && known.some((other) => equalBytes(other, key)));
}

/** Keys that a clone would hold and the database does not: the provisioner could not reach it with them. */
function compareKeys(state: NodeState, database: MeshDatabase): Finding[] {
  const findings: Finding[] = [];
  const compare = (
    kind: 'NetKey' | 'AppKey',
    index: number,
    key: Uint8Array,
    records: readonly KeyRecord[],
  ) => {
    const record = records.find((one) => one.index === index);
    if (record?.key && equalBytes(record.key, key)) return;
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
  for (const { index, key } of state.netKeys) compare('NetKey', index, key, database.netKeys);
  for (const { index, key } of state.appKeys) compare('AppKey', index, key, database.appKeys);
  return findings;
}

interface KeyRecord {
  readonly index: number;
  readonly key: Uint8Array | undefined;
}

/** `0x0011–0x0013`, or one address. */
export const formatRange = (unicast: number, elementCount: number): string =>
  elementCount === 1 ? hex(unicast, 4) : `${hex(unicast, 4)}–${hex(unicast + elementCount - 1, 4)}`;
