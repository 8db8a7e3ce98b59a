/**
 * The plain shape as PyACI stores it.
 *
 * Its classes take no member they do not know, and they leave out what is empty and then miss it at the next load. So nothing is
 * carried over that is not named here, and a network that PyACI could not keep is refused.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, scripts/interactive_pyaci/mesh/types.py and database.py.
 */
import { nodeName } from './convert-cdb.ts';
import { uuidDigits } from './values.ts';
import { notForPyaci } from './errors.ts';
import { shown } from './findings.ts';
import type { PlainJson } from './json-text.ts';
import type { Losses } from './losses.ts';
import {
  fields,
  hexToNumber,
  isLabel,
  items,
  listOf,
  notEmpty,
  numeric,
  objectsOf,
  oldWord,
  onlyKnown,
  shiftCount,
  text,
  type Fields,
} from './plain.ts';
import { cdbDatabase } from './shapes.ts';

/** @throws `meshdb/not-for-pyaci` */
export function toPyaci(all: Fields, losses: Losses): Fields {
  const { known: root, unknown } = onlyKnown(all, cdbDatabase);
  listTopLosses(root, unknown, losses);
  const provisioners = provisionersToPyaci(root, losses);
  const missing = [
    ...(items(root['netKeys']).length === 0 ? ['no network key'] : []),
    ...(items(root['appKeys']).length === 0 ? ['no application key'] : []),
    ...(provisioners.length === 0
      ? ['no provisioner with a range of unicast and one of group addresses']
      : []),
  ];
  if (missing.length > 0) throw notForPyaci(missing);
  const nodes = objectsOf(root, 'nodes').flatMap((node) => {
    const written = nodeToPyaci(node, losses);
    return written === undefined ? [] : [written];
  });
  const groups = groupsToPyaci(root, losses);
  return {
    $schema: '',
    meshName: named({}, root['meshName']),
    meshUUID: uuidDigits(text(root['meshUUID'])),
    ivIndex: 0,
    ivUpdate: 0,
    netKeys: listOf(root, 'netKeys', (key) => ({
      index: key['index'],
      key: lower(key['key']),
      oldKey: lower(key['oldKey']),
      phase: key['phase'],
      minSecurity: oldWord(key['minSecurity'] ?? 'insecure'),
      name: named(key, key['name']),
    })),
    appKeys: listOf(root, 'appKeys', (key) => ({
      index: key['index'],
      boundNetKey: key['boundNetKey'],
      key: lower(key['key']),
      oldKey: lower(key['oldKey']),
      name: named(key, key['name']),
    })),
    provisioners,
    ...(nodes.length > 0 && { nodes }),
    ...(groups.length > 0 && { groups }),
    timestamp: root['timestamp'],
  };
}

const lower = (value: PlainJson | undefined): PlainJson | undefined =>
  typeof value === 'string' ? value.toLowerCase() : value;
const named = (object: Fields, name: PlainJson | undefined): PlainJson =>
  text(name) || `unnamed ${String(object['index'] ?? '')}`.trim();

/** What PyACI has no place for, at the top of the file and in many records. */
function listTopLosses(root: Fields, unknown: readonly string[], losses: Losses): void {
  if (items(root['scenes']).length > 0) losses.add('scenes', 'warning', 'PyACI has no place for scenes.');
  if (items(root['networkExclusions']).length > 0)
    losses.add(
      'networkExclusions',
      'warning',
      'PyACI has no place for the list of addresses of removed nodes.',
      'It may give these addresses away again: keep a note of them.',
    );
  if (root['partial'] === true)
    losses.add(
      'partial',
      'warning',
      'The database is an export of a part of the network, which PyACI has no place to say.',
      'Addresses of nodes that are not in it may be given away again: let PyACI configure, and add nodes with the app.',
    );
  for (const key of objectsOf(root, 'netKeys'))
    if (key['timestamp'] !== undefined)
      losses.add(
        'timestamp',
        'info',
        `Network key ${String(key['index'])}: PyACI has no place for the time its key refresh last changed.`,
      );
  for (const { provisionerName, allocatedSceneRange } of objectsOf(root, 'provisioners'))
    if (items(allocatedSceneRange).length > 0)
      losses.add(
        'scene-range',
        'info',
        `Provisioner '${shown(text(provisionerName))}' has a range of scene numbers, for which PyACI has no place.`,
      );
  if (unknown.length > 0)
    losses.add(
      'member',
      'warning',
      `What PyACI does not know was left out, as it stops at such members: ${unknown.map(shown).join(', ')}.`,
      'Keep the old file if you need it.',
    );
}

function provisionersToPyaci(root: Fields, losses: Losses): readonly Fields[] {
  const range = (value: PlainJson) => {
    const { lowAddress, highAddress } = fields(value);
    return { lowAddress: hexToNumber(lowAddress), highAddress: hexToNumber(highAddress) };
  };
  return objectsOf(root, 'provisioners').flatMap((provisioner) => {
    const allocatedUnicastRange = items(provisioner['allocatedUnicastRange']).map(range);
    const allocatedGroupRange = items(provisioner['allocatedGroupRange']).map(range);
    const name = named(provisioner, provisioner['provisionerName']);
    if (allocatedUnicastRange.length > 0 && allocatedGroupRange.length > 0)
      return [
        { UUID: uuidDigits(text(provisioner['UUID'])), name, allocatedUnicastRange, allocatedGroupRange },
      ];
    losses.add(
      'provisioner',
      'warning',
      `Provisioner '${shown(text(name))}' has no range of ${allocatedUnicastRange.length === 0 ? 'unicast' : 'group'} addresses and was left out; PyACI cannot keep one without.`,
      'Give it one in the app if PyACI is to go on in its place.',
    );
    return [];
  });
}

function groupsToPyaci(root: Fields, losses: Losses): readonly Fields[] {
  return objectsOf(root, 'groups').flatMap((group) => {
    const hasLabel = isLabel(group['address']);
    if (hasLabel || isLabel(group['parentAddress']))
      losses.add(
        'label',
        'warning',
        `Group '${shown(text(group['name']))}' has a virtual (label) address${hasLabel ? '' : ' as its parent'}, which PyACI cannot hold.`,
      );
    if (hasLabel) return [];
    return [
      {
        name: named(group, group['name']),
        address: hexToNumber(group['address']),
        parentAddress: isLabel(group['parentAddress']) ? 0 : hexToNumber(group['parentAddress']),
      },
    ];
  });
}

/** Longest publication period PyACI loads, in milliseconds: ten times less than the mesh allows. */
const LONGEST_PYACI_PERIOD_MS = 3_780_000;

function nodeToPyaci(node: Fields, losses: Losses): Fields | undefined {
  const who = `Node ${nodeName(node)}`;
  if (text(node['deviceKey']) === '') {
    losses.add(
      'device-key',
      'error',
      `${who} has no device key and was left out; PyACI refuses a node without.`,
      'Export the whole network with device keys.',
    );
    return undefined;
  }
  if (items(node['netKeys']).length === 0) {
    losses.add(
      'net-key',
      'error',
      `${who} lists no network key and was left out; PyACI refuses a node without.`,
      'Export the whole network.',
    );
    return undefined;
  }
  listNodeLosses(node, who, losses);
  const elements = objectsOf(node, 'elements').map((element, index) => ({
    index,
    location: text(element['location']).toLowerCase(),
    name: text(element['name']) || undefined,
    models: notEmpty(
      objectsOf(element, 'models').flatMap((model) => {
        const written = modelToPyaci(model, who, losses);
        return written === undefined ? [] : [written];
      }),
    ),
  }));
  const id = (key: string) => (text(node[key]) === '' ? undefined : text(node[key]).toLowerCase());
  const indexes = (key: string) => items(node[key]).map((item) => numeric(fields(item)['index']) ?? 0);
  const repeat = (key: string) =>
    node[key] === undefined || node[key] === null ? undefined : repeatOf(node[key]);
  const features = fields(node['features']);
  const beacon = node['secureNetworkBeacon'];
  const plain: Fields = {
    UUID: uuidDigits(text(node['UUID'])),
    appKeys: notEmpty(indexes('appKeys')),
    cid: id('cid'),
    pid: id('pid'),
    vid: id('vid'),
    crpl: id('crpl'),
    configComplete: node['configComplete'] ?? false,
    defaultTTL: numeric(node['defaultTTL']),
    deviceKey: text(node['deviceKey']).toLowerCase(),
    elements: notEmpty(elements),
    // PyACI wants all four or none; 2 is `not supported`
    features:
      node['features'] === undefined
        ? undefined
        : { friend: 2, lowPower: 2, proxy: 2, relay: 2, ...features },
    name: text(node['name']) || undefined,
    netKeys: indexes('netKeys'),
    networkTransmit: repeat('networkTransmit'),
    relayRetransmit: repeat('relayRetransmit'),
    secureNetworkBeacon: typeof beacon === 'boolean' ? Number(beacon) : undefined,
    security: node['security'] === 'secure' ? 'high' : 'low',
    unicastAddress: hexToNumber(node['unicastAddress']),
  };
  return shiftCount(shiftCount(plain, 'networkTransmit', -1), 'relayRetransmit', -1);
}

const repeatOf = (setting: PlainJson): Fields => {
  const { count, interval } = fields(setting);
  return { count, interval };
};

function listNodeLosses(node: Fields, who: string, losses: Losses): void {
  if (node['excluded'] === true)
    losses.add('excluded', 'warning', `${who} is marked as excluded, which PyACI cannot hold.`);
  if (node['heartbeatPub'] !== undefined || node['heartbeatSub'] !== undefined)
    losses.add('heartbeat', 'info', `${who} has heartbeat settings, which PyACI cannot hold.`);
  if (hexToNumber(node['unicastAddress']) === 1)
    losses.add(
      'address-of-pyaci',
      'warning',
      `${who} has the address 0x0001, which PyACI takes for itself.`,
      'Give PyACI another address at its start, or do not use both at a time.',
    );
  if (items(node['elements']).length === 0)
    losses.add(
      'elements',
      'warning',
      `${who} lists no elements; PyACI counts none and would give its address away again.`,
      'Read the composition data of the node with the app, and export again.',
    );
  const isUpdated = ['netKeys', 'appKeys'].some((key) =>
    items(node[key]).some((item) => fields(item)['updated'] === true),
  );
  if (isUpdated)
    losses.add(
      'key-refresh',
      'warning',
      `${who} has got new keys in a key refresh already, which PyACI has no place to say.`,
      'Finish the key refresh with the app before converting.',
    );
  const told = Object.keys(fields(node['features'])).length;
  if (node['features'] !== undefined && told < 4)
    losses.add(
      'features',
      'info',
      `${who} has told only some of its features; PyACI wants all four, so the others stand as not supported.`,
    );
}

/** PyACI tells vendor models by a company, and takes one of company 0 for a model of the SIG. */
const isVendorOfNobody = (modelId: string): boolean => /^0000[0-9a-f]{4}$/.test(modelId);

function modelToPyaci(model: Fields, who: string, losses: Losses): Fields | undefined {
  const modelId = text(model['modelId']).toLowerCase();
  if (isVendorOfNobody(modelId)) {
    losses.add(
      'vendor-model',
      'warning',
      `${who} has the vendor model ${modelId.toUpperCase()} of company 0x0000 (Ericsson); PyACI would store it as the SIG model ${modelId.slice(4).toUpperCase()}, so it was left out.`,
      'The node itself keeps it.',
    );
    return undefined;
  }
  const subscriptions = items(model['subscribe']);
  if (subscriptions.some(isLabel))
    losses.add(
      'label',
      'warning',
      `${who} subscribes to a virtual (label) address, which PyACI cannot hold.`,
      'The node itself keeps it.',
    );
  return {
    modelId,
    bind: notEmpty(items(model['bind'])),
    subscribe: notEmpty(subscriptions.filter((address) => !isLabel(address)).map(hexToNumber)),
    publish:
      model['publish'] === undefined ? undefined : publishToPyaci(fields(model['publish']), who, losses),
  };
}

function publishToPyaci(publish: Fields, who: string, losses: Losses): Fields | undefined {
  const { numberOfSteps, resolution } = fields(publish['period']);
  const period = (numeric(numberOfSteps) ?? 0) * (numeric(resolution) ?? 0);
  const problem = isLabel(publish['address'])
    ? 'to a virtual (label) address'
    : publish['ttl'] === 255
      ? 'with the ttl 255 (use the default)'
      : period > LONGEST_PYACI_PERIOD_MS
        ? 'with a period of more than 63 minutes'
        : undefined;
  if (problem === undefined)
    return {
      address: hexToNumber(publish['address']),
      index: publish['index'],
      ttl: publish['ttl'],
      period,
      retransmit: publish['retransmit'] === undefined ? undefined : repeatOf(publish['retransmit']),
      credentials: publish['credentials'],
    };
  losses.add(
    'publication',
    'warning',
    `${who} publishes ${problem}, with which PyACI would refuse the file; the publication was left out.`,
    'The node itself keeps it.',
  );
  return undefined;
}
