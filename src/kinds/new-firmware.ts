/**
 * Another firmware under the identity of a node: the pages that are the node, joined with the new code, and booted in simulation.
 *
 * Below lie the kinds, which know where state lies and what a firmware makes of it; above lies the room `clone`. Nothing is
 * joined that does not come up as the same node.
 */
import { hex, isFilledWith } from '../bytes.ts';
import { errorFrom, type Finding } from '../errors.ts';
import {
  chipNamedBy,
  describeUicr,
  foreignUicr,
  MemoryImage,
  uicrTitles,
  type Chip,
  type NodeState,
  type Segment,
  type Stretch,
} from '../image/index.ts';
import { firstDifference } from './compare-states.ts';
import * as errors from './errors.ts';
import type { KindsFinding } from './errors.ts';
import type { Companion, ImageReading, NewFirmware } from './image-kind.ts';
import { IMAGE_KINDS } from './list.ts';
import { readImage } from './read-image.ts';

export interface JoinedFirmware {
  /** Code flash and UICR: the new firmware with the node in it. */
  readonly image: MemoryImage;
  /** The outcome as the new firmware finds it: the same node. */
  readonly reading: ImageReading;
  /** Warnings first. */
  readonly findings: readonly Finding[];
}

/**
 * @param node      the dump that the node is in
 * @param firmware  the new firmware
 * @throws the refusal of the dump; `kinds/no-application`, `kinds/firmware-of-another-chip`, `kinds/firmware-of-another-kind`,
 *   `kinds/firmware-over-state`, `kinds/firmware-begins-elsewhere`, `kinds/layout-differs`, `kinds/records-not-read`,
 *   `kinds/firmware-loses-node`
 */
export function joinFirmware(node: ImageReading, firmware: NewFirmware): JoinedFirmware {
  if (node.refusal) throw errorFrom(node.refusal);
  const { chip } = node.chip;
  checkChip(firmware, chip);
  checkKind(node, firmware);
  const under = node.underFirmware(firmware);
  const code = without(firmware.image, [...under.ownState, chip.uicr]);
  checkOverlap(code, under.state);
  const present = under.companions.filter((one) => !isNothing(node.image, one));
  const kept = present.filter((one) => isNothing(code, one));
  const uicr = joinUicr(node.image, firmware.image, chip);
  const image = MemoryImage.of([
    ...without(code, [...kept, ...stretchesOf(under.state)]).runs,
    ...kept.flatMap(({ address, length }) => node.image.slice(address, address + length).runs),
    ...outsideOf(node.image, code, chip),
    ...under.state,
    ...without(uicr, stretchesOf(under.state)).runs,
  ]);
  under.check(image);
  const reading = readImage(image, { chip, ...(under.release !== undefined && { release: under.release }) });
  checkNode(node, reading);
  const rank = { error: 0, warning: 1, info: 2 };
  const findings: readonly Finding[] = [
    ...under.findings,
    ...uicrFindings(node.image, image, chip),
    ...partFindings(present, kept),
    WRITE_TO_ITS_BOARD,
  ];
  return { image, reading, findings: findings.toSorted((a, b) => rank[a.severity] - rank[b.severity]) };
}

function checkChip({ image, beside }: NewFirmware, chip: Chip): void {
  const named = beside && chipNamedBy(beside.factory);
  if (named && named !== chip)
    throw errors.firmwareOfAnotherChip(chip.name, `its file is a dump of an ${named.name}`);
  const foreign = foreignUicr(image, chip);
  if (foreign) throw errors.firmwareOfAnotherChip(chip.name, `it holds the UICR of an ${foreign.family}`);
  const behind = image
    .slice(chip.flashSize, chip.uicr.address)
    .runs.find(({ address }) => address < LAST_CODE_FLASH);
  if (behind)
    throw errors.firmwareOfAnotherChip(
      chip.name,
      `it reaches to ${hex(behind.address, 5)}, behind the ${chip.flashSize / 1024} KB of its flash`,
    );
  if (image.slice(0, chip.flashSize).runs.every(({ bytes }) => isFilledWith(bytes, 0xff)))
    throw errors.noApplication('nothing in it lies in the code flash');
}
/** Behind the code flash of every chip and before the second core of the nRF5340. */
const LAST_CODE_FLASH = 0x00800000;

/** A file in which another kind finds its own records is a dump of such a node. */
function checkKind({ kind }: ImageReading, { image }: NewFirmware): void {
  for (const other of IMAGE_KINDS) {
    if (other.id === kind.id) continue;
    const found = other.read(image);
    if (found && found.evidence.length > 0)
      throw errors.firmwareOfAnotherKind(kind.title, `it is a dump of a node of ${other.title}`);
  }
}

function checkOverlap(code: MemoryImage, state: readonly Segment[]): void {
  for (const { address, bytes } of state) {
    if (isNothing(code, { address, length: bytes.length })) continue;
    const found = code.read(address, bytes.length).findIndex((byte) => byte !== 0xff);
    throw errors.firmwareOverState(address + found);
  }
}

/** The same identity, keys and configuration, from the very first boot on. */
function checkNode(before: ImageReading, after: ImageReading): void {
  if (after.kind.id !== before.kind.id)
    throw errors.firmwareLosesNode(`it is taken for a node of ${after.kind.title}`);
  if (after.refusal) throw errors.firmwareLosesNode(after.refusal.message);
  const difference = firstDifference(lasting(before.settled), lasting(after.settled));
  if (difference !== undefined) throw errors.firmwareLosesNode(inWords(difference));
}

/** What a replay protection list holds is about others, and a release that stores none has none. */
function lasting({ replayCache, ...state }: NodeState): NodeState {
  void replayCache;
  return state;
}

const MEMBERS: Readonly<Record<string, string>> = {
  provisioned: 'it would not be provisioned',
  unicast: 'it would have another address',
  elementCount: 'it would have another number of elements',
  deviceKeys: 'its device key would differ',
  netKeys: 'its network keys would differ',
  appKeys: 'its application keys would differ',
  ivIndex: 'it would have another IV index',
  ivUpdateInProgress: 'it would be in another state of the IV update',
  nextSequenceNumber: 'it would begin with another sequence number',
};
const inWords = (path: string): string =>
  MEMBERS[path.split('.')[0]!] ?? 'its models would be configured otherwise';

/** Network core and the like: the new firmware's, or the dump's where it brings none. */
function outsideOf(old: MemoryImage, code: MemoryImage, { flashSize, uicr }: Chip): readonly Segment[] {
  if (code.slice(flashSize, Infinity).size > 0) return [];
  return without(old.slice(flashSize, Infinity), [uicr]).runs;
}

/** The board's own words, and over them those that the new firmware sets. */
function joinUicr(old: MemoryImage, firmware: MemoryImage, { uicr }: Chip): MemoryImage {
  const end = uicr.address + uicr.length;
  const set = firmware
    .slice(uicr.address, end)
    .runs.flatMap(({ address, bytes }) =>
      Array.from(bytes, (byte, at) => ({ address: address + at, bytes: Uint8Array.of(byte) })),
    )
    .filter(({ bytes }) => bytes[0] !== 0xff);
  return old.slice(uicr.address, end).with(set);
}

function uicrFindings(before: MemoryImage, after: MemoryImage, chip: Chip): KindsFinding[] {
  const was = new Map(describeUicr(before, chip).map(({ address, word }) => [address, word]));
  const changed = describeUicr(after, chip).filter(({ address, word }) => was.get(address) !== word);
  if (changed.length === 0) return [];
  const protects = changed.some((one) => one.protects);
  return [
    {
      severity: 'warning',
      code: 'kinds/uicr-changed',
      message: `The new firmware sets words of the UICR that the dump has otherwise: ${uicrTitles(
        changed.map(({ address }) => address),
        chip,
      )}.${protects ? ' The board is protected against readback from its next reset on.' : ''}`,
      hint: 'That is usual for a build that brings a bootloader or reset pins of its own. If it is not meant, take these records out of its HEX.',
    },
  ];
}

function partFindings(present: readonly Companion[], kept: readonly Companion[]): KindsFinding[] {
  const titles = (parts: readonly Companion[]) => parts.flatMap(({ title }) => title ?? []).join(' and ');
  const dropped = present.filter((one) => !kept.includes(one)).flatMap(({ title }) => title ?? []);
  const left = ['its old code', 'what an application kept in flash by itself', ...dropped];
  const findings: KindsFinding[] = [];
  if (titles(kept))
    findings.push({
      severity: 'info',
      code: 'kinds/parts-kept',
      message: `The new firmware brings none of its own, so these stay as in the dump: ${titles(kept)}.`,
      hint: '',
    });
  findings.push({
    severity: 'info',
    code: 'kinds/parts-dropped',
    message: `Of the dump only the node is taken over. Left out are ${left.slice(0, -1).join(', ')} and ${left.at(-1)}.`,
    hint: 'Bonds of phones and data of the application begin anew.',
  });
  return findings;
}

const WRITE_TO_ITS_BOARD: KindsFinding = {
  severity: 'info',
  code: 'kinds/write-to-its-board',
  message:
    'Write it to the board that the dump was read from, and soon: what the node sends from now on is not in the dump.',
  hint: 'Two boards with it would be one node twice. A node that went on sending after it was read out is not heard until its sequence number has caught up: then read it out again.',
};

const isNothing = (image: MemoryImage, { address, length }: Stretch): boolean =>
  image.slice(address, address + length).runs.every(({ bytes }) => isFilledWith(bytes, 0xff));

const stretchesOf = (segments: readonly Segment[]): Stretch[] =>
  segments.map(({ address, bytes }) => ({ address, length: bytes.length }));

/** What of an image lies in none of these. */
function without(image: MemoryImage, stretches: readonly Stretch[]): MemoryImage {
  const parts: MemoryImage[] = [];
  let from = 0;
  for (const { address, length } of stretches.toSorted((a, b) => a.address - b.address)) {
    if (address > from) parts.push(image.slice(from, address));
    from = Math.max(from, address + length);
  }
  parts.push(image.slice(from, Infinity));
  return MemoryImage.of(parts.flatMap(({ runs }) => runs));
}
