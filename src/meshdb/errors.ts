/** Every failure of the room, so that all its wording can be read and mended in one place. No key ever enters one.
 * Long because it is one catalogue. */
import { hex } from '../bytes.ts';
import { KnownError, type Finding } from '../errors.ts';
import { LIMITS, megabytes } from '../limits.ts';
import { thousands } from '../numbers.ts';

const copyAgain =
  'Copy the database again while PyACI or the app that writes it is closed; it may have been saving at that moment.';

export const emptyFile = () =>
  new KnownError('meshdb/empty', 'The file is empty.', 'Choose the network database, a JSON file.', {
    catalogue: 'E02',
  });

/** The text breaks off or breaks the rules of JSON. */
export const notJson = (place: { line: number; column: number }, expected: string, atEnd: boolean) =>
  atEnd
    ? new KnownError(
        'meshdb/cut-off',
        `The file ends in the middle (line ${place.line}, column ${place.column}); ${expected} should follow.`,
        `It is incomplete. ${copyAgain}`,
        { catalogue: 'E01', ...place },
      )
    : new KnownError(
        'meshdb/not-json',
        `The file is not valid JSON: line ${place.line}, column ${place.column} should have ${expected}.`,
        `If it was edited by hand, mend that place. Otherwise: ${copyAgain}`,
        { catalogue: 'E01', ...place },
      );

export const notUtf8 = (found: string, cause?: unknown) =>
  new KnownError(
    'meshdb/not-utf8',
    `The file is not UTF-8 text: ${found}.`,
    'Save it again as UTF-8, or copy the original once more; Windows editors and PowerShell redirection re-encode text.',
    { catalogue: 'E01' },
    { cause },
  );

export const tooDeep = (line: number, limit: number) =>
  new KnownError(
    'meshdb/too-deep',
    `The JSON is nested more than ${limit} levels deep (line ${line}); a network database needs fewer than ten.`,
    'Choose the network database itself.',
    { line, limit },
  );

export const tooManyValues = (characters: number) =>
  new KnownError(
    'meshdb/too-many-values',
    `The JSON holds far more values than a network database of ${megabytes(characters)} does.`,
    'Choose the network database itself.',
    { characters },
  );

export const tooManyMembers = (line: number) =>
  new KnownError(
    'meshdb/too-many-values',
    `The JSON has an object with more than ${thousands(LIMITS.jsonMembers)} members (line ${line}); those of a network database have some twenty.`,
    'Choose the network database itself.',
    { line, limit: LIMITS.jsonMembers },
  );

export const tooManyNodes = (nodes: number) =>
  new KnownError(
    'meshdb/too-many-nodes',
    `The database lists ${thousands(nodes)} nodes; a network has ${thousands(LIMITS.nodes)} addresses.`,
    'Choose the network database itself.',
    { nodes, limit: LIMITS.nodes },
  );

export const tooLarge = (bytes: number, limit: number) =>
  new KnownError(
    'meshdb/too-large',
    `The file has ${bytes} bytes; at most ${limit} are read. A network of 200 nodes takes about 300,000.`,
    'Choose the network database itself.',
    { bytes, limit },
  );

export const notAnObject = (found: string) =>
  new KnownError(
    'meshdb/not-an-object',
    `This is JSON but not a network database: an object is expected at the top level, found ${found}.`,
    'Choose the JSON file that PyACI or the nRF Mesh app keeps its network in.',
    { catalogue: 'E04' },
  );

export const notADatabase = () =>
  new KnownError(
    'meshdb/not-a-database',
    'This JSON is neither a PyACI database nor a Mesh Configuration Database (no netKeys, nodes or provisioners that tell).',
    'Choose the JSON file that PyACI or the nRF Mesh app keeps its network in.',
    { catalogue: 'E05' },
  );

export const bluezDatabase = () =>
  new KnownError(
    'meshdb/bluez',
    'This is a database of BlueZ mesh-cfgclient. It holds no keys, they live in the mesh daemon, so nodes cannot be added to it.',
    'Import the clones into the daemon with `node-import`; the list of those commands is among the outputs.',
  );

export const bluezMeshctl = () =>
  new KnownError(
    'meshdb/bluez-meshctl',
    'This is a database of BlueZ meshctl (prov_db.json). It looks much like that of a phone app, and is another format.',
    'Meshpress writes databases of PyACI and of the nRF Mesh apps. Make one from the donor’s dump with `db-from-dump`, which has all that clones need, and press with that.',
  );

export const noSuchNode = (index: number, count: number) =>
  new KnownError(
    'meshdb/no-such-node',
    count === 0
      ? `There is no node ${index}: the database has no nodes.`
      : `There is no node ${index}: the database has the nodes 0 to ${count - 1}.`,
    'Choose the donor from the list of nodes.',
    { index, count },
  );

export const unknownElementCount = (index: number, name: string) =>
  new KnownError(
    'meshdb/no-elements',
    `Node ${index} '${name}' lists no elements, so the number of addresses a clone needs is unknown.`,
    'Read the composition data of the node with the provisioner first.',
    { catalogue: 'E20', index },
  );

export const unknownProvisioner = (wanted: string, known: readonly string[]) =>
  new KnownError(
    'meshdb/no-such-provisioner',
    `There is no provisioner '${wanted}' in the database; it has ${known.map((name) => `'${name}'`).join(', ') || 'none'}.`,
    'Name one of these, or leave it out to use the first.',
    { wanted },
  );

export const ambiguousProvisioner = (wanted: string, uuids: readonly string[]) =>
  new KnownError(
    'meshdb/ambiguous-provisioner',
    `${uuids.length} provisioners of the database are called '${wanted}'; their UUIDs are ${uuids.join(', ')}.`,
    'Name the one you mean by its UUID.',
    { wanted, count: uuids.length },
  );

/**
 * @param facts  `room` clones would fit where they were looked for: behind the address `behind`, where that is given, or
 *               anywhere in the ranges; `gaps` of them fit when gaps below it are filled too
 */
export const noRoom = (facts: {
  elementCount: number;
  wanted: number;
  room: number;
  free: number;
  ranges: string;
  behind?: number;
  gaps?: number;
}) => {
  const { elementCount, wanted, room, free, ranges, behind = 0, gaps = 0 } = facts;
  const hasGaps = gaps > room;
  const place = hasGaps
    ? `behind ${hex(behind, 4)}, the highest address in use in ${ranges}: enough for ${room}`
    : `in ${ranges}: ${free} free, enough for ${room}`;
  const choices = [
    ...(room > 0 ? [`make at most ${room} clone${room === 1 ? '' : 's'}`] : []),
    'have the provisioner allocate a wider range',
    ...(hasGaps
      ? [`choose the lowest gaps (room for ${gaps}) or a first address if nobody ever used those below`]
      : room === 0
        ? ['remove nodes that are gone']
        : []),
  ];
  const hint = choices.join(', or ');
  return new KnownError(
    'meshdb/no-room',
    `No run of ${elementCount} free address${elementCount === 1 ? '' : 'es'} is left for ${wanted} clone${wanted === 1 ? '' : 's'} ${place}.`,
    `${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`,
    { catalogue: 'E23', ...facts },
  );
};

/** An address a person asked for and cannot have. */
export const addressTaken = (facts: {
  unicast: number;
  last: number;
  taken: number;
  owner: string;
  nextFree: number | undefined;
}) => {
  const { nextFree, ...others } = facts;
  const span =
    facts.unicast === facts.last
      ? hex(facts.unicast, 4)
      : `${hex(facts.unicast, 4)} to ${hex(facts.last, 4)}`;
  return new KnownError(
    'meshdb/address-taken',
    `A clone at ${span} would hit ${hex(facts.taken, 4)}, which belongs to ${facts.owner}.`,
    nextFree === undefined
      ? 'No address above it fits; leave the choice to Meshpress or widen the range.'
      : `The next address that fits is ${hex(nextFree, 4)}.`,
    nextFree === undefined ? others : { ...others, nextFree },
  );
};

export const addressOutside = (facts: {
  unicast: number;
  last: number;
  ranges: string;
  nextFree: number | undefined;
}) => {
  const { nextFree, ...others } = facts;
  return new KnownError(
    'meshdb/address-outside',
    `A clone at ${hex(facts.unicast, 4)} to ${hex(facts.last, 4)} does not lie inside ${facts.ranges}.`,
    nextFree === undefined
      ? 'No address above it fits; leave the choice to Meshpress or widen the range.'
      : `The next address that fits is ${hex(nextFree, 4)}.`,
    nextFree === undefined ? others : { ...others, nextFree },
  );
};

/** @param who  `Clone 3` or `Node 3` */
export const duplicateIdentity = (what: 'UUID' | 'device key', who: string, other: string) =>
  new KnownError(
    'meshdb/duplicate-identity',
    `${who} would have the ${what} of ${other}.`,
    `Every node needs a ${what} of its own; leave it out and Meshpress makes one.`,
    { what, who },
  );

/** @param who  `Clone 3` or `Node 3` */
export const badIdentity = (who: string, problem: string) =>
  new KnownError(
    'meshdb/bad-identity',
    `${who}: ${problem}.`,
    'A node needs a free unicast address, a device key of 16 bytes and a UUID of 16 bytes.',
    { who },
  );

export const badRandom = () =>
  new KnownError(
    'meshdb/bad-random',
    'The source of random bytes gives the same bytes again and again; no safe device keys can be made.',
    'Use another browser or machine.',
  );

export const badTable = (row: number, column: string, problem: string, hint: string) =>
  new KnownError('meshdb/bad-table', `Row ${row}, column ${column}: ${problem}.`, hint, { row, column });

export const tableTooLarge = (characters: number) =>
  new KnownError(
    'meshdb/table-too-large',
    `The table has ${megabytes(characters)}; at most ${megabytes(LIMITS.tableCharacters)} are read.`,
    'Give a table with one row for each clone.',
    { characters, limit: LIMITS.tableCharacters },
  );

export const tooManyRows = (row: number) =>
  new KnownError(
    'meshdb/table-too-large',
    `The table goes on in row ${row}; a network has no more than ${thousands(LIMITS.tableRows)} addresses to give.`,
    'Give a table with one row for each clone.',
    { row, limit: LIMITS.tableRows },
  );

export const otherNetwork = (problem: string) =>
  new KnownError(
    'meshdb/other-network',
    `The two databases do not belong together: ${problem}.`,
    'Merge only databases of one network in one format.',
  );

/** @param missing  each as it stands behind `it has` */
export const notForPyaci = (missing: readonly string[]) =>
  new KnownError(
    'meshdb/not-for-pyaci',
    `PyACI cannot work with this network: it has ${missing.join(' and ')}. PyACI would load the file once, leave the empty list out when it stores, and then never load it again.`,
    'Add what is missing with the app, export the network again, and convert that.',
    { missing: missing.length },
  );

export const cannotSplit = (provisioner: string, shares: number, reason: string) =>
  new KnownError(
    'meshdb/cannot-split',
    `The range of provisioner '${provisioner}' cannot be split into ${shares} shares: ${reason}.`,
    'Use fewer shares, or have the provisioner allocate a wider range.',
    { provisioner, shares },
  );

export const cannotKeepRange = (provisioner: string) =>
  new KnownError(
    'meshdb/cannot-keep-range',
    `Provisioner '${provisioner}' would have no range of unicast addresses left.`,
    'Give it a wider range with its own program first.',
    { provisioner },
  );

export const ivIndexNeeded = () =>
  new KnownError(
    'meshdb/iv-index-needed',
    'The list of addresses not to be used (networkExclusions) goes by the IV index of the network, which the database does not hold.',
    'Give the IV index of today: the app shows it, and `inspect` shows that of a dump. Too high a number only keeps the addresses longer.',
  );

export const cannotRemove = (index: number, name: string) =>
  new KnownError(
    'meshdb/cannot-remove',
    `Node ${index} '${name}' is the provisioner itself.`,
    'Remove a provisioner with its own app, which leaves its addresses to the others.',
    { index },
  );

export const badReservation = (low: string, high: string) =>
  new KnownError(
    'meshdb/bad-reservation',
    `${low} to ${high} are not all unicast addresses.`,
    'Unicast addresses go from 0x0001 to 0x7FFF, the lower end first.',
  );

export const addressInUse = (address: number, owner: string) =>
  new KnownError(
    'meshdb/address-in-use',
    `${hex(address, 4)} belongs to ${owner}.`,
    'Reserve only addresses that no node of the database has; a node that is gone can be removed.',
    { address },
  );

export const noSuchNodeName = (wanted: string) =>
  new KnownError(
    'meshdb/no-such-node-name',
    `There is no node '${wanted}' in the database.`,
    'Name a node by its index (3), by an address (0x0011), or by its name, with capitals as they are; --list-info lists them.',
    { wanted },
  );

export const ambiguousNode = (wanted: string, found: readonly string[]) =>
  new KnownError(
    'meshdb/ambiguous-node',
    `${found.length} nodes of the database are called '${wanted}': ${found.join(', ')}.`,
    'Name the one you mean by its index or address.',
    { wanted, count: found.length },
  );

export const provisionerNameTaken = (name: string) =>
  new KnownError(
    'meshdb/provisioner-name-taken',
    `There is a provisioner '${name}' already.`,
    'Give the new one a name of its own.',
    { name },
  );

export const rangeInUse = (low: string, high: string, reason: string) =>
  new KnownError(
    'meshdb/range-in-use',
    `The addresses ${low} to ${high} cannot be a new provisioner's: ${reason}.`,
    'Choose addresses that no node has and none had, or leave the choice to Meshpress.',
    { low, high },
  );

export const noPlaceForProvisioner = () =>
  new KnownError(
    'meshdb/no-place-for-provisioner',
    'There are no addresses left for another provisioner.',
    'Remove nodes that are gone, or name a range of addresses that nobody uses.',
  );

export const noPartOfPyaci = () =>
  new KnownError(
    'meshdb/no-part-of-pyaci',
    'PyACI refuses a database with nodes that have no device key, so a part for giving away cannot be in its form.',
    'Convert the database for the Android or iOS app first (convert-db), and export a part of that.',
  );

export const nothingToExport = () =>
  new KnownError(
    'meshdb/nothing-to-export',
    'No node was chosen for the part to be given away.',
    'Choose one node at least.',
  );

export const badFirstFree = (firstFree: number, highest: number) =>
  new KnownError(
    'meshdb/bad-first-free',
    firstFree <= highest
      ? `The first free address ${hex(firstFree, 4)} is not above ${hex(highest, 4)}, which the node knows to be in use.`
      : `The first free address ${hex(firstFree, 4)} is no unicast address.`,
    'Give an address above all nodes of the network, 0x7FFF at most, or leave it out.',
    { firstFree, highest },
  );

export const keysNotInDump = () =>
  new KnownError(
    'meshdb/keys-not-in-dump',
    'The dump does not give its network and application keys away: they are encrypted, or kept where no dump reaches.',
    'Export the database from the provisioner that has them.',
  );

export const noSuchAddress = (unicast: number) =>
  new KnownError(
    'meshdb/no-such-address',
    `No node of the database has the unicast address ${hex(unicast, 4)}.`,
    'Open the database that the node was added to.',
    { unicast },
  );

/** The code of every finding that is not of the catalogue. */
export type MeshdbFindingCode =
  | 'meshdb/out-of-span'
  | 'meshdb/control-character'
  | 'meshdb/empty-member'
  | 'meshdb/bad-digits'
  | 'meshdb/crpl-too-big'
  | 'meshdb/bad-address'
  | 'meshdb/ignored-member'
  | 'meshdb/missing-member'
  | 'meshdb/number-too-big'
  | 'meshdb/replay-list-short'
  | 'meshdb/heartbeat-copied'
  | 'meshdb/scenes-left'
  | 'meshdb/no-range'
  | 'meshdb/holes-used'
  | 'meshdb/exclusions-kept'
  | 'meshdb/exclusions-expired'
  | 'meshdb/phone-set-aside'
  | 'meshdb/same-provisioner'
  | 'meshdb/removed-keeps-keys'
  | 'meshdb/still-target'
  | 'meshdb/pyaci-gives-again'
  | 'meshdb/range-taken'
  | 'meshdb/pyaci-own-address'
  | 'meshdb/others-unknown'
  | 'meshdb/names-made-up'
  | 'meshdb/models-unknown'
  | 'meshdb/periods-unknown'
  | 'meshdb/app-needs-node'
  | 'meshdb/merge-conflict'
  | 'meshdb/provisioner-keeps-less'
  | 'meshdb/keys-not-in-dump'
  | `meshdb/lost-${LossKind}`;
export type MeshdbFinding = Finding<MeshdbFindingCode>;

/** What a conversion can lose. */
export type LossKind =
  | 'provisioner-node'
  | 'iv-index'
  | 'period'
  | 'device-key'
  | 'scenes'
  | 'label'
  | 'excluded'
  | 'heartbeat'
  | 'address-of-pyaci'
  | 'publication'
  | 'networkExclusions'
  | 'member'
  | 'partial'
  | 'timestamp'
  | 'scene-range'
  | 'provisioner'
  | 'net-key'
  | 'elements'
  | 'key-refresh'
  | 'features'
  | 'vendor-model'
  | 'relay-count';

/** Faults by their number in docs/database-formats.md, "What is refused". */
export type CatalogueCode =
  | 'E01'
  | 'E02'
  | 'E03'
  | 'E04'
  | 'E05'
  | 'E06'
  | 'E07'
  | 'E08'
  | 'E09'
  | 'E10'
  | 'E11'
  | 'E12'
  | 'E13'
  | 'E14'
  | 'E15'
  | 'E16'
  | 'E17'
  | 'E18'
  | 'E19'
  | 'E20'
  | 'E21'
  | 'E22'
  | 'E23'
  | 'E24'
  | 'E25'
  | 'E26'
  | 'E27'
  | 'E28'
  | 'E29'
  | 'E30'
  | 'E31'
  | 'E32'
  | 'E33'
  | 'E34'
  | 'E35'
  | 'E36'
  | 'E37'
  | 'E38'
  | 'E39'
  | 'E40'
  | 'E41'
  | 'E42'
  | 'E43'
  | 'E44'
  | 'E45'
  | 'E46'
  | 'E47'
  | 'E48';
