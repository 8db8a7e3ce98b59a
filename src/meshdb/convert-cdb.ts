/**
 * Mesh Configuration Databases into the plain shape that all conversions go through, and out of it: a CDB of version 1.0.1 with
 * relay counts as iOS and the Kotlin library write them, and intervals in milliseconds.
 */
import type { DatabaseDialect } from './database.ts';
import { shown } from './findings.ts';
import type { Losses } from './losses.ts';
import {
  dashed,
  fields,
  map,
  mapItems,
  mapModels,
  modernWord,
  numeric,
  shiftCount,
  text,
  without,
  type Fields,
} from './plain.ts';

export const nodeName = (node: Fields): string => `'${shown(text(node['name']))}'`;

export const CDB_HEAD = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  id: 'https://www.bluetooth.com/specifications/specs/mesh-cdb-1-0-1-schema.json#',
  version: '1.0.1',
};
/** A CDB of any age and hand as one of version 1.0.1, with counts as iOS writes them. */
export function modernise(root: Fields, time: string, dialect: DatabaseDialect): Fields {
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
  result = mapItems(result, 'scenes', (scene) => renamed(scene, 'scene', 'number'));
  return mapItems(result, 'nodes', (node) => moderniseNode(node, dialect));
}

function moderniseNode(old: Fields, dialect: DatabaseDialect): Fields {
  const node = map(map(old, 'UUID', dashed), 'security', modernWord);
  const withFlag = {
    ...without(node, 'blacklisted'),
    excluded: node['excluded'] ?? node['blacklisted'] ?? false,
  };
  const withTarget = map(withFlag, 'heartbeatPub', (heartbeat) =>
    heartbeat === null ? null : renamed(fields(heartbeat), 'destination', 'address'),
  );
  const counted = dialect === 'android' ? shiftCount(withTarget, 'relayRetransmit', 1) : withTarget;
  const repeating = ['networkTransmit', 'relayRetransmit'].reduce(moderniseRepeat, counted);
  return mapModels(repeating, (model) =>
    map(model, 'publish', (publish) => {
      const timed = map(fields(publish), 'period', (period) =>
        typeof period === 'number' ? periodSteps(period).steps : period,
      );
      return map(timed, 'retransmit', (retransmit) => inMilliseconds(fields(retransmit), 50));
    }),
  );
}

/** Both apps take a count or an interval of 0 for a setting that the node has not told. */
function moderniseRepeat(node: Fields, key: string): Fields {
  const setting = node[key];
  if (setting === undefined || setting === null) return node;
  const { count, interval } = fields(setting);
  if (count === 0 || interval === 0) return without(node, key);
  return { ...node, [key]: inMilliseconds(fields(setting), 10) };
}

/**
 * Old Android versions wrote the step of an interval, from 0, in place of its milliseconds.
 *
 * Source: Android-nRF-Mesh-Library, issue 317 and transport/NodeDeserializer.java.
 */
const inMilliseconds = (setting: Fields, step: 10 | 50): Fields =>
  map(setting, 'interval', (interval) => {
    const found = numeric(interval) ?? 0;
    const isStep = found > 0 && found % step !== 0 && found <= 32;
    return isStep ? (found + 1) * step : interval;
  });

const renamed = (object: Fields, from: string, to: string): Fields =>
  object[from] === undefined || object[to] !== undefined
    ? object
    : { ...without(object, from), [to]: object[from] };

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

// ---- out of the plain shape ----

/** Android stores relay counts as on the air, and passes over a count of 0 as if the node had not told it. */
export const toAndroid = (root: Fields, losses: Losses): Fields =>
  mapItems(root, 'nodes', (node) => {
    const counted = shiftCount(node, 'relayRetransmit', -1);
    if (fields(counted['relayRetransmit'])['count'] !== 0) return counted;
    losses.add(
      'relay-count',
      'info',
      `Node ${nodeName(node)} relays each message once, for which the Android app has no value; it shows one repetition.`,
      'Nothing needs to be done: the node itself keeps its setting, and the app asks for it.',
    );
    return shiftCount(counted, 'relayRetransmit', 1);
  });

/** iOS wants members left out rather than `null` or empty, and knows a device key as missing only in a partial export. */
export function toIos(root: Fields, losses: Losses): Fields {
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
    return withModelLists({ appKeys: [], elements: [], ...kept });
  });
}

/** iOS insists on both lists of a model, be they empty. */
const withModelLists = (node: Fields): Fields =>
  mapModels(node, (model) => ({ bind: [], subscribe: [], ...model }));
