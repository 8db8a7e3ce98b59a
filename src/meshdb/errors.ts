/** Every failure of the room, so that all its wording can be read and mended in one place. No key ever enters one. */
import { hex } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import { LIMITS, megabytes } from '../limits.ts';

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
    `The JSON has an object with more than ${LIMITS.jsonMembers.toLocaleString('en')} members (line ${line}); those of a network database have some twenty.`,
    'Choose the network database itself.',
    { line, limit: LIMITS.jsonMembers },
  );

export const tooManyNodes = (nodes: number) =>
  new KnownError(
    'meshdb/too-many-nodes',
    `The database lists ${nodes.toLocaleString('en')} nodes; a network has ${LIMITS.nodes.toLocaleString('en')} addresses.`,
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

export const noRoom = (facts: {
  elementCount: number;
  wanted: number;
  room: number;
  free: number;
  ranges: string;
}) =>
  new KnownError(
    'meshdb/no-room',
    `No run of ${facts.elementCount} free address${facts.elementCount === 1 ? '' : 'es'} is left for ${facts.wanted} clone${facts.wanted === 1 ? '' : 's'} in ${facts.ranges}: ` +
      `${facts.free} free, enough for ${facts.room}.`,
    facts.room > 0
      ? `Make at most ${facts.room} clones, or have the provisioner allocate a wider range.`
      : 'Have the provisioner allocate a wider range, or remove nodes that are gone.',
    { catalogue: 'E23', ...facts },
  );

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
    `The table goes on in row ${row}; a network has no more than ${LIMITS.tableRows.toLocaleString('en')} addresses to give.`,
    'Give a table with one row for each clone.',
    { row, limit: LIMITS.tableRows },
  );

export const otherNetwork = (problem: string) =>
  new KnownError(
    'meshdb/other-network',
    `The two databases do not belong together: ${problem}.`,
    'Merge only databases of one network in one format.',
  );

export const cannotSplit = (provisioner: string, stations: number, reason: string) =>
  new KnownError(
    'meshdb/cannot-split',
    `The range of provisioner '${provisioner}' cannot be split for ${stations} stations: ${reason}.`,
    'Use fewer stations, or have the provisioner allocate a wider range.',
    { provisioner, stations },
  );

export const noSuchAddress = (unicast: number) =>
  new KnownError(
    'meshdb/no-such-address',
    `No node of the database has the unicast address ${hex(unicast, 4)}.`,
    'Open the database that the node was added to.',
    { unicast },
  );
