import { hex } from '../bytes.ts';
import { KnownError, type ErrorReport, type Finding } from '../errors.ts';
import type { RawPlace } from '../kinds/index.ts';
import { LIMITS, megabytes } from '../limits.ts';
import { thousands } from '../numbers.ts';
import type { ForeignFile } from './foreign-files.ts';

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

/** `0x7A000 on an nRF52832 or nRF52833, 0xFA000 on an nRF52840` */
function placesInWords(fits: readonly RawPlace[]): string {
  const chips = new Map<number, string[]>();
  for (const { base, chip } of fits) chips.set(base, [...(chips.get(base) ?? []), chip.name]);
  return [...chips].map(([base, names]) => `${hex(base)} on an ${names.join(' or ')}`).join(', ');
}

export const binaryNeedsBase = (name: string, fits: readonly RawPlace[]) =>
  new KnownError(
    'clone/binary-without-base',
    `${name} is neither Intel HEX nor a database. A raw binary does not say where in flash it belongs.`,
    fits.length > 0
      ? `The configuration in it tells which base address fits: ${placesInWords(fits)}. Give it as --base-address, or in the field here.`
      : 'If it is a raw dump, give the flash address of its first byte as base address: 0x0 only if it begins with the flash. Else choose the .hex file that was read back.',
    { name, ...(fits[0] && { fits: hex(fits[0].base) }) },
  );

export const wrongBase = (name: string, given: number, fits: readonly RawPlace[]) =>
  new KnownError(
    'clone/wrong-base',
    `${name} cannot begin at ${hex(given)}: the configuration in it would lie where no memory map puts it.`,
    `It fits ${placesInWords(fits)}. Give that as base address.`,
    { name, given, fits: fits.map(({ base }) => hex(base)).join(', ') },
  );

export const otherFormat = (name: string, { what, wayOut }: ForeignFile) =>
  new KnownError('clone/other-format', `${name} is ${what}.`, wayOut, { name });

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
    `The release given is ${given}, but the dump was written by ${found.join(' or ')}.`,
    'Leave the release out; the dump decides. If you are sure of it, this is the dump of another node.',
    { given, found: found.join(', ') },
  );

export const unknownRelease = (kindTitle: string, given: string, known: readonly string[]) =>
  new KnownError(
    'clone/unknown-release',
    `There is no ${kindTitle} release ${given}.`,
    `Known are ${known.join(', ')}. Or leave it out; the dump decides.`,
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

export const noDeviceKey = (unicast: number, name: string) =>
  new KnownError(
    'clone/no-device-key',
    `The database has no device key of ${name} at ${hex(unicast, 4)}: it is an export without device keys.`,
    "Let Meshpress take the donor's own key from the dump (--complete-donor), or export the network with device keys.",
    { unicast, name },
  );

export const noNodeInDump = (refusal: ErrorReport | null) =>
  new KnownError(
    'clone/no-node-in-dump',
    refusal?.message ?? 'The dump holds no provisioned node with a device key of its own.',
    refusal?.hint ?? 'Read the flash of a node that has been provisioned.',
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
    `${count} clones cannot be made: 1 to ${thousands(MAX_CLONES)} can.`,
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

export const donorTwice = (name: string, unicast: number) =>
  new KnownError(
    'clone/donor-twice',
    `Two of the dumps are of the same node: ${name} at ${hex(unicast, 4)}.`,
    'Give each kind of node one dump, and more clones of the same node by their number.',
    { name, unicast },
  );

export const factoryIdsUnknown = () =>
  new KnownError(
    'clone/factory-ids-unknown',
    'Nothing says which chip the node runs on: the dump holds no factory information (FICR).',
    'Give the four words with --ficr, as nrfjprog --memrd 0x10000060 --n 8 and --memrd 0x100000A4 --n 8 print them; or read the node out with nrfutil device dump-to-file --ficr.',
  );

export const uuidUnknown = (releases: readonly string[]) =>
  new KnownError(
    'clone/uuid-unknown',
    releases.length === 0
      ? 'How this firmware makes its UUID is not known: it is the application’s own affair.'
      : `How this firmware makes its UUID is not known: it may be of ${releases.join(' or ')}, which do it in different ways.`,
    'Leave the placeholder; only the provisioner of a node that was reset sees the other one.',
    { releases: releases.join(', ') },
  );

/** The code of every finding. */
export type CloneFindingCode =
  | 'clone/doubtful-release'
  | 'clone/key-in-external-flash'
  | 'clone/board-as-pressed'
  | 'clone/board-changed'
  | 'clone/bootloader-left-out'
  | 'clone/donor-agrees'
  | 'clone/elements-not-known'
  | 'clone/key-differs'
  | 'clone/record-poorer'
  | 'clone/keys-missing'
  | 'clone/record-agrees'
  | 'clone/record-differs'
  | 'clone/uuid-differs'
  | 'clone/not-compared';
export type CloneFinding = Finding<CloneFindingCode>;
