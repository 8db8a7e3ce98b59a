/** A database of what a provisioner keeps in its own flash: nodes and keys, and no more than that. */
import { toHex } from '../bytes.ts';
import {
  isClear,
  LOWEST_UNICAST,
  HIGHEST_UNICAST,
  newUuid,
  withDashes,
  type KeptNetwork,
  type StoredKey,
} from '../mesh/index.ts';
import { convertDatabase, type Conversion } from './convert.ts';
import { parseDatabase } from './database.ts';
import type { MeshdbFinding } from './errors.ts';
import type { RandomBytes } from './identity.ts';
import { timestampText, type Stamp } from './style.ts';

/**
 * The network as a database of the Android app.
 *
 * The provisioner keeps neither names nor models nor the network's UUID: nodes are called by their addresses, elements come without
 * models, and the UUID is a random one.
 *
 * @returns the database, and what it lacks
 */
export function databaseOf(network: KeptNetwork, randomBytes: RandomBytes, stamp: Stamp): Conversion {
  const time = stamp.timestamp ?? timestampText('cdb', stamp.now, stamp.timeZoneOffsetMinutes ?? 0);
  const provisioner = network.nodes.find(({ isProvisioner }) => isProvisioner);
  const uuid = (bytes: Uint8Array) => withDashes(toHex(bytes)).toUpperCase();
  const random = () => newUuid(randomBytes).toUpperCase();
  const netKeys = network.netKeys.filter(({ key }) => isClear(key));
  const appKeys = network.appKeys.filter(({ key }) => isClear(key));
  const known = { netKeys: netKeys.map(indexOf), appKeys: appKeys.map(indexOf) };
  const root = {
    $schema: 'http://json-schema.org/draft-04/schema#',
    id: 'https://www.bluetooth.com/specifications/specs/mesh-cdb-1-0-1-schema.json#',
    version: '1.0.1',
    meshUUID: random(),
    meshName: 'Read from a provisioner',
    timestamp: time,
    partial: false,
    netKeys: netKeys.map(({ index, key, updatedKey, keyRefreshPhase }) => ({
      name: `Network Key ${index}`,
      index,
      ...keysOf(key, updatedKey),
      phase: keyRefreshPhase,
      minSecurity: 'insecure',
      timestamp: time,
    })),
    appKeys: appKeys.map(({ index, netKeyIndex, key, updatedKey }) => ({
      name: `Application Key ${index}`,
      index,
      boundNetKey: netKeyIndex,
      ...keysOf(key, updatedKey),
    })),
    provisioners: [
      {
        provisionerName: 'Provisioner',
        UUID: provisioner ? uuid(provisioner.uuid) : random(),
        allocatedUnicastRange: [{ lowAddress: digits(LOWEST_UNICAST), highAddress: digits(HIGHEST_UNICAST) }],
        allocatedGroupRange: [{ lowAddress: 'C000', highAddress: 'FEFF' }],
        allocatedSceneRange: [{ firstScene: '0001', lastScene: 'FFFF' }],
      },
    ],
    nodes: network.nodes.map((node) => ({
      UUID: uuid(node.uuid),
      name: node.isProvisioner ? 'Provisioner' : `Node_${digits(node.unicast).toLowerCase()}`,
      ...(isClear(node.key) && { deviceKey: keyText(node.key) }),
      unicastAddress: digits(node.unicast),
      security: 'insecure',
      configComplete: node.isConfigured,
      ...known,
      elements: Array.from({ length: node.elementCount }, (_, index) => ({
        name: `Element ${index}`,
        index,
        location: '0000',
        models: [],
      })),
      excluded: false,
    })),
    groups: [],
    scenes: [],
    networkExclusions: [{ ivIndex: network.ivIndex, addresses: [] }],
  };
  const { database } = convertDatabase(parseDatabase(JSON.stringify(root)), 'android', {
    ...stamp,
    timestamp: time,
  });
  return { database, lost: lacksOf(network) };
}

const digits = (address: number): string => address.toString(16).toUpperCase().padStart(4, '0');
const keyText = (key: Uint8Array): string => toHex(key).toUpperCase();
const indexOf = ({ index }: { readonly index: number }) => ({ index, updated: false });

/** During a key refresh a database has the new key first and the one before as the old one. */
function keysOf(key: StoredKey, updatedKey: StoredKey | undefined) {
  const [now, before] = updatedKey && isClear(updatedKey) ? [updatedKey, key] : [key, undefined];
  return {
    key: keyText(now as Uint8Array),
    ...(before && isClear(before) && { oldKey: keyText(before) }),
  };
}

function lacksOf({ netKeys, appKeys, nodes }: KeptNetwork): MeshdbFinding[] {
  const sealed = [...netKeys, ...appKeys, ...nodes].filter(({ key }) => !isClear(key)).length;
  return [
    {
      severity: 'warning',
      code: 'meshdb/provisioner-keeps-less',
      message:
        'A provisioner keeps neither names nor models nor groups in its flash, and not the UUID of its network: nodes are called by their addresses, elements are empty, the UUID is random.',
      hint: 'Read the composition data of the nodes with the program that goes on with this database.',
    },
    ...(sealed === 0
      ? []
      : [
          {
            severity: 'warning',
            code: 'meshdb/keys-not-in-dump',
            message: `${sealed} of its keys cannot be read from the dump and are left out.`,
            hint: 'They are sealed by the chip or kept where no dump reaches. Nodes without a device key cannot be configured.',
          } as const,
        ]),
  ];
}
