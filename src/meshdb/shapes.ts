/**
 * What every object of the two formats may hold, as tables: a row a member, with its rule, and grouped by what it means when
 * it is missing. `check.ts` walks a database along them.
 *
 * Source: docs/database-formats.md.
 */
import type { DatabaseFormat } from './dialect.ts';
import { nodeLabel, shown, type Place } from './findings.ts';
import { member, stringOf, type Json, type JsonObject } from './json.ts';
import {
  checkMembers,
  list,
  object,
  optional,
  required,
  requiredBy,
  unknownAtTop,
  type Members,
  type FaultSink,
} from './objects.ts';
import {
  address,
  anything,
  crplOfPyaci,
  destinationOfCdb,
  destinationOfPyaci,
  deviceKey,
  flag,
  fourDigits,
  key,
  keyIndex,
  keyIndexes,
  location,
  modelId,
  name,
  notEmpty,
  orNull,
  phase,
  publishPeriod,
  publishTtl,
  range,
  securityWord,
  text,
  timestamp,
  transmit,
  unicastOfPyaci,
  uuid,
  whole,
} from './rules.ts';

// ---- what things are called in messages ----

const numbered = (what: string) => (_: Json, index: number) => `${what} ${index}`;
const nodeName = (json: Json, index: number) => nodeLabel(index, stringOf(member(json, 'name')) ?? '');
const modelName = (json: Json) => `model ${shown(stringOf(member(json, 'modelId')) ?? '?')}`;
const keyName = (what: string) => (json: Json, place: number) => {
  const index = member(json, 'index');
  return `${what} key ${index?.kind === 'number' ? index.value : `at place ${place}`}`;
};

const features = {
  friend: whole(0, 2),
  lowPower: whole(0, 2),
  proxy: whole(0, 2),
  relay: whole(0, 2),
};

// ---- PyACI ----

const pyaciModel = object('pyaci', {
  ...required('pyaci', { modelId }),
  ...optional({
    companyId: anything,
    bind: list(keyIndex),
    subscribe: list(destinationOfPyaci(1)),
    publish: object('pyaci', {
      ...required('pyaci', { address: destinationOfPyaci(0) }),
      ...optional({
        credentials: whole(0, 1),
        index: keyIndex,
        period: publishPeriod('pyaci'),
        retransmit: transmit('pyaci', 'publish retransmit', [0, 7]),
        ttl: publishTtl('pyaci'),
      }),
    }),
  }),
});

const pyaciElement = object('pyaci', {
  ...required('pyaci', { index: whole(0, 255) }),
  ...optional({
    location: location('pyaci'),
    models: list(pyaciModel, modelName),
    name,
    unicastAddress: unicastOfPyaci,
  }),
});

const pyaciNode = object('pyaci', {
  ...required('pyaci', {
    UUID: uuid('pyaci'),
    configComplete: flag,
    netKeys: notEmpty(keyIndexes('pyaci')),
    security: securityWord('pyaci'),
    unicastAddress: unicastOfPyaci,
  }),
  ...required('pyaci', { deviceKey: deviceKey('pyaci') }, 'E12'),
  ...optional({
    appKeys: keyIndexes('pyaci'),
    cid: fourDigits,
    pid: fourDigits,
    vid: fourDigits,
    crpl: crplOfPyaci,
    defaultTTL: whole(0, 127),
    elements: list(pyaciElement, numbered('element')),
    features: object('pyaci', required('pyaci', features)),
    name,
    networkTransmit: transmit('pyaci', 'networkTransmit', [0, 7]),
    relayRetransmit: transmit('pyaci', 'relayRetransmit', [0, 7]),
    secureNetworkBeacon: whole(0, 1),
  }),
});

const pyaciNetKey = object('pyaci', {
  ...required('pyaci', { index: keyIndex, key: key('pyaci'), name: notEmpty(name) }),
  ...required('pyaci', { phase }, 'E44'),
  ...required('pyaci', { minSecurity: securityWord('pyaci') }, 'E45'),
  ...optional({ oldKey: key('pyaci') }),
});

const pyaciAppKey = object('pyaci', {
  ...required('pyaci', { boundNetKey: keyIndex, index: keyIndex, key: key('pyaci'), name: notEmpty(name) }),
  ...optional({ oldKey: key('pyaci') }),
});

const pyaciProvisioner = object(
  'pyaci',
  required('pyaci', {
    UUID: uuid('pyaci'),
    name: notEmpty(name),
    allocatedUnicastRange: notEmpty(list(range('pyaci', 'unicast'))),
    allocatedGroupRange: notEmpty(list(range('pyaci', 'group'))),
  }),
);

const pyaciGroup = object('pyaci', {
  ...required('pyaci', { name: notEmpty(name), address: destinationOfPyaci(0) }),
  ...optional({ parentAddress: destinationOfPyaci(0) }),
});

export const pyaciDatabase: Members = {
  ...required('pyaci', { $schema: text }, 'E07', 'PyACI needs the key, even as an empty text'),
  ...required('pyaci', { meshName: notEmpty(name), meshUUID: uuid('pyaci') }),
  ...required(
    'pyaci',
    {
      netKeys: list(pyaciNetKey, keyName('network')),
      appKeys: list(pyaciAppKey, keyName('application')),
      provisioners: list(pyaciProvisioner, numbered('provisioner')),
    },
    'E06',
    'PyACI refuses a database without it, and it must have at least one entry',
  ),
  ...optional({
    nodes: list(pyaciNode, nodeName),
    groups: list(pyaciGroup, numbered('group')),
    ivIndex: whole(0, 0xffff_ffff),
    ivUpdate: whole(0, 1),
    timestamp: anything,
  }),
};

// ---- CDB ----

const cdbModel = object('cdb', {
  ...required('cdb', { modelId }),
  ...requiredBy('iOS', { bind: list(keyIndex), subscribe: list(destinationOfCdb) }),
  ...optional({
    publish: object('cdb', {
      ...required('cdb', {
        address: destinationOfCdb,
        ttl: publishTtl('cdb'),
        period: publishPeriod('cdb'),
        retransmit: transmit('cdb', 'publish retransmit', [0, 7]),
        credentials: whole(0, 1),
      }),
      ...requiredBy('iOS', { index: keyIndex }),
    }),
  }),
});

const cdbElement = object('cdb', {
  ...required('cdb', { location: location('cdb'), models: list(cdbModel, modelName) }),
  ...requiredBy('iOS', { index: whole(0, 255) }),
  ...optional({ name }),
});

const cdbNode = object('cdb', {
  ...required('cdb', {
    UUID: uuid('cdb'),
    unicastAddress: address('cdb', 'unicast'),
    security: securityWord('cdb'),
    netKeys: keyIndexes('cdb'),
    configComplete: flag,
  }),
  ...requiredBy('iOS', { appKeys: keyIndexes('cdb') }),
  ...optional({
    name,
    deviceKey: deviceKey('cdb'),
    cid: fourDigits,
    pid: fourDigits,
    vid: fourDigits,
    crpl: fourDigits,
    features: object('cdb', optional(features)),
    secureNetworkBeacon: orNull(flag),
    defaultTTL: orNull(whole(0, 127)),
    networkTransmit: orNull(transmit('cdb', 'networkTransmit', [1, 8])),
    // iOS counts transmissions as in networkTransmit, Android stores the value on the air
    relayRetransmit: orNull(transmit('cdb', 'relayRetransmit', [0, 8])),
    elements: list(cdbElement, numbered('element')),
    excluded: flag,
    blacklisted: flag,
    heartbeatPub: anything,
    heartbeatSub: anything,
  }),
});

const cdbNetKey = object('cdb', {
  ...required('cdb', { name, index: keyIndex, key: key('cdb'), timestamp }),
  ...required('cdb', { phase }, 'E44'),
  ...required('cdb', { minSecurity: securityWord('cdb') }, 'E45'),
  ...optional({ oldKey: key('cdb') }),
});

const cdbAppKey = object('cdb', {
  ...required('cdb', { name, index: keyIndex, boundNetKey: keyIndex, key: key('cdb') }),
  ...optional({ oldKey: key('cdb') }),
});

const cdbProvisioner = object('cdb', {
  ...required('cdb', {
    provisionerName: name,
    UUID: uuid('cdb'),
    allocatedUnicastRange: list(range('cdb', 'unicast')),
  }),
  ...requiredBy('iOS', {
    allocatedGroupRange: list(range('cdb', 'group')),
    allocatedSceneRange: list(range('cdb', 'scene')),
  }),
});

const cdbGroup = object('cdb', {
  ...required('cdb', { name, address: destinationOfCdb }),
  ...requiredBy('iOS', { parentAddress: destinationOfCdb }),
});

const cdbScene = object('cdb', {
  ...required('cdb', { name }),
  ...optional({ number: fourDigits, scene: fourDigits, addresses: list(address('cdb', 'unicast')) }),
});

const cdbExclusion = object(
  'cdb',
  required('cdb', { ivIndex: whole(0, 0xffff_ffff), addresses: list(address('cdb', 'unicast')) }),
);

export const cdbDatabase: Members = {
  ...required('cdb', { meshUUID: uuid('cdb'), meshName: name, timestamp }),
  ...requiredBy('Android', { $schema: text, id: text, version: text }),
  ...required(
    'cdb',
    {
      netKeys: list(cdbNetKey, keyName('network')),
      appKeys: list(cdbAppKey, keyName('application')),
      provisioners: list(cdbProvisioner, numbered('provisioner')),
    },
    'E06',
  ),
  ...optional({
    partial: flag,
    nodes: list(cdbNode, nodeName),
    groups: list(cdbGroup, numbered('group')),
    scenes: list(cdbScene, numbered('scene')),
    networkExclusions: list(cdbExclusion, numbered('exclusion')),
  }),
};

/** Check the form of everything in a database, member by member. */
export function checkShape(format: DatabaseFormat, root: JsonObject, top: Place, faults: FaultSink): void {
  if (format === 'pyaci') checkMembers(root, top, faults, pyaciDatabase, unknownAtTop);
  else checkMembers(root, top, faults, cdbDatabase, anythingAtTop);
}
const anythingAtTop = (_: string, value: Json, place: Place, faults: FaultSink) =>
  anything(value, place, faults);
