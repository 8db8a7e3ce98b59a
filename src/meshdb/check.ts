/**
 * What is wrong with a database, all of it at once: first the form of every member (`shapes.ts`), then what only shows when
 * records are held against each other, then whether the donor can be cloned.
 *
 * Source of the codes: docs/database-formats.md, "What is refused".
 */
import { KnownError } from '../errors.ts';
import { usedAddresses } from './addresses.ts';
import {
  checkAddressLists,
  checkElements,
  checkOverlaps,
  checkPublications,
  checkRanges,
} from './check-addresses.ts';
import { checkDonor } from './check-donor.ts';
import { checkIdentities } from './check-identities.ts';
import { formatSigns, parseDatabase, type MeshDatabase } from './database.ts';
import {
  Findings,
  Label,
  Place,
  keepProvisioner,
  shown,
  type DatabaseCode,
  type DatabaseFinding,
} from './findings.ts';
import { itemsOf, member, wholeOf, type Json } from './json.ts';
import { modelsOf } from './models.ts';
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
  const findings = new Findings(forgiving(database, donorIndex));
  checkFile(database, findings);
  checkForm(database, findings);
  checkLists(database, findings);
  checkReferences(database, findings);
  checkIdentities(database, donorIndex, findings);
  checkElements(database, findings);
  checkOverlaps(database, findings);
  const map = usedAddresses(database);
  checkRanges(database, findings);
  checkAddressLists(database, map, findings);
  checkPublications(database, donorIndex, findings);
  checkDonor(database, map, donorIndex, findings);
  return findings.finish();
}

/** Faults of keys. */
const KEY_FAULTS: readonly DatabaseCode[] = ['E10', 'E11', 'E12', 'E18', 'E19', 'E36'];

/**
 * What is wrong with keys of others than the donor is no fault of its clones: their records are made from the donor's alone, and
 * the file is what it was for everybody else. PyACI, however, loads no file with a broken key in it.
 */
function forgiving({ format, netKeys, appKeys, nodes }: MeshDatabase, donorIndex: number | undefined) {
  const donor = donorIndex === undefined ? undefined : nodes[donorIndex];
  if (!donor || format === 'pyaci') return undefined;
  return (code: DatabaseCode, pathOf: () => string): boolean => {
    if (!KEY_FAULTS.includes(code)) return false;
    const [, list, place, member] = /^(\w+)\[(\d+)\]\.(\w+)/.exec(pathOf()) ?? [];
    const index = Number(place);
    // of a number in another place E36 says that it is none
    if (code === 'E36' && !KEY_MEMBERS.includes(member ?? '')) return false;
    if (list === 'netKeys') return !donor.netKeyIndexes.includes(netKeys[index]?.index ?? -1);
    if (list === 'appKeys') return !donor.appKeyIndexes.includes(appKeys[index]?.index ?? -1);
    return list === 'nodes' && index !== donor.index;
  };
}
const KEY_MEMBERS: readonly string[] = ['deviceKey', 'key', 'oldKey'];

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

/** A member that is out of place. */
interface Stray {
  readonly key: string;
  readonly place: Place;
}

/** The form of every member; the other format's members and those nobody knows are one finding each. */
function checkForm(database: MeshDatabase, findings: Findings): void {
  const { root, format } = database;
  const foreign: Stray[] = [];
  const unknown: Stray[] = [];
  checkShape(format, root, new Place(), {
    findings,
    foreign: (key, place) => foreign.push({ key, place }),
    unknown: (key, place) => unknown.push({ key, place }),
  });
  reportUnknown(unknown, findings);
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

/** The SDK's PyACI stops at such members, the fork that wrote them does not. */
function reportUnknown(unknown: readonly Stray[], findings: Findings): void {
  const [first] = unknown;
  if (first === undefined) return;
  const names = [...new Set(unknown.map(({ key }) => `'${shown(key)}'`))];
  const listed = names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
  const places = unknown.length === 1 ? '' : `, in ${unknown.length} places`;
  findings.add(
    'warning',
    'E43',
    first.place,
    `${first.place.prefix}unknown key${names.length === 1 ? '' : 's'} ${listed}${places}. A changed PyACI has written ${unknown.length === 1 ? 'it' : 'them'}; that of the SDK stops at unknown keys.`,
    'They are kept as they are. Remove them if the PyACI of the SDK is to load the file.',
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
