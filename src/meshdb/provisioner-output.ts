/**
 * What a provisioner is to be told so that it can talk to new nodes. These texts hold device keys: they are made on request
 * and go nowhere but where the person saves them.
 */
import { hex, toHex } from '../bytes.ts';
import type { MeshDatabase } from './database.ts';
import { uuidDigits } from './values.ts';
import type { NodeRecord } from './node-record.ts';

/** Device keys the serial example has room for (`DSM_DEVICE_MAX`), SDK 2.0.0 to 5.0.0. */
const DEVICE_KEYS = 10;
/** Handle of the first device key in the serial example: application keys have 0 to 7. */
const FIRST_DEVICE_KEY_HANDLE = 8;

interface ReachableNode {
  readonly name: string;
  readonly unicast: number;
  readonly deviceKey: Uint8Array;
}

/** The nodes of a database with these indexes whose device key is known. */
function reachable(database: MeshDatabase, indexes: readonly number[]) {
  return indexes.flatMap((index) => {
    const node = database.node(index);
    const { deviceKey } = node;
    return deviceKey ? [{ node, deviceKey }] : [];
  });
}

/**
 * Lines for interactive PyACI, which loads network and application keys at its start but no device keys of known nodes.
 *
 * The serial example keeps 10 of them, so the nodes come in groups, each of which first frees what the last one took. The
 * handles are those that a freshly started PyACI gives; it prints them, and they count.
 *
 * @param indexes  nodes by their index in the database; those without device key are left out
 */
export function pyaciSetup(database: MeshDatabase, indexes: readonly number[]): string {
  const nodes = reachable(database, indexes).map(({ node, deviceKey }) => ({
    name: node.name,
    unicast: node.unicast,
    deviceKey,
  }));
  const groups = Array.from({ length: Math.ceil(nodes.length / DEVICE_KEYS) }, (_, i) =>
    nodes.slice(i * DEVICE_KEYS, (i + 1) * DEVICE_KEYS),
  );
  const head = [
    '# For interactive PyACI: `device`, `db` and `cc` as in the guide of the nRF5 SDK for Mesh.',
    '# Start it anew after the database was replaced, so that it does not overwrite it with its old one.',
    `# The serial example keeps ${DEVICE_KEYS} device keys at a time; handles are those of a fresh start, use what PyACI prints.`,
  ];
  return [head, ...groups.map(groupLines)].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function groupLines(nodes: readonly ReachableNode[], group: number): string[] {
  const free = Array.from({ length: DEVICE_KEYS }, (_, i) => [
    `device.send(cmd.DevkeyDelete(${FIRST_DEVICE_KEY_HANDLE + i}))`,
    `device.send(cmd.AddrPublicationRemove(${i}))`,
  ]).flat();
  return [
    ...(group === 0 ? [] : ['# Done with the nodes above: free their places.', ...free]),
    ...nodes.flatMap(({ name, unicast, deviceKey }, i) => [
      `# ${name.replace(/[^\x20-\x7e]/g, '?')}`,
      `device.send(cmd.DevkeyAdd(${hex(unicast, 4)}, 0, bytearray.fromhex("${toHex(deviceKey)}")))`,
      `device.send(cmd.AddrPublicationAdd(${hex(unicast, 4)}))`,
      `# then, to configure it: cc.publish_set(${FIRST_DEVICE_KEY_HANDLE + i}, ${i})`,
    ]),
  ];
}

/**
 * Commands for BlueZ mesh-cfgclient, whose file holds no keys: each imports one node with its device key into the daemon.
 *
 * Recent versions take only UUIDs that RFC 9562 knows, as those made here are.
 *
 * Source: tools/mesh-cfgclient.c, `node-import <uuid> <net_idx> <primary> <ele_count> <dev_key>`, indexes and address in hex.
 */
export function bluezImport(database: MeshDatabase, indexes: readonly number[]): string {
  return reachable(database, indexes)
    .map(({ node, deviceKey }) => `node-import ${importArguments(node, deviceKey)}\n`)
    .join('');
}
const importArguments = (node: NodeRecord, deviceKey: Uint8Array): string =>
  [
    uuidDigits(node.uuid),
    fourDigits(node.netKeyIndexes[0] ?? 0),
    fourDigits(node.unicast),
    Math.max(node.elementCount, 1),
    toHex(deviceKey),
  ].join(' ');
const fourDigits = (value: number): string => value.toString(16).padStart(4, '0');
