/**
 * Several benches at once: each gets a share of the free addresses and works without the others; their databases are merged
 * when all are done.
 */
import { hex, toHex } from '../bytes.ts';
import type { MeshdbFinding as Finding } from './errors.ts';
import { AddressMap, addressesOf, findProvisioner, type AddressOptions } from './addresses.ts';
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import { uuidDigits } from './values.ts';
import type { NodeRecord } from './node-record.ts';
import type { AddressRange } from './records.ts';
import { cannotSplit, otherNetwork } from './errors.ts';
import { nodeLabel, type DatabaseFinding } from './findings.ts';
import { itemsOf, member, stringOf, wholeOf, type Json } from './json.ts';
import { appendItems, insertMember, type Splice } from './splices.ts';
import { plainOf, printPlain } from './json-text.ts';
import { rangesSplice, uniteRanges } from './ranges.ts';
import { placeFor, stampSplice, type Stamp } from './style.ts';

/**
 * Share the range of one provisioner among benches.
 *
 * Each gets the database as it is, with the provisioner's range cut down to a share of its own: about as many free addresses
 * behind the highest one as the others. Shares do not overlap and follow each other by rising address. Nodes outside its share
 * are outside every range for a bench; that is a warning there, and gone after the merge.
 *
 * @param provisioner  by name or UUID; the first when `undefined`
 * @param shares       2 or more
 * @throws             `meshdb/cannot-split` when there are fewer free addresses than shares, or no range;
 *                     `meshdb/no-such-provisioner`, `meshdb/ambiguous-provisioner`
 */
export function splitRange(
  original: MeshDatabase,
  provisioner: string | undefined,
  shares: number,
  stamp: Stamp,
): readonly MeshDatabase[] {
  const database = forChange(original);
  const record = findProvisioner(database, provisioner);
  const options: AddressOptions = provisioner === undefined ? {} : { provisioner };
  const map = new AddressMap(database, options);
  const refuse = (reason: string) => cannotSplit(record?.name ?? '', shares, reason);
  if (record === undefined || !map.hasRange) throw refuse('it has none');
  if (!Number.isInteger(shares) || shares < 2) throw refuse('two shares or more are needed');
  const runs = freeRangesBehind(map);
  const freeCount = runs.reduce((sum, { low, high }) => sum + high - low + 1, 0);
  if (freeCount < shares)
    throw refuse(`only ${freeCount} addresses are free behind ${hex(map.frontier - 1, 4)}`);

  const starts = Array.from({ length: shares }, (_, i) => freeAt(runs, Math.floor((i * freeCount) / shares)));
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? Infinity;
    const from = i === 0 ? 0 : start; // the first share keeps what is used below the first free address
    const ranges = map.ranges
      .map(({ low, high }) => ({ low: Math.max(low, from), high: Math.min(high, end - 1) }))
      .filter(({ low, high }) => low <= high);
    return withSplices(database, [
      rangesSplice(database, record.index, ranges),
      stampSplice(database, stamp),
    ]);
  });
}

/** Where clones go without being asked: gaps below may be addresses that somebody had. */
const freeRangesBehind = (map: AddressMap): readonly AddressRange[] =>
  map
    .freeRanges()
    .map(({ low, high }) => ({ low: Math.max(low, map.frontier), high }))
    .filter(({ low, high }) => low <= high);

/** The free address that has `skip` others below it; there are more than that. */
function freeAt(runs: readonly AddressRange[], skip: number): number {
  let left = skip;
  for (const { low, high } of runs) {
    const length = high - low + 1;
    if (left < length) return low + left;
    left -= length;
  }
  return Infinity;
}

/** What a person should know before two of the shares are at work at one time. */
export function notesOnShares(database: MeshDatabase, provisioner?: string): readonly Finding[] {
  const record = findProvisioner(database, provisioner);
  return [
    {
      severity: 'warning',
      code: 'meshdb/same-provisioner',
      message: `All shares have one provisioner '${record?.name ?? ''}', with one address and one row of sequence numbers.`,
      hint: 'Benches that press and write boards need no more. To provision or configure with two of them at one time, give the second a provisioner of its own (add-provisioner).',
    },
  ];
}

export interface Merge {
  readonly database: MeshDatabase;
  /** What both have and have differently, or what cannot be both: the first database's version stands. Paths are of the second. */
  readonly conflicts: readonly DatabaseFinding[];
}

/** A list of a database: what two of its items have in common when they mean the same thing. */
interface MergedList {
  readonly key: 'netKeys' | 'appKeys' | 'groups' | 'scenes' | 'networkExclusions' | 'provisioners';
  readonly identity: (json: Json) => string;
  readonly what: (json: Json) => string;
  /** A list inside the items that is a set, so that both sides can be had. */
  readonly set?: string;
}
const indexOf = (json: Json) => String(wholeOf(member(json, 'index')) ?? '');
const numberOf = (json: Json) =>
  (stringOf(member(json, 'number') ?? member(json, 'scene')) ?? '').toUpperCase();
const MERGED_LISTS: readonly MergedList[] = [
  { key: 'netKeys', identity: indexOf, what: (json) => `Network key ${indexOf(json)}` },
  { key: 'appKeys', identity: indexOf, what: (json) => `Application key ${indexOf(json)}` },
  {
    key: 'groups',
    identity: (json) => valueText(member(json, 'address')),
    what: (json) => `Group ${valueText(member(json, 'address'))}`,
  },
  { key: 'scenes', identity: numberOf, what: (json) => `Scene ${numberOf(json)}`, set: 'addresses' },
  {
    key: 'networkExclusions',
    identity: (json) => valueText(member(json, 'ivIndex')),
    what: (json) => `The exclusion list of IV index ${valueText(member(json, 'ivIndex'))}`,
    set: 'addresses',
  },
  {
    key: 'provisioners',
    identity: (json) => uuidDigits(stringOf(member(json, 'UUID')) ?? ''),
    what: (json) =>
      `Provisioner '${stringOf(member(json, 'provisionerName') ?? member(json, 'name')) ?? ''}'`,
    set: 'allocatedUnicastRange',
  },
];

/** A value for comparing, whatever blanks, order of members and case of digits it was written with. */
function valueText(json: Json | undefined): string {
  if (json === undefined) return '';
  const sort = (value: unknown): unknown => {
    if (typeof value === 'string' && /^[0-9a-f-]+$/i.test(value)) return uuidDigits(value);
    if (Array.isArray(value)) return value.map(sort);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, item]) => [key, sort(item)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  };
  return JSON.stringify(sort(plainOf(json))).replace(/^"|"$/g, '');
}

/**
 * All that two databases of one network know, in the form of the first.
 *
 * Records only one of them has are added; address ranges, scenes and exclusions are united. Where they contradict each
 * other, the first stands and a conflict says so: nothing is overwritten in silence.
 *
 * @throws `meshdb/other-network` when format, mesh UUID or a network key differ
 */
export function mergeDatabases(a: MeshDatabase, b: MeshDatabase, stamp: Stamp): Merge {
  assertSameNetwork(a, b);
  const [target, source] = [forChange(a), forChange(b)];
  const conflicts: DatabaseFinding[] = [];
  const splices: Splice[] = [stampSplice(target, stamp)];
  for (const list of MERGED_LISTS) mergeList(target, source, list, splices, conflicts);
  mergeNodes(target, source, splices, conflicts);
  return { database: withSplices(target, splices), conflicts };
}

function assertSameNetwork(a: MeshDatabase, b: MeshDatabase): void {
  if (a.format !== b.format) throw otherNetwork('one is of PyACI, the other a CDB of a phone app');
  if (uuidDigits(a.meshUuid) !== uuidDigits(b.meshUuid)) throw otherNetwork('their mesh UUIDs differ');
  const keys = new Map(a.netKeys.map(({ index, key }) => [index, key && toHex(key)]));
  for (const { index, key } of b.netKeys) {
    const known = keys.get(index);
    if (known !== undefined && key !== undefined && known !== toHex(key))
      throw otherNetwork(`their network keys ${index} differ`);
  }
}

function conflict(path: string, message: string, severity: 'error' | 'warning' = 'warning'): DatabaseFinding {
  return {
    severity,
    code: 'meshdb/merge-conflict',
    message,
    hint: 'Compare the two databases and mend the merged one in the provisioner.',
    path,
  };
}

function mergeList(
  target: MeshDatabase,
  source: MeshDatabase,
  { key, identity, what, set }: MergedList,
  splices: Splice[],
  conflicts: DatabaseFinding[],
): void {
  const list = target.member(key);
  const known = new Map(itemsOf(list).map((json, index) => [identity(json), { json, index }]));
  const added: Json[] = [];
  for (const [i, json] of itemsOf(source.member(key)).entries()) {
    const twin = known.get(identity(json));
    if (twin === undefined) {
      added.push(json);
      continue;
    }
    if (key === 'provisioners') {
      const ours = target.provisioners[twin.index]!.unicastRanges;
      const united = uniteRanges([...ours, ...source.provisioners[i]!.unicastRanges]);
      if (JSON.stringify(united) !== JSON.stringify(ours))
        splices.push(rangesSplice(target, twin.index, united));
    } else if (set !== undefined) {
      const ourSet = member(twin.json, set);
      const have = new Set(itemsOf(ourSet).map(valueText));
      const more = itemsOf(member(json, set)).filter((item) => !have.has(valueText(item)));
      if (more.length > 0 && ourSet?.kind === 'array')
        splices.push(
          appendItems(
            target.origin.text,
            ourSet,
            more.map((item) => transplant(item, source, target)),
          ),
        );
    }
    const differing = differences(twin.json, json, set);
    if (differing.length > 0)
      conflicts.push(
        conflict(
          `${key}[${i}]`,
          `${what(json)} differs in ${differing.join(', ')}; the first database's version is kept.`,
        ),
      );
  }
  append(target, source, key, added, splices);
}

/** Names of the members that differ, but for one that is united. */
function differences(a: Json, b: Json, united?: string): string[] {
  const keys = [a, b].flatMap((json) => (json.kind === 'object' ? json.keys : []));
  return [...new Set(keys)].filter(
    (key) => key !== united && valueText(member(a, key)) !== valueText(member(b, key)),
  );
}

function append(
  target: MeshDatabase,
  source: MeshDatabase,
  key: string,
  added: readonly Json[],
  splices: Splice[],
): void {
  if (added.length === 0) return;
  const { text } = target.origin;
  const list = target.member(key);
  const items = added.map((json) => transplant(json, source, target));
  if (list?.kind === 'array') splices.push(appendItems(text, list, items));
  else
    splices.push(
      insertMember(text, target.root, placeFor(target, target.root, key), key, `[${items.join(',')}]`),
    );
}

/** The text of a value of one database as it fits into another. */
function transplant(json: Json, source: MeshDatabase, target: MeshDatabase): string {
  const newline = target.origin.text.includes('\r\n') ? '\r\n' : '\n';
  if (source.dialect === target.dialect)
    return source.origin.text.slice(json.start, json.end).replace(/\r?\n/g, newline);
  const indent = target.origin.text.includes('\n') ? 2 : 0;
  // items of a list of the top level stand two levels deep
  return printPlain(plainOf(json), indent, target.origin.escapes).replaceAll('\n', `${newline}    `);
}

function mergeNodes(
  target: MeshDatabase,
  source: MeshDatabase,
  splices: Splice[],
  conflicts: DatabaseFinding[],
): void {
  const map = new AddressMap(target);
  // older cloning scripts gave one UUID to many nodes, so in PyACI the address belongs to the identity
  const identity = ({ uuid, unicast }: NodeRecord) =>
    uuidDigits(uuid) + (target.format === 'pyaci' ? ` ${unicast}` : '');
  const known = new Map(target.nodes.map((node) => [identity(node), node]));
  const keys = new Map(target.nodes.map((node) => [node.deviceKey && toHex(node.deviceKey), node]));
  const added: Json[] = [];
  for (const node of source.nodes) {
    const who = `Node${nodeLabel(node.index, node.name).slice(4)} of the second database`;
    const path = `nodes[${node.index}]`;
    const twin = known.get(identity(node));
    if (twin !== undefined) {
      const differing = differences(twin.json, node.json);
      if (differing.length > 0)
        conflicts.push(
          conflict(path, `${who} differs in ${differing.join(', ')}; the first database's version is kept.`),
        );
      continue;
    }
    const span = addressesOf(node);
    const rival = span && nodeIn(map, span);
    const keyTwin = node.deviceKey && keys.get(toHex(node.deviceKey));
    if (rival !== undefined)
      conflicts.push(
        conflict(
          path,
          `${who} has addresses of ${nodeLabel(rival.index, rival.name)}; it is left out.`,
          'error',
        ),
      );
    else if (keyTwin !== undefined)
      conflicts.push(
        conflict(
          path,
          `${who} has the device key of ${nodeLabel(keyTwin.index, keyTwin.name)}; it is left out.`,
          'error',
        ),
      );
    else added.push(node.json);
  }
  append(target, source, 'nodes', added, splices);
}

function nodeIn(map: AddressMap, { low, high }: AddressRange) {
  for (let address = low; address <= high; address++) {
    const owner = map.ownerOf(address);
    if (owner?.kind === 'node') return owner;
  }
  return undefined;
}
