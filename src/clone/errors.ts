import { hex } from '../bytes.ts';
import { KnownError, type Finding } from '../errors.ts';
import { LIMITS, megabytes } from '../limits.ts';

export const damagedGzip = (name: string, cause: unknown) =>
  new KnownError(
    'clone/damaged-gzip',
    `${name} is packed with gzip and cannot be unpacked: it is damaged or cut off.`,
    'Fetch the file again from where it was first saved, or give the unpacked file.',
    { name },
    { cause },
  );

const CHOOSE = 'Choose the dump that was read out of the node, or the .json file of its network.';

export const fileTooLarge = (name: string, bytes: number) =>
  new KnownError(
    'clone/file-too-large',
    `${name} has ${megabytes(bytes)}; at most ${megabytes(LIMITS.fileBytes)} are read. Dumps and databases have a few.`,
    CHOOSE,
    { name, bytes, limit: LIMITS.fileBytes },
  );

export const unpacksTooLarge = (name: string, limit: number) =>
  new KnownError(
    'clone/file-too-large',
    `${name} holds more than ${megabytes(limit)} once it is unpacked. Dumps and databases have a few.`,
    CHOOSE,
    { name, limit },
  );

export const binaryTooLarge = (name: string, bytes: number) =>
  new KnownError(
    'clone/file-too-large',
    `${name} is a raw binary of ${megabytes(bytes)}; at most ${megabytes(LIMITS.binaryBytes)} are read. An nRF52840 has 1 MB.`,
    CHOOSE,
    { name, bytes, limit: LIMITS.binaryBytes },
  );

export const dumpTooLarge = (bytes: number) =>
  new KnownError(
    'clone/dump-too-large',
    `The parts of the dump have ${megabytes(bytes)} and more; at most ${megabytes(LIMITS.dumpBytes)} are read.`,
    'Give the parts of one dump: application, SoftDevice, mesh pages and UICR of one node.',
    { bytes, limit: LIMITS.dumpBytes },
  );

export const tooManyFiles = (files: number) =>
  new KnownError(
    'clone/too-many-files',
    `${files} files were given at once; at most ${LIMITS.files} are read.`,
    'Give one node’s dump and one database.',
    { files, limit: LIMITS.files },
  );

export const binaryNeedsBase = (name: string) =>
  new KnownError(
    'clone/binary-without-base',
    `${name} is neither Intel HEX nor a database. A raw binary does not say where in flash it belongs.`,
    'If it is a raw dump, give its base address (0x0 for a whole chip); else choose the .hex file that was read back.',
    { name },
  );

export const filesOverlap = (name: string, other: string, address: number) =>
  new KnownError(
    'clone/files-overlap',
    `${name} and ${other} both define flash address ${hex(address, 5)}.`,
    'Give each part of the flash once, or the one file that holds all of it.',
    { name, other, address },
  );

export const contradictingRelease = (given: string, found: readonly string[]) =>
  new KnownError(
    'clone/contradicting-release',
    `The SDK release given is ${given}, but the dump was written by ${found.join(' or ')}.`,
    'Leave the release out; the dump decides. If you are sure of it, this is the dump of another node.',
    { given, found: found.join(', ') },
  );

export const unknownRelease = (given: string, known: readonly string[]) =>
  new KnownError(
    'clone/unknown-release',
    `There is no nRF5 SDK for Mesh release ${given}.`,
    `Known are ${known.join(', ')}, also written without dots: 320, 400. Or leave it out; the dump decides.`,
    { given },
  );

const LATEST_EXPORT =
  'Save the database again with the provisioner, or read the node out again, so that both are of today.';

export const donorNotInDatabase = (unicast: number, nodes: number) =>
  new KnownError(
    'clone/donor-not-in-database',
    `The dump is of node ${hex(unicast, 4)}; none of the ${nodes} nodes in the database has its address or its device key.`,
    'Choose the database of the network the node was provisioned into.',
    { unicast, nodes },
  );

export const databaseStale = (unicast: number, name: string) =>
  new KnownError(
    'clone/database-stale',
    `The database is older than the dump: for ${name} at ${hex(unicast, 4)} it holds a device key that the node had before and has replaced.`,
    'Save the database again with the provisioner that provisioned the node last.',
    { unicast, name, stale: 'database' },
  );

export const dumpStale = (unicast: number, name: string) =>
  new KnownError(
    'clone/dump-stale',
    `The dump is older than the database: ${name} at ${hex(unicast, 4)} has been given another device key since it was read out.`,
    'Read the node out again.',
    { unicast, name, stale: 'dump' },
  );

export const otherNetwork = (unicast: number, name: string) =>
  new KnownError(
    'clone/other-network',
    `Dump and database are of different networks: both know a node ${hex(unicast, 4)} (${name}), but neither its device key nor any NetKey is the same.`,
    'Choose the database of the network the node was provisioned into.',
    { unicast, name },
  );

export const donorMoved = (unicast: number, name: string, recorded: number) =>
  new KnownError(
    'clone/donor-moved',
    `The device key in the dump belongs to ${name}, which the database has at ${hex(recorded, 4)}; the dump has it at ${hex(unicast, 4)}. One of the two is stale.`,
    LATEST_EXPORT,
    { unicast, name, recorded },
  );

export const otherNodeChosen = (chosen: string, chosenIndex: number, found: string, foundIndex: number) =>
  new KnownError(
    'clone/other-node-chosen',
    `Node ${chosenIndex} (${chosen}) was chosen as donor, but the dump is of node ${foundIndex} (${found}).`,
    `Choose node ${foundIndex}, or give the dump of ${chosen}.`,
    { chosen, chosenIndex, found, foundIndex },
  );

export const noSuchNode = (index: number, nodes: number) =>
  new KnownError(
    'clone/no-such-node',
    `There is no node ${index} in the database; it holds ${nodes}, counted from 0.`,
    'List the nodes with --list-info and choose one of them.',
    { index, nodes },
  );

export const elementCountDiffers = (name: string, inDump: number, inDatabase: number) =>
  new KnownError(
    'clone/element-count-differs',
    `${name} has ${inDump} elements in the dump and ${inDatabase} in the database.`,
    'Read its composition data with the provisioner and save the database again.',
    { name, inDump, inDatabase },
  );

/** As many clones as there are unicast addresses beside the donor's. */
export const MAX_CLONES = 32_766;

export const badCount = (count: number) =>
  new KnownError(
    'clone/bad-count',
    `${count} clones cannot be made: 1 to ${MAX_CLONES.toLocaleString('en')} can.`,
    'Give a whole number in that range.',
    { count },
  );

export const nameTwice = (name: string) =>
  new KnownError(
    'clone/name-twice',
    `Two clones would have the name ${name}.`,
    'Use {address} or {number} in the name, so that each clone has its own.',
    { name },
  );

export const badDeviceKey = (length: number) =>
  new KnownError(
    'clone/bad-device-key',
    `The device key given is not 32 hex digits: it has ${length} characters${length === 32 ? ', not all of them hex digits' : ''}.`,
    'Give 16 bytes as 32 hex digits without anything between, or leave it out for a random one.',
    { length },
  );

export const trivialDeviceKey = () =>
  new KnownError(
    'clone/bad-device-key',
    'The device key given is all zeros or all ones, which any stranger would try first.',
    'Leave it out for a random one.',
  );

export const deviceKeyTaken = (name: string, holder: string) =>
  new KnownError(
    'clone/device-key-taken',
    `The device key given for ${name} is that of ${holder}. Two nodes with one key could read each other's configuration.`,
    'Leave it out for a random one.',
    { name, holder },
  );

export const uuidTaken = (name: string, owner: string) =>
  new KnownError(
    'clone/uuid-taken',
    `The UUID given for ${name} is that of ${owner}. The phone apps would keep only one of the two.`,
    'Leave it out for a random one.',
    { name, owner },
  );

export const brokenDatabase = (findings: readonly Finding[]) =>
  new KnownError(
    'clone/broken-database',
    `The database cannot take clones: ${findings.map(({ code, message }) => `[${code}] ${message}`).join(' ')}`,
    findings
      .map(({ hint }) => hint)
      .filter(Boolean)
      .join(' ') || 'Mend it with its provisioner, and save it again.',
    { findings: findings.map(({ code }) => code).join(', ') },
  );

export const planOfAnotherDonor = (planned: string, given: string) =>
  new KnownError(
    'clone/plan-of-another-donor',
    `The plan was made for ${planned}; the files are those of ${given}.`,
    'Open the dump and the database that the plan was made with. Without them, plan anew.',
    { planned, given },
  );
