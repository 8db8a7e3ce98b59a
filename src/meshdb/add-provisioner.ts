/**
 * A provisioner of its own for a second phone or bench: with ranges that nobody else has, and in a CDB with a node of its own,
 * so that the two never send from one address.
 */
import { hex } from '../bytes.ts';
import type { MeshdbFinding as Finding } from './errors.ts';
import { AddressMap, HIGHEST_UNICAST, LOWEST_UNICAST } from './addresses.ts';
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import type { AddressRange } from './records.ts';
import { noPlaceForProvisioner, provisionerNameTaken, rangeInUse } from './errors.ts';
import { newDeviceKeys, newUuids, type RandomBytes } from './identity.ts';
import { itemsOf, member, type JsonArray } from './json.ts';
import { appendItems, type Splice } from './splices.ts';
import type { PlainJson } from './json-text.ts';
import { cutSplices, uniteRanges, withoutRanges } from './ranges.ts';
import { addressText, hexText, itemTexts, keyText, stampSplice, uuidText, type Stamp } from './style.ts';

export interface NewProvisioner {
  readonly name: string;
  /** Unicast addresses it gives away; chosen when left out. Taken from other provisioners where these have them free. */
  readonly range?: AddressRange;
  /** Put it in front of the others. PyACI goes by the first one of its file: so the file of a second PyACI is made. */
  readonly isFirst?: boolean;
}

export interface AddedProvisioner {
  readonly database: MeshDatabase;
  readonly range: AddressRange;
  /** Its own address in a CDB: the first of its range. PyACI keeps none in its file. */
  readonly unicast: number | undefined;
  readonly notes: readonly Finding[];
}

/** As many addresses as both apps give a provisioner, and group addresses and scenes as Android does. */
const RANGE_SIZE = 0x199a;
/** Its own address and some nodes. */
const MIN_RANGE_SIZE = 16;
const GROUPS: AddressRange = { low: 0xc000, high: 0xfeff };
const GROUP_RANGE_SIZE = 0x0c9b;
const SCENES: AddressRange = { low: 0x0001, high: 0xffff };
const SCENE_RANGE_SIZE = 0x3333;

/**
 * Add a provisioner. Without a wish it gets addresses behind all that provisioners have; when none are left, the upper half of
 * the longest stretch that is free behind the highest address of the first one, which is taken from its range.
 *
 * @throws `meshdb/provisioner-name-taken`, `meshdb/range-in-use`, `meshdb/no-place-for-provisioner`
 */
export function addProvisioner(
  original: MeshDatabase,
  wish: NewProvisioner,
  randomBytes: RandomBytes,
  stamp: Stamp,
): AddedProvisioner {
  const database = forChange(original);
  if (database.provisioners.some(({ name }) => name === wish.name)) throw provisionerNameTaken(wish.name);
  const range = wish.range ?? chooseRange(database);
  refuseUsed(database, range);
  const list = database.member('provisioners');
  if (list?.kind !== 'array' || list.items.length === 0) throw noPlaceForProvisioner();
  const [uuid] = newUuids(database, 1, randomBytes) as [string];
  // the two changes touch one list, so they are made one after the other
  const cut = withSplices(database, cutSplices(database, [range]));
  const provisioners = cut.member('provisioners');
  if (provisioners?.kind !== 'array') throw noPlaceForProvisioner();
  const record = provisionerRecord(cut, wish.name, uuid, range);
  const changed = withSplices(cut, [
    placed(cut, provisioners, record, wish.isFirst ?? false),
    ...nodeSplices(cut, wish.name, uuid, range.low, randomBytes),
    stampSplice(cut, stamp),
  ]);
  const isPyaci = database.format === 'pyaci';
  const giving = database.provisioners.filter(({ unicastRanges }) =>
    unicastRanges.some(({ low, high }) => low <= range.high && high >= range.low),
  );
  return {
    database: changed,
    range,
    unicast: isPyaci ? undefined : range.low,
    notes: [
      ...giving.map(({ name }) => rangeTaken(name, range)),
      ...(isPyaci ? [pyaciAddress(changed, wish)] : []),
    ],
  };
}

function chooseRange(database: MeshDatabase): AddressRange {
  const map = new AddressMap(database);
  const given = database.provisioners.flatMap(({ unicastRanges }) => unicastRanges);
  // a gap between ranges may be addresses that were taken out because they were in use
  const highest = [...given, ...usedIn(map)].reduce((most, { high }) => Math.max(most, high), 0);
  if (highest + MIN_RANGE_SIZE <= HIGHEST_UNICAST)
    return { low: highest + 1, high: Math.min(highest + RANGE_SIZE, HIGHEST_UNICAST) };
  const free = longestOf(
    map
      .freeRanges()
      .map(({ low, high }) => ({ low: Math.max(low, map.frontier), high }))
      .filter(({ low, high }) => low <= high),
  );
  if (!free || free.high - free.low + 1 < 2 * MIN_RANGE_SIZE) throw noPlaceForProvisioner();
  return { low: Math.ceil((free.low + free.high + 1) / 2), high: free.high };
}

const longestOf = (ranges: readonly AddressRange[]): AddressRange | undefined =>
  ranges.reduce<AddressRange | undefined>(
    (best, one) => (best && best.high - best.low >= one.high - one.low ? best : one),
    undefined,
  );

/** Stretches that nodes, exclusions and PyACI itself have. */
const usedIn = (map: AddressMap): AddressRange[] =>
  map
    .spans()
    .flatMap(({ first, last, use }) => (typeof use === 'string' ? [] : [{ low: first, high: last }]));

function refuseUsed(database: MeshDatabase, { low, high }: AddressRange): void {
  if (low < LOWEST_UNICAST || high > HIGHEST_UNICAST || low > high)
    throw rangeInUse(hex(low, 4), hex(high, 4), 'they are not all unicast addresses, the lower end first');
  for (const span of usedIn(new AddressMap(database)))
    if (span.low <= high && span.high >= low)
      throw rangeInUse(hex(low, 4), hex(high, 4), `${hex(Math.max(span.low, low), 4)} is in use`);
}

/** Addresses of a kind that no provisioner has, up to as many as an app would give; nothing where all are given out. */
function freeOf(
  database: MeshDatabase,
  key: string,
  [lowKey, highKey]: readonly [string, string],
  all: AddressRange,
  size: number,
): AddressRange | undefined {
  const end = (json: ReturnType<typeof member>) =>
    json?.kind === 'number' ? json.value : json?.kind === 'string' ? Number.parseInt(json.value, 16) : NaN;
  const given = itemsOf(database.member('provisioners'))
    .flatMap((provisioner) => itemsOf(member(provisioner, key)))
    .map((range) => ({ low: end(member(range, lowKey)), high: end(member(range, highKey)) }))
    .filter(({ low, high }) => low <= high);
  const longest = longestOf(withoutRanges([all], uniteRanges(given)));
  return longest && { low: longest.low, high: Math.min(longest.high, longest.low + size - 1) };
}

/** A value of JSON from its text, as the functions of `style.ts` give it. */
const valueOf = (json: string): PlainJson => JSON.parse(json) as PlainJson;

function provisionerRecord(
  database: MeshDatabase,
  name: string,
  uuid: string,
  range: AddressRange,
): PlainJson {
  const isPyaci = database.format === 'pyaci';
  const [first] = itemsOf(database.member('provisioners'));
  const ends = ({ low, high }: AddressRange) => ({
    lowAddress: valueOf(addressText(database, low)),
    highAddress: valueOf(addressText(database, high)),
  });
  const groups = freeOf(
    database,
    'allocatedGroupRange',
    ['lowAddress', 'highAddress'],
    GROUPS,
    GROUP_RANGE_SIZE,
  );
  const scenes = freeOf(
    database,
    'allocatedSceneRange',
    ['firstScene', 'lastScene'],
    SCENES,
    SCENE_RANGE_SIZE,
  );
  return {
    [isPyaci ? 'name' : 'provisionerName']: name,
    UUID: valueOf(uuidText(database, uuid, member(first, 'UUID'))),
    allocatedUnicastRange: [ends(range)],
    // PyACI cannot keep an empty list, and never looks at the range
    allocatedGroupRange: groups ? [ends(groups)] : isPyaci ? [ends(GROUPS)] : [],
    ...(!isPyaci && {
      allocatedSceneRange: scenes
        ? [
            {
              firstScene: valueOf(hexText(database, fourDigits(scenes.low))),
              lastScene: valueOf(hexText(database, fourDigits(scenes.high))),
            },
          ]
        : [],
    }),
  };
}
const fourDigits = (value: number): string => value.toString(16).padStart(4, '0');

/** In a CDB a provisioner that is to configure has a node: one element with a configuration client. */
function nodeSplices(
  database: MeshDatabase,
  name: string,
  uuid: string,
  unicast: number,
  randomBytes: RandomBytes,
): readonly Splice[] {
  const nodes = database.member('nodes');
  if (database.format === 'pyaci' || nodes?.kind !== 'array') return [];
  const [deviceKey] = newDeviceKeys(database, 1, randomBytes) as [Uint8Array];
  const isOld = nodes.items.some((node) => member(node, 'blacklisted') !== undefined);
  const keys = (records: readonly { index: number }[]) =>
    records.map(({ index }) => ({ index, updated: false }));
  const record: PlainJson = {
    UUID: valueOf(uuidText(database, uuid, member(nodes.items[0], 'UUID'))),
    name,
    deviceKey: valueOf(keyText(database, deviceKey)),
    unicastAddress: valueOf(addressText(database, unicast)),
    security: isOld ? 'high' : 'secure',
    configComplete: true,
    netKeys: keys(database.netKeys),
    appKeys: keys(database.appKeys),
    elements: [{ index: 0, location: '0000', models: [{ modelId: '0001', bind: [], subscribe: [] }] }],
    [isOld ? 'blacklisted' : 'excluded']: false,
  };
  return [appendItems(database.origin.text, nodes, itemTexts(database, nodes, [record]))];
}

const rangeTaken = (name: string, { low, high }: AddressRange): Finding => ({
  severity: 'warning',
  code: 'meshdb/range-taken',
  message: `The addresses ${hex(low, 4)} to ${hex(high, 4)} were in the range of provisioner '${name}' and are no longer.`,
  hint: 'Give the new database to that provisioner before it adds nodes again, or both may give one address away.',
});

/** An item at one of the ends of a list that has some. */
function placed(database: MeshDatabase, list: JsonArray, value: PlainJson, isFirst: boolean): Splice {
  const { text } = database.origin;
  const [written] = itemTexts(database, list, [value]) as [string];
  const [first, second] = list.items;
  if (!isFirst || first === undefined) return appendItems(text, list, [written]);
  const between =
    second === undefined
      ? `,${text.slice(list.start + 1, first.start)}`
      : text.slice(first.end, second.start);
  return { start: first.start, end: first.start, insert: written + between };
}

/**
 * What a second PyACI has to be told, as its file does not.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, scripts/interactive_pyaci/interactive_pyaci.py, `DEFAULT_LOCAL_UNICAST_ADDRESS_START`.
 */
function pyaciAddress({ provisioners }: MeshDatabase, { name, isFirst }: NewProvisioner): Finding {
  const lowest = Math.min(
    ...provisioners.flatMap(({ unicastRanges }) => unicastRanges.map(({ low }) => low)),
  );
  const own = lowest - provisioners.length + 1;
  const place = own > 0x0001 ? ` (${hex(own, 4)} is below all ranges)` : ', one that no range has';
  return {
    severity: 'warning',
    code: 'meshdb/pyaci-own-address',
    message: 'PyACI keeps no own address in its file: each one takes 0x0001 when it starts.',
    hint: `Before starting the second one, set DEFAULT_LOCAL_UNICAST_ADDRESS_START in its interactive_pyaci.py to another address${place}.${isFirst ? '' : ` PyACI goes by the first provisioner of its file: give the second one a copy that has '${name}' in front (--first).`}`,
  };
}
