/** What makes a node unfit as a donor. */
import type { AddressMap } from './addresses.ts';
import type { MeshDatabase } from './database.ts';
import type { NodeRecord } from './node-record.ts';
import type { NetKeyRecord } from './records.ts';
import { Label, type Findings } from './findings.ts';
import { member, stringOf } from './json.ts';

/** What makes a node unfit as a donor; without a chosen one, what makes every node unfit. */
export function checkDonor(
  database: MeshDatabase,
  map: AddressMap,
  donorIndex: number | undefined,
  findings: Findings,
): void {
  const donor = donorIndex === undefined ? undefined : database.node(donorIndex);
  const candidates = donor ? [donor] : database.nodes.filter(({ isProvisioner }) => !isProvisioner);
  checkElementCounts(database, candidates, findings);
  checkKeyRefresh(database, donor, candidates, findings);
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
      'Export the whole network with device keys, or let Meshpress take the donor’s own from its dump.',
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
    findings.addOnce(
      isError ? `E20 ${node.index}` : 'E20',
      isError ? 'error' : 'warning',
      'E20',
      `nodes[${node.index}].elements`,
      `${Label(node)} lists no elements, so the number of addresses it uses is unknown${isError ? '' : '; it is taken as one'}.`,
      'Read its composition data with the provisioner first.',
    );
  }
}

/**
 * A clone holds the network keys of its donor as they are. While one of them is being replaced it would be left behind; what
 * happens to keys that the donor does not have is nothing to it.
 */
function checkKeyRefresh(
  database: MeshDatabase,
  donor: NodeRecord | undefined,
  candidates: readonly NodeRecord[],
  findings: Findings,
): void {
  for (const [i, key] of database.netKeys.entries()) {
    if (key.phase !== 1 && key.phase !== 2) continue;
    const holders = candidates.filter(({ netKeyIndexes }) => netKeyIndexes.includes(key.index));
    if (candidates.length > 0 && holders.length === 0) continue;
    const isForAll = holders.length === candidates.length;
    findings.add(
      isForAll ? 'error' : 'warning',
      'E30',
      `netKeys[${i}].phase`,
      `${keyName(key)} is in key refresh phase ${key.phase}: clones ${donor || isForAll ? '' : `of ${holders.length} of the ${candidates.length} nodes `}would hold the old key.`,
      isForAll
        ? 'Finish the key refresh before cloning.'
        : 'Finish the key refresh before cloning one of them.',
    );
  }
}
const keyName = ({ index }: NetKeyRecord): string => `Network key ${index}`;
