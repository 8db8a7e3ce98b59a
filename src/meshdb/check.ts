/**
 * What is wrong with a database, all of it at once: first the form of every member (`shapes.ts`), then what only shows when
 * records are held against each other, then whether the donor can be cloned.
 *
 * Long because it is one catalogue: a check for each code, in their order.
 *
 * Source of the codes: docs/database-formats.md, "What is refused".
 */
import { hex, toHex } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import { HIGHEST_UNICAST, LOWEST_UNICAST, addressesOf, usedAddresses, type AddressMap } from './addresses.ts';
import { isOwnAddress } from './add-clones.ts';
import {
  formatSigns,
  parseDatabase,
  readUnicast,
  uuidDigits,
  type MeshDatabase,
  type NodeRecord,
} from './database.ts';
import { Findings, Place, nodeLabel, shown, type DatabaseCode, type DatabaseFinding } from './findings.ts';
import { itemsOf, member, stringOf, wholeOf, type Json } from './json.ts';
import { checkShape } from './shapes.ts';

export interface CheckOptions {
  /** The node to be cloned. Without it, faults of a donor are reported where every possible donor has them. */
  readonly donorIndex?: number;
}

/**
 * Check a database, readable or not.
 *
 * Never throws on what a file holds: a file that cannot be read at all gives the one finding that says why.
 *
 * @returns  errors first; empty when all is well
 * @throws   `meshdb/no-such-node` when there is no node `donorIndex`
 */
export function checkDatabase(
  source: MeshDatabase | Uint8Array | string,
  options: CheckOptions = {},
): readonly DatabaseFinding[] {
  if (typeof source === 'string' || source instanceof Uint8Array) {
    let database: MeshDatabase;
    try {
      database = parseDatabase(source);
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      // this room's errors, as reading is its own work
      const code = (error.facts['catalogue'] ?? error.code) as DatabaseCode;
      return [{ severity: 'error', code, message: error.message, hint: error.hint, path: '' }];
    }
    return checkRead(database, options);
  }
  return checkRead(source, options);
}

/** A database never changes, so what was found in one stays true: page, plan and run all ask. By donor; -1 is none. */
const checked = new WeakMap<MeshDatabase, Map<number, readonly DatabaseFinding[]>>();

function checkRead(database: MeshDatabase, { donorIndex }: CheckOptions): readonly DatabaseFinding[] {
  const byDonor = checked.get(database) ?? new Map<number, readonly DatabaseFinding[]>();
  checked.set(database, byDonor);
  const known = byDonor.get(donorIndex ?? -1) ?? findAll(database, donorIndex);
  byDonor.set(donorIndex ?? -1, known);
  return known;
}

function findAll(database: MeshDatabase, donorIndex: number | undefined): readonly DatabaseFinding[] {
  const findings = new Findings();
  checkFile(database, findings);
  checkForm(database, findings);
  checkLists(database, findings);
  checkReferences(database, findings);
  checkIdentities(database, findings);
  checkElements(database, findings);
  checkOverlaps(database, findings);
  const map = usedAddresses(database);
  checkRanges(database, findings);
  checkAddressLists(database, map, findings);
  checkPublications(database, findings);
  checkDonor(database, map, donorIndex, findings);
  return findings.finish();
}

const label = (node: NodeRecord): string => nodeLabel(node.index, node.name);
const Label = (node: NodeRecord): string => `Node${label(node).slice(4)}`;
const keepProvisioner = 'Mend it with the provisioner that wrote the file.';

function checkFile(database: MeshDatabase, findings: Findings): void {
  if (database.origin.hasByteOrderMark)
    findings.add(
      'warning',
      'E03',
      '',
      'The file starts with a byte order mark. It is read, but PyACI cannot load it.',
      'The saved copy has none.',
    );
  for (const { path, key, firstLine, secondLine } of database.origin.duplicates)
    findings.add(
      'error',
      'E34',
      path.replace(/^meshNetwork\./, ''),
      `The key '${shown(key)}' occurs twice (lines ${firstLine} and ${secondLine}); most readers count only the last.`,
      'Remove one of the two; what is said here is about the first.',
    );
}

/** The form of every member, and the other format's members among them as one finding. */
function checkForm(database: MeshDatabase, findings: Findings): void {
  const { root, format } = database;
  const foreign: { key: string; place: Place }[] = [];
  checkShape(format, root, new Place(), {
    findings,
    foreign: (key, place) => foreign.push({ key, place }),
  });
  // the form of an address has findings of its own
  const signs = formatSigns(root)[format === 'pyaci' ? 'cdb' : 'pyaci'].filter(
    (path) => !path.endsWith('unicastAddress') && !foreign.some(({ place }) => place.path === path),
  );
  for (const path of signs) foreign.push({ key: path.split('.').at(-1)!, place: new Place(undefined, path) });
  const [first, ...others] = foreign;
  if (first === undefined) return;
  const where = first.place.who === '' ? 'The file' : first.place.who;
  const more = others.length === 0 ? '' : ` ${others.length} more such keys follow.`;
  findings.add(
    'error',
    'E28',
    first.place,
    format === 'pyaci'
      ? `${where} has the key '${shown(first.key)}', which belongs to the phone app format (CDB); PyACI stops at it.${more}`
      : `${where} has the key '${shown(first.key)}', which belongs to the PyACI format; the rest looks like a phone app's (CDB).${more}`,
    'The two formats cannot be mixed: take the file as one program wrote it.',
  );
}

function checkLists(database: MeshDatabase, findings: Findings): void {
  const isEmptyList = (key: string) => {
    const json = database.member(key);
    return json?.kind === 'array' && json.items.length === 0;
  };
  const nodes = database.member('nodes');
  if (nodes === undefined || isEmptyList('nodes'))
    findings.add(
      'error',
      'E09',
      'nodes',
      'The database has no nodes yet.',
      'Provision one node first, then clone it.',
    );
  if (isEmptyList('netKeys'))
    findings.add(
      'error',
      'E47',
      'netKeys',
      'The network has no network key: there is nothing to talk with.',
      'Export or copy the database again.',
    );
  for (const key of ['appKeys', 'provisioners']) {
    if (!isEmptyList(key) || (key === 'appKeys' && database.format === 'cdb')) continue;
    findings.add(
      'error',
      'E06',
      key,
      database.format === 'pyaci'
        ? `${key} is empty. PyACI would leave it out when it stores, and refuses a database without it.`
        : `${key} is empty; the iOS app refuses the file.`,
      'Add one with the provisioner.',
    );
  }
  checkUniqueIndexes(database.member('netKeys'), 'network', 'netKeys', findings);
  checkUniqueIndexes(database.member('appKeys'), 'application', 'appKeys', findings);
}

function checkUniqueIndexes(list: Json | undefined, what: string, path: string, findings: Findings): void {
  const seen = new Set<number>();
  for (const [i, json] of itemsOf(list).entries()) {
    const index = wholeOf(member(json, 'index'));
    if (index === undefined) continue;
    if (seen.has(index))
      findings.add(
        'error',
        'E39',
        `${path}[${i}].index`,
        `Two ${what} keys have index ${index}.`,
        keepProvisioner,
      );
    seen.add(index);
  }
}

/** Key indexes that point nowhere. A list that is missing altogether has been reported as that. */
function checkReferences(database: MeshDatabase, findings: Findings): void {
  const indexesIn = (key: string) => {
    const list = database.member(key);
    return list?.kind === 'array'
      ? new Set(list.items.map((json) => wholeOf(member(json, 'index'))))
      : undefined;
  };
  const netKeys = indexesIn('netKeys');
  const appKeys = indexesIn('appKeys');
  const severity = database.format === 'pyaci' ? 'warning' : 'error';
  const lost = (path: string, who: string, verb: string, index: number) =>
    findings.add(
      severity,
      'E19',
      path,
      `${who} ${verb} application key ${index}, which the database does not list.`,
      keepProvisioner,
    );

  for (const [i, key] of database.appKeys.entries())
    if (netKeys && !netKeys.has(key.boundNetKey))
      findings.add(
        severity,
        'E19',
        `appKeys[${i}].boundNetKey`,
        `Application key ${key.index} is bound to network key ${key.boundNetKey}, which is not listed.`,
        keepProvisioner,
      );
  for (const node of database.nodes) {
    const path = `nodes[${node.index}]`;
    for (const index of netKeys ? new Set(node.netKeyIndexes) : [])
      if (!netKeys!.has(index))
        findings.add(
          'error',
          'E18',
          `${path}.netKeys`,
          `${Label(node)} uses network key ${index}, which the database does not list.`,
          keepProvisioner,
        );
    if (appKeys === undefined) continue;
    for (const index of new Set(node.appKeyIndexes))
      if (!appKeys.has(index)) lost(`${path}.appKeys`, Label(node), 'has', index);
    for (const { place, who, binds, publishIndex } of modelsOf(node)) {
      for (const index of binds) if (!appKeys.has(index)) lost(`${place}.bind`, who, 'is bound to', index);
      if (publishIndex !== undefined && !appKeys.has(publishIndex))
        lost(`${place}.publish.index`, who, 'publishes with', publishIndex);
    }
  }
}

/** The models of a node where they stand in its record. */
function* modelsOf(node: NodeRecord) {
  for (const [e, element] of itemsOf(member(node.json, 'elements')).entries())
    for (const [m, model] of itemsOf(member(element, 'models')).entries())
      yield {
        element: e,
        place: `nodes[${node.index}].elements[${e}].models[${m}]`,
        get who() {
          return `${Label(node)}, element ${e}, model ${shown(stringOf(member(model, 'modelId')) ?? '?')}`;
        },
        binds: itemsOf(member(model, 'bind')).flatMap((json) => wholeOf(json) ?? []),
        publishIndex: wholeOf(member(member(model, 'publish'), 'index')),
        publishAddress: member(member(model, 'publish'), 'address'),
      };
}

/** Two nodes with one UUID or one device key. */
function checkIdentities(database: MeshDatabase, findings: Findings): void {
  const uuids = new Map<string, NodeRecord>();
  const keys = new Map<string, NodeRecord>();
  for (const node of database.nodes) {
    const digits = uuidDigits(node.uuid);
    const twin = uuids.get(digits);
    if (twin === undefined) uuids.set(digits, node);
    else if (digits !== '')
      findings.add(
        database.format === 'pyaci' ? 'warning' : 'error',
        'E16',
        `nodes[${node.index}].UUID`,
        database.format === 'pyaci'
          ? `${Label(twin)} and ${label(node)} have the same UUID (older cloning scripts left it so). PyACI tolerates it, the phone apps keep only one of them.`
          : `${Label(twin)} and ${label(node)} have the same UUID: the Android app would keep only the last one, iOS finds only the first.`,
        'Give one of them a UUID of its own.',
      );
    const deviceKey = node.deviceKey;
    const key = deviceKey && toHex(deviceKey);
    const keyTwin = key === undefined ? undefined : keys.get(key);
    if (key !== undefined && keyTwin === undefined) keys.set(key, node);
    if (keyTwin !== undefined)
      findings.add(
        'warning',
        'E17',
        `nodes[${node.index}].deviceKey`,
        `${Label(keyTwin)} and ${label(node)} share one device key: whoever holds it can reconfigure both.`,
        'Provision one of them again.',
      );
  }
}

function checkElements(database: MeshDatabase, findings: Findings): void {
  for (const node of database.nodes) {
    const elements = itemsOf(member(node.json, 'elements'));
    const last = node.unicast + elements.length - 1;
    if (node.unicast >= LOWEST_UNICAST && node.unicast <= HIGHEST_UNICAST && last > HIGHEST_UNICAST)
      findings.add(
        'error',
        'E40',
        `nodes[${node.index}].elements`,
        `${Label(node)} has ${elements.length} elements from ${hex(node.unicast, 4)} on: the last would be ${hex(last, 4)}, beyond 0x7FFF.`,
        keepProvisioner,
      );
    const indexes = elements.map((element) => wholeOf(member(element, 'index')));
    if (indexes.some((index, i) => index !== undefined && index !== i))
      findings.add(
        'warning',
        'E21',
        `nodes[${node.index}].elements`,
        `${Label(node)}: element indices are ${indexes.map((index) => index ?? '?').join(', ')}; expected ${indexes.map((_, i) => i).join(', ')}. The place in the list decides.`,
        'Read the composition data of the node again.',
      );
  }
}

/** Nodes that share addresses: walk by rising address and remember who reaches furthest. */
function checkOverlaps(database: MeshDatabase, findings: Findings): void {
  const spans = database.nodes
    .flatMap((node) => {
      const span = addressesOf(node);
      return span ? [{ node, ...span }] : [];
    })
    .sort((a, b) => a.low - b.low || a.node.index - b.node.index);
  let furthest = spans[0];
  let sameStart = spans[0];
  for (const span of spans.slice(1)) {
    const path = `nodes[${span.node.index}].unicastAddress`;
    if (span.low === sameStart!.low)
      findings.add(
        'error',
        'E14',
        path,
        `${Label(sameStart!.node)} and ${label(span.node)} both claim ${hex(span.low, 4)}.`,
        'Remove the one that is not on the air; two nodes with one address cannot both be heard.',
      );
    else {
      sameStart = span;
      if (span.low <= furthest!.high)
        findings.add(
          'error',
          'E15',
          path,
          `${Label(span.node)} (${hex(span.low, 4)} to ${hex(span.high, 4)}) starts inside the element range of ${label(furthest!.node)} (${hex(furthest!.low, 4)} to ${hex(furthest!.high, 4)}).`,
          'Remove the one that was added without regard to elements, and provision it again.',
        );
    }
    if (span.high > furthest!.high) furthest = span;
  }
}

function checkRanges(database: MeshDatabase, findings: Findings): void {
  const ranges = database.provisioners
    .flatMap(({ index, unicastRanges }) => unicastRanges.map((range) => ({ ...range, provisioner: index })))
    .sort((a, b) => a.low - b.low);
  // a broken range says nothing about who lies outside
  if (ranges.length === 0 || ranges.some(({ low, high }) => low > high)) return;

  let furthest = ranges[0]!;
  for (const range of ranges.slice(1)) {
    if (range.provisioner !== furthest.provisioner && range.low <= furthest.high) {
      const [a, b] = [range.provisioner, furthest.provisioner].sort((x, y) => x - y);
      findings.add(
        'warning',
        'E25',
        `provisioners[${b}].allocatedUnicastRange`,
        `Provisioners ${a} and ${b} share the addresses ${hex(range.low, 4)} to ${hex(Math.min(range.high, furthest.high), 4)}.`,
        'Both may give the same address to different nodes: let only one of them add nodes, or narrow a range.',
      );
    }
    if (range.high > furthest.high) furthest = range;
  }

  const inside = new Uint8Array(HIGHEST_UNICAST + 1);
  for (const { low, high } of ranges) inside.fill(1, Math.max(low, 0), Math.min(high, HIGHEST_UNICAST) + 1);
  for (const node of database.nodes)
    if (addressesOf(node) && inside[node.unicast] === 0)
      findings.add(
        'warning',
        'E24',
        `nodes[${node.index}].unicastAddress`,
        `${Label(node)} at ${hex(node.unicast, 4)} lies outside every allocated range.`,
        'New addresses still come from a range.',
      );
}

/** Exclusions and scenes against the nodes there are. */
function checkAddressLists(database: MeshDatabase, map: AddressMap, findings: Findings): void {
  if (database.member('nodes')?.kind !== 'array') return; // has been reported as that
  const nodeAt = (address: number) => {
    const owner = map.ownerOf(address);
    return owner?.kind === 'node' ? owner : undefined;
  };
  for (const [i, { addresses }] of database.exclusions.entries())
    for (const address of addresses) {
      const node = nodeAt(address);
      if (node)
        findings.add(
          'warning',
          'E42',
          `networkExclusions[${i}].addresses`,
          `Address ${hex(address, 4)} is on the exclusion list and in use by ${nodeLabel(node.index, node.name)}.`,
          'Other nodes may ignore its messages until the IV index has moved on by two.',
        );
    }
  for (const [i, { number, addresses }] of database.scenes.entries())
    for (const address of addresses)
      if (!nodeAt(address))
        findings.add(
          'warning',
          'E38',
          `scenes[${i}].addresses`,
          `Scene ${number.toString(16).toUpperCase().padStart(4, '0')} lists ${hex(address, 4)}, which belongs to no node.`,
          'Nothing needs to be done; the entry is left as it is.',
        );
}

/** One finding a node, however many of its models do it. */
function checkPublications(database: MeshDatabase, findings: Findings): void {
  for (const node of database.nodes) {
    const span = addressesOf(node);
    if (span === undefined || node.elementCount === 0) continue;
    const own = [...modelsOf(node)].flatMap(({ element, place, publishAddress }) => {
      const address = ownAddress(database, node, publishAddress);
      return address === undefined ? [] : [{ element, place, target: address - node.unicast }];
    });
    const [first, ...others] = own;
    if (first === undefined) continue;
    const more = others.length === 0 ? '' : ` (${others.length} more such publications)`;
    findings.add(
      'warning',
      'E48',
      `${first.place}.publish.address`,
      `${Label(node)}, element ${first.element} publishes to its own element ${first.target}; a clone would publish to the donor${more}.`,
      'Let Meshpress move such publications to the clone, or set them anew on every clone.',
    );
  }
}
function ownAddress(database: MeshDatabase, node: NodeRecord, json: Json | undefined): number | undefined {
  const address = readUnicast(json, database.format);
  return address !== undefined && isOwnAddress(node, address) ? address : undefined;
}

/** What makes a node unfit as a donor; without a chosen one, what makes every node unfit. */
function checkDonor(
  database: MeshDatabase,
  map: AddressMap,
  donorIndex: number | undefined,
  findings: Findings,
): void {
  const donor = donorIndex === undefined ? undefined : database.node(donorIndex);
  const candidates = donor ? [donor] : database.nodes.filter(({ isProvisioner }) => !isProvisioner);
  checkElementCounts(database, candidates, findings);
  if (donor?.isProvisioner || (candidates.length === 0 && database.nodes.length > 0)) {
    const phone = donor ?? database.nodes[0]!;
    findings.add(
      'error',
      'E37',
      `nodes[${phone.index}]`,
      donor
        ? `${Label(phone)} is the provisioner (the phone) itself.`
        : 'The database holds the provisioner (the phone) alone.',
      donor ? 'Choose another donor.' : 'Provision one node first, then clone it.',
    );
    return;
  }
  const [first] = candidates;
  if (first === undefined) return;
  const who = donor ? Label(donor) : 'Every node';

  // in PyACI a missing key is a fault of the file, whoever is the donor
  if (database.format === 'cdb' && candidates.every(hasNoDeviceKey))
    findings.add(
      'error',
      'E12',
      `nodes[${first.index}].deviceKey`,
      `${donor ? `${Label(donor)} has` : 'The nodes have'} no device key (partial export).`,
      'Export the whole network with device keys.',
    );
  if (candidates.every(({ excluded }) => excluded))
    findings.add(
      'warning',
      'E29',
      `nodes[${first.index}].excluded`,
      `${who} is marked as excluded (being removed from the network) and should not be cloned.`,
      'Choose another donor.',
    );
  const sizes = candidates.map(({ elementCount }) => elementCount).filter((count) => count > 0);
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const rangesAreSound = database.provisioners.every(({ unicastRanges }) =>
    unicastRanges.every(({ low, high }) => low <= high),
  );
  if (sizes.length > 0 && rangesAreSound && map.findRun(smallest) === undefined)
    findings.add(
      'error',
      'E23',
      'provisioners[0].allocatedUnicastRange',
      `No run of ${smallest} free address${smallest === 1 ? '' : 'es'} is left in ${map.rangesText()}: ${map.freeCount} free, room for 0 clones.`,
      'Have the provisioner allocate a wider range, or remove nodes that are gone.',
    );
}

const hasNoDeviceKey = ({ json }: NodeRecord): boolean => {
  const key = member(json, 'deviceKey');
  return key === undefined || stringOf(key) === '';
};

/**
 * A node without elements. PyACI would give its address away again, so there it is an error in any node; in a CDB it is one
 * in a donor, and elsewhere a gap in what we know.
 */
function checkElementCounts(
  database: MeshDatabase,
  candidates: readonly NodeRecord[],
  findings: Findings,
): void {
  const fit = new Set(candidates);
  const allUnknown = candidates.every(({ elementCount }) => elementCount === 0);
  for (const node of database.nodes) {
    if (node.elementCount > 0) continue;
    const isError = database.format === 'pyaci' || (allUnknown && fit.has(node));
    findings.add(
      isError ? 'error' : 'warning',
      'E20',
      `nodes[${node.index}].elements`,
      `${Label(node)} lists no elements, so the number of addresses it uses is unknown${isError ? '' : '; it is taken as one'}.`,
      'Read its composition data with the provisioner first.',
    );
  }
}
