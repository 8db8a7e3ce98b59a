/**
 * A database in another program's form.
 *
 * Everything is first brought into one plain shape, a CDB of version 1.0.1 as iOS counts it, and written from there. What a
 * form cannot hold is listed, so that a person can decide whether to go that way. Source of the differences:
 * docs/database-formats.md, "Side by side".
 */
import type { Finding } from '../errors.ts';
import { parseDatabase, uuidDigits, type DatabaseDialect, type MeshDatabase } from './database.ts';
import { shown } from './findings.ts';
import { withDashes } from './identity.ts';
import { plainOf, printPlain, type PlainJson } from './json.ts';
import { ordered, timestampText, type Stamp } from './style.ts';

export interface Conversion {
  readonly database: MeshDatabase;
  /** What the other form cannot hold, or holds only approximately. */
  readonly lost: readonly Finding[];
}

type Fields = { readonly [key: string]: PlainJson | undefined };

/**
 * Write a database as another program would.
 *
 * Asked for the form it has, a PyACI database is left as it is; a CDB of version 1.0.0 is brought to 1.0.1. The database
 * should have passed `checkDatabase`: faults are not mended here.
 */
export function convertDatabase(database: MeshDatabase, to: DatabaseDialect, stamp: Stamp): Conversion {
  if (database.dialect === 'pyaci' && to === 'pyaci') return { database, lost: [] };
  const losses = new Losses();
  const root = fields(plainOf(database.root));
  const time =
    stamp.timestamp ??
    timestampText(to === 'pyaci' ? 'pyaci' : 'cdb', stamp.now, stamp.timeZoneOffsetMinutes ?? 0);
  const neutral =
    database.format === 'pyaci' ? fromPyaci(root, time, losses) : modernise(root, time, database.dialect);
  const target =
    to === 'pyaci'
      ? toPyaci(neutral, losses)
      : to === 'android'
        ? toAndroid(neutral)
        : toIos(neutral, losses);
  const text = printPlain(
    ordered(target, to),
    to === 'ios' ? 0 : 2,
    to === 'pyaci' ? 'ascii' : to === 'android' ? 'html' : 'raw',
  );
  return { database: parseDatabase(text), lost: losses.list() };
}

/** One finding for each kind of thing lost, with where it was first. */
class Losses {
  private readonly kinds = new Map<
    string,
    { severity: Finding['severity']; message: string; hint: string; count: number }
  >();
  add(kind: string, severity: Finding['severity'], message: string, hint = ''): void {
    const known = this.kinds.get(kind);
    if (known) known.count++;
    else this.kinds.set(kind, { severity, message, hint, count: 1 });
  }
  list(): Finding[] {
    return [...this.kinds].map(([kind, { severity, message, hint, count }]) => ({
      severity,
      code: `meshdb/lost-${kind}`,
      message: count === 1 ? message : `${message} The same in ${count - 1} more places.`,
      hint,
    }));
  }
}

// ---- plain data, read without trust ----

const fields = (value: PlainJson | undefined): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const items = (value: PlainJson | undefined): readonly PlainJson[] =>
  Array.isArray(value) ? (value as readonly PlainJson[]) : [];
const text = (value: PlainJson | undefined): string => (typeof value === 'string' ? value : '');
const numeric = (value: PlainJson | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;
const without = (object: Fields, ...keys: string[]): Fields =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
/** The object with one member made anew, where it has it. */
const map = (object: Fields, key: string, change: (value: PlainJson) => PlainJson | undefined): Fields =>
  object[key] === undefined ? object : { ...object, [key]: change(object[key]) };
const mapItems = (object: Fields, key: string, change: (item: Fields) => Fields): Fields =>
  map(object, key, (list) => items(list).map((item) => change(fields(item))));

const hex4 = (value: number): string => value.toString(16).toUpperCase().padStart(4, '0');
const hexToNumber = (value: PlainJson | undefined): number => Number.parseInt(text(value), 16) || 0;
const isLabel = (value: PlainJson | undefined): boolean => text(value).length >= 32;
const dashed = (value: PlainJson | undefined): string => withDashes(uuidDigits(text(value))).toUpperCase();
const upper = (value: PlainJson): PlainJson =>
  typeof value === 'string' ? value.replaceAll(' ', '').toUpperCase() : value;
const nodeName = (node: Fields): string => `'${shown(text(node['name']))}'`;
const upperKeys = (object: Fields): Fields => map(map(object, 'key', upper), 'oldKey', upper);
const shiftCount = (object: Fields, key: string, by: number): Fields =>
  map(object, key, (setting) =>
    // Android writes `null` for what a node has not told
    setting === null ? null : map(fields(setting), 'count', (count) => (numeric(count) ?? 0) + by),
  );

// ---- into the plain shape ----

const CDB_HEAD = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  id: 'https://www.bluetooth.com/specifications/specs/mesh-cdb-1-0-1-schema.json#',
  version: '1.0.1',
};
const modernWord = (value: PlainJson): PlainJson =>
  value === 'low' ? 'insecure' : value === 'high' ? 'secure' : value;

/** A CDB of any age and hand as one of version 1.0.1, with counts as iOS writes them. */
function modernise(root: Fields, time: string, dialect: DatabaseDialect): Fields {
  let result: Fields = {
    ...root,
    ...CDB_HEAD,
    timestamp: time,
    meshUUID: dashed(root['meshUUID']),
    partial: root['partial'] ?? false,
  };
  for (const key of ['groups', 'scenes', 'networkExclusions'])
    result = { ...result, [key]: result[key] ?? [] };
  result = mapItems(result, 'netKeys', (key) => map(key, 'minSecurity', modernWord));
  result = mapItems(result, 'provisioners', (provisioner) => map(provisioner, 'UUID', dashed));
  result = mapItems(result, 'scenes', (scene) =>
    scene['scene'] === undefined ? scene : { ...without(scene, 'scene'), number: scene['scene'] },
  );
  return mapItems(result, 'nodes', (old) => {
    const node = map(map(old, 'UUID', dashed), 'security', modernWord);
    const withFlag = {
      ...without(node, 'blacklisted'),
      excluded: node['excluded'] ?? node['blacklisted'] ?? false,
    };
    const counted = dialect === 'android' ? shiftCount(withFlag, 'relayRetransmit', 1) : withFlag;
    return mapModels(counted, (model) =>
      map(model, 'publish', (publish) =>
        map(fields(publish), 'period', (period) =>
          typeof period === 'number' ? periodSteps(period).steps : period,
        ),
      ),
    );
  });
}
const mapModels = (node: Fields, change: (model: Fields, element: number) => Fields): Fields =>
  map(node, 'elements', (elements) =>
    items(elements).map((element, i) => mapItems(fields(element), 'models', (model) => change(model, i))),
  );

/** Steps of a publication period; `isExact` when they make just that many milliseconds. */
export function periodSteps(milliseconds: number): { steps: Fields; isExact: boolean } {
  for (const resolution of [100, 1000, 10_000, 600_000]) {
    const numberOfSteps = Math.round(milliseconds / resolution);
    const isExact = numberOfSteps * resolution === milliseconds;
    if (numberOfSteps <= 63 && (isExact || resolution === 600_000 || milliseconds < 63 * resolution))
      return { steps: { numberOfSteps, resolution }, isExact };
  }
  return { steps: { numberOfSteps: 63, resolution: 600_000 }, isExact: false };
}

function fromPyaci(root: Fields, time: string, losses: Losses): Fields {
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
  const list = (key: string, change: (item: Fields) => Fields) =>
    items(root[key]).map((item) => change(fields(item)));
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

// ---- out of the plain shape ----

/** Android stores relay counts as on the air. */
const toAndroid = (root: Fields): Fields =>
  mapItems(root, 'nodes', (node) => shiftCount(node, 'relayRetransmit', -1));

/** iOS wants members left out rather than `null` or empty, and knows a device key as missing only in a partial export. */
function toIos(root: Fields, losses: Losses): Fields {
  const complete = mapItems(root, 'provisioners', (provisioner) => ({
    allocatedGroupRange: [],
    allocatedSceneRange: [],
    ...provisioner,
  }));
  return mapItems(complete, 'nodes', (node) => {
    const kept = Object.fromEntries(
      Object.entries(node).filter(([key, value]) => value !== null && !(key === 'deviceKey' && value === '')),
    );
    if (kept['deviceKey'] === undefined && root['partial'] !== true)
      losses.add(
        'device-key',
        'warning',
        `Node ${nodeName(node)} has no device key; iOS refuses that in a file that does not say it is partial.`,
        'Export the whole network with device keys.',
      );
    return { appKeys: [], elements: [], ...kept };
  });
}

/** Longest publication period PyACI loads, in milliseconds: ten times less than the mesh allows. */
const LONGEST_PYACI_PERIOD_MS = 3_780_000;

function toPyaci(root: Fields, losses: Losses): Fields {
  for (const [key, what] of [
    ['scenes', 'scenes'],
    ['networkExclusions', 'the list of addresses of removed nodes'],
  ] as const)
    if (items(root[key]).length > 0)
      losses.add(
        key,
        'warning',
        `PyACI has no place for ${what}.`,
        key === 'scenes' ? '' : 'It may give these addresses away again: keep a note of them.',
      );
  const lower = (value: PlainJson): PlainJson => (typeof value === 'string' ? value.toLowerCase() : value);
  const lowerKeys = (key: Fields) => map(map(key, 'key', lower), 'oldKey', lower);
  const oldWord = (value: PlainJson): PlainJson =>
    value === 'insecure' ? 'low' : value === 'secure' ? 'high' : value;
  const named = (object: Fields, name: PlainJson | undefined): PlainJson =>
    text(name) || `unnamed ${String(object['index'] ?? '')}`.trim();
  const range = (value: PlainJson) => {
    const { lowAddress, highAddress } = fields(value);
    return { lowAddress: hexToNumber(lowAddress), highAddress: hexToNumber(highAddress) };
  };
  const list = (key: string, change: (item: Fields) => Fields) =>
    items(root[key]).map((item) => change(fields(item)));
  const nodes = items(root['nodes'])
    .map((item) => nodeToPyaci(fields(item), losses))
    .filter((node) => node !== undefined);
  const groups = items(root['groups']).flatMap((item) => {
    const group = fields(item);
    if (!isLabel(group['address']))
      return [
        {
          name: named(group, group['name']),
          address: hexToNumber(group['address']),
          parentAddress: isLabel(group['parentAddress']) ? 0 : hexToNumber(group['parentAddress']),
        },
      ];
    losses.add(
      'label',
      'warning',
      `Group '${shown(text(group['name']))}' has a virtual (label) address, which PyACI cannot hold.`,
    );
    return [];
  });
  return {
    $schema: '',
    meshName: named({}, root['meshName']),
    meshUUID: uuidDigits(text(root['meshUUID'])),
    ivIndex: 0,
    ivUpdate: 0,
    netKeys: list('netKeys', (key) => ({
      ...map(without(lowerKeys(key), 'timestamp'), 'minSecurity', oldWord),
      name: named(key, key['name']),
    })),
    appKeys: list('appKeys', (key) => ({ ...lowerKeys(key), name: named(key, key['name']) })),
    provisioners: list('provisioners', (provisioner) => ({
      UUID: uuidDigits(text(provisioner['UUID'])),
      name: named(provisioner, provisioner['provisionerName']),
      allocatedUnicastRange: items(provisioner['allocatedUnicastRange']).map(range),
      allocatedGroupRange: items(provisioner['allocatedGroupRange']).map(range),
    })),
    ...(nodes.length > 0 && { nodes }),
    ...(groups.length > 0 && { groups }),
    timestamp: root['timestamp'],
  };
}

const notEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

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
  const elements = items(node['elements']).map((item, index) => {
    const element = fields(item);
    return {
      index,
      location: text(element['location']).toLowerCase(),
      name: text(element['name']) || undefined,
      models: notEmpty(items(element['models']).map((model) => modelToPyaci(fields(model), who, losses))),
    };
  });
  const id = (key: string) => (text(node[key]) === '' ? undefined : text(node[key]).toLowerCase());
  const indexes = (key: string) => items(node[key]).map((item) => numeric(fields(item)['index']) ?? 0);
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
    networkTransmit: node['networkTransmit'] ?? undefined,
    relayRetransmit: node['relayRetransmit'] ?? undefined,
    secureNetworkBeacon: typeof beacon === 'boolean' ? Number(beacon) : undefined,
    security: node['security'] === 'secure' ? 'high' : 'low',
    unicastAddress: hexToNumber(node['unicastAddress']),
  };
  return shiftCount(shiftCount(plain, 'networkTransmit', -1), 'relayRetransmit', -1);
}

function modelToPyaci(model: Fields, who: string, losses: Losses): Fields {
  const subscriptions = items(model['subscribe']);
  if (subscriptions.some(isLabel))
    losses.add(
      'label',
      'warning',
      `${who} subscribes to a virtual (label) address, which PyACI cannot hold.`,
      'The node itself keeps it.',
    );
  return {
    modelId: text(model['modelId']).toLowerCase(),
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
  if (problem === undefined) return { ...publish, address: hexToNumber(publish['address']), period };
  losses.add(
    'publication',
    'warning',
    `${who} publishes ${problem}, with which PyACI would refuse the file; the publication was left out.`,
    'The node itself keeps it.',
  );
  return undefined;
}
