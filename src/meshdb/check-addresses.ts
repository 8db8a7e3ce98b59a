/** What only shows when the addresses of records are held against each other. One finding for many nodes of one fault. */
import { hex } from '../bytes.ts';
import { HIGHEST_UNICAST, LOWEST_UNICAST, addressesOf, isOwnAddress, type AddressMap } from './addresses.ts';
import type { MeshDatabase } from './database.ts';
import { readUnicast } from './values.ts';
import type { NodeRecord } from './node-record.ts';
import { Label, keepProvisioner, label, nodeLabel, type Findings } from './findings.ts';
import { itemsOf, member, wholeOf, type Json } from './json.ts';
import { modelsOf } from './models.ts';

export function checkElements(database: MeshDatabase, findings: Findings): void {
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
      findings.addOnce(
        'E21',
        'warning',
        'E21',
        `nodes[${node.index}].elements`,
        `${Label(node)}: element indices are ${indexes.map((index) => index ?? '?').join(', ')}; expected ${indexes.map((_, i) => i).join(', ')}. The place in the list decides.`,
        'Read the composition data of the node again.',
      );
  }
}

/** Nodes that share addresses: walk by rising address and remember who reaches furthest. */
export function checkOverlaps(database: MeshDatabase, findings: Findings): void {
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

export function checkRanges(database: MeshDatabase, findings: Findings): void {
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
      findings.addOnce(
        'E24',
        'warning',
        'E24',
        `nodes[${node.index}].unicastAddress`,
        `${Label(node)} at ${hex(node.unicast, 4)} lies outside every allocated range.`,
        'New addresses still come from a range. In an export of a part of the network the ranges of others are left out.',
      );
}

/** Exclusions and scenes against the nodes there are. */
export function checkAddressLists(database: MeshDatabase, map: AddressMap, findings: Findings): void {
  if (database.member('nodes')?.kind !== 'array') return; // has been reported as that
  const nodeAt = (address: number) => {
    const owner = map.ownerOf(address);
    return owner?.kind === 'node' ? owner : undefined;
  };
  for (const [i, { addresses }] of database.exclusions.entries())
    for (const address of addresses) {
      const node = nodeAt(address);
      if (node)
        findings.addOnce(
          'E42',
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
        findings.addOnce(
          'E38',
          'warning',
          'E38',
          `scenes[${i}].addresses`,
          `Scene ${number.toString(16).toUpperCase().padStart(4, '0')} lists ${hex(address, 4)}, which belongs to no node.`,
          'Nothing needs to be done; the entry is left as it is.',
        );
}

/** The donor first, if there is one; a node counts once, however many of its models do it. */
export function checkPublications(
  database: MeshDatabase,
  donorIndex: number | undefined,
  findings: Findings,
): void {
  const donor = donorIndex === undefined ? [] : [database.node(donorIndex)];
  for (const node of new Set([...donor, ...database.nodes])) {
    const span = addressesOf(node);
    if (span === undefined || node.elementCount === 0) continue;
    const own = [...modelsOf(node)].flatMap(({ element, place, publishAddress }) => {
      const address = ownAddress(database, node, publishAddress);
      return address === undefined ? [] : [{ element, place, target: address - node.unicast }];
    });
    const [first, ...others] = own;
    if (first === undefined) continue;
    const more = others.length === 0 ? '' : ` (${others.length} more such publications)`;
    findings.addOnce(
      'E48',
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
