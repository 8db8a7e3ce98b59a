/** A PyACI database in the plain shape that all conversions go through. */
import { CDB_HEAD, nodeName, periodSteps } from './convert-cdb.ts';
import { shown } from './findings.ts';
import type { PlainJson } from './json-text.ts';
import type { Losses } from './losses.ts';
import {
  dashed,
  fields,
  hex4,
  items,
  listOf,
  map,
  modernWord,
  numeric,
  onlyKnown,
  shiftCount,
  text,
  upper,
  type Fields,
} from './plain.ts';
import { pyaciDatabase } from './shapes.ts';

const upperKeys = (object: Fields): Fields => map(map(object, 'key', upper), 'oldKey', upper);

/** @param losses  takes what has no place in a CDB */
export function fromPyaci(all: Fields, time: string, losses: Losses): Fields {
  const { known: root, unknown } = onlyKnown(all, pyaciDatabase);
  if (unknown.length > 0)
    losses.add(
      'member',
      'warning',
      `What only one program knows was left out: ${unknown.map(shown).join(', ')}.`,
      'Keep the old file if you need it.',
    );
  losses.add(
    'provisioner-node',
    'warning',
    'PyACI keeps no node for its provisioner, so the phone app can provision with this database but not configure.',
    'Let the app add its own node after the import.',
  );
  losses.add('iv-index', 'info', 'The IV index is not part of a CDB; the app takes it from the network.');
  const range = (value: PlainJson) => {
    const { lowAddress, highAddress } = fields(value);
    return { lowAddress: hex4(numeric(lowAddress) ?? 0), highAddress: hex4(numeric(highAddress) ?? 0) };
  };
  const list = (key: string, change: (item: Fields) => Fields) => listOf(root, key, change);
  return {
    ...CDB_HEAD,
    meshUUID: dashed(root['meshUUID']),
    meshName: root['meshName'],
    timestamp: time,
    partial: false,
    netKeys: list('netKeys', (key) => ({
      ...map(upperKeys(key), 'minSecurity', modernWord),
      timestamp: time,
    })),
    appKeys: list('appKeys', upperKeys),
    provisioners: list('provisioners', (provisioner) => ({
      provisionerName: provisioner['name'],
      UUID: dashed(provisioner['UUID']),
      allocatedUnicastRange: items(provisioner['allocatedUnicastRange']).map(range),
      allocatedGroupRange: items(provisioner['allocatedGroupRange']).map(range),
      allocatedSceneRange: [],
    })),
    nodes: list('nodes', (node) => nodeFromPyaci(node, losses)),
    groups: list('groups', (group) => ({
      name: group['name'],
      address: hex4(numeric(group['address']) ?? 0),
      parentAddress: hex4(numeric(group['parentAddress']) ?? 0),
    })),
    scenes: [],
    networkExclusions: [],
  };
}

function nodeFromPyaci(node: Fields, losses: Losses): Fields {
  const keyList = (key: string) =>
    [...new Set(items(node[key]).map((item) => numeric(item) ?? numeric(fields(item)['index']) ?? 0))].map(
      (index) => ({
        index,
        updated: false,
      }),
    );
  const address = (value: PlainJson | undefined) => hex4(numeric(value) ?? 0);
  const models = (element: Fields) =>
    items(element['models']).map((item) => {
      const model = fields(item);
      return {
        modelId: upper(text(model['modelId'])),
        bind: items(model['bind']),
        subscribe: [...new Set(items(model['subscribe']).map(address))],
        publish:
          model['publish'] === undefined
            ? undefined
            : publishFromPyaci(fields(model['publish']), node, losses),
      };
    });
  const beacon = numeric(node['secureNetworkBeacon']);
  const crpl = numeric(node['crpl']);
  const plain: Fields = {
    ...node,
    UUID: dashed(node['UUID']),
    deviceKey: upper(text(node['deviceKey'])),
    unicastAddress:
      typeof node['unicastAddress'] === 'string'
        ? upper(node['unicastAddress'].replace(/^0x/i, '').padStart(4, '0'))
        : address(node['unicastAddress']),
    security: modernWord(node['security'] ?? 'low'),
    secureNetworkBeacon: beacon === undefined ? undefined : beacon === 1,
    netKeys: keyList('netKeys'),
    appKeys: keyList('appKeys'),
    elements: items(node['elements']).map((item, index) => {
      const element = fields(item);
      return {
        name: element['name'],
        index,
        location: upper(text(element['location']) || '0000'),
        models: models(element),
      };
    }),
    excluded: false,
  };
  const ids = ['cid', 'pid', 'vid', 'crpl'].reduce((object, key) => map(object, key, upper), plain);
  const counted = shiftCount(shiftCount(ids, 'networkTransmit', 1), 'relayRetransmit', 1);
  return crpl === undefined ? counted : { ...counted, crpl: hex4(crpl) };
}

function publishFromPyaci(publish: Fields, node: Fields, losses: Losses): Fields {
  const { steps, isExact } = periodSteps(numeric(publish['period']) ?? 0);
  if (!isExact)
    losses.add(
      'period',
      'warning',
      `Node ${nodeName(node)} has a publication period of ${String(publish['period'])} ms, which a CDB holds only in steps; it was rounded.`,
    );
  const retransmit = fields(publish['retransmit']);
  return {
    address: hex4(numeric(publish['address']) ?? 0),
    index: publish['index'] ?? 0,
    ttl: publish['ttl'] ?? 0,
    period: steps,
    retransmit: { count: retransmit['count'] ?? 0, interval: numeric(retransmit['interval']) || 50 },
    credentials: publish['credentials'] ?? 0,
  };
}
