/**
 * One dump, understood: located, told by release, booted in simulation, and judged.
 *
 * Below lie location, logs and boot; above lie the words for people (`describe-*.ts`) and the press. It changes nothing.
 */
import type { KnownError } from '../../errors.ts';
import { isFilledWith } from '../../bytes.ts';
import type { MemoryImage } from '../../image/index.ts';
import { isUnicastRun } from '../../mesh/index.ts';
import type { ReadOptions, ReleaseGuess } from '../image-kind.ts';
import { sequenceBlockOf } from '../sequence-block.ts';
import { simulateBoot, type Boot, type BootArea, type FirmwareState } from './boot.ts';
import { HANDLE_INVALID, isUnformatted, readAreaLog, type AreaLog, type Entry } from './container.ts';
import * as errors from './errors.ts';
import { locate, type LocatedArea, type Location } from './locate.ts';
import { decodeEntry, dsmRowsA, SEQUENCE_BLOCK } from './records/index.ts';
import type { Stack } from './discovery.ts';
import { guessRelease, releaseOf } from './release-guess.ts';
import { settle } from './settle.ts';
import { isFamilyB, type Release, type Role } from './releases.ts';

export interface JudgedArea extends LocatedArea {
  readonly log: AreaLog;
}
export interface JudgedDump {
  readonly image: MemoryImage;
  readonly location: Location;
  readonly releases: ReleaseGuess;
  readonly release: Release;
  /** From the recovery page down. */
  readonly areas: readonly JudgedArea[];
  /** The boot at hand, and one once the firmware has repaired its flash. */
  readonly boot: Boot;
  readonly settled: Boot;
  readonly refusal: KnownError | undefined;
}

export function judgeDump(image: MemoryImage, options: ReadOptions = {}): JudgedDump {
  const location = locate(image, options.chip);
  const logged = location.areas.map((area) => ({
    ...area,
    log: readAreaLog(area.pages, { iteration: 'page-by-page' }, area.recovered),
  }));
  const releases = guessRelease({
    areas: logged,
    isFamilyB: location.isFamilyB,
    pageSize: location.chip.chip.pageSize,
    firmware: location.firmware,
    known: options.release,
  });
  const release = releaseOf(releases);
  const areas = location.areas.map((area) => ({
    ...area,
    role: roleIn(release, area.role),
    log: readAreaLog(area.pages, release.rules, area.recovered),
  }));
  const boot = simulateBoot(release, areas);
  const donor = { image, location, releases, release, areas, boot };
  const refusal = judge(image, location, areas, boot, release);
  if (refusal) return { ...donor, settled: boot, refusal };
  const settled = settle(image, location.stack!, release, areas).boot;
  return { ...donor, settled, refusal: judgeSettled(boot.state, settled, release) };
}

/** An area that this release does not know belongs to the application. */
const roleIn = (release: Release, role: Role): Role =>
  release.stack.includes(role) || (role === 'core-options' && isFamilyB(release)) ? role : 'unknown';

const findArea = <T extends BootArea>(areas: readonly T[], role: Role): T | undefined =>
  areas.find((area) => area.role === role);

/** Below it lie master boot record and SoftDevice in every firmware of this SDK; the smallest, S110 and S112, end here. */
const LOWEST_AREA = 0x18000;

/** Why no clone can be made of it; the most fundamental reason first. */
function judge(
  image: MemoryImage,
  { stack, undecided }: Location,
  areas: readonly JudgedArea[],
  boot: Boot,
  release: Release,
): KnownError | undefined {
  if (!stack) return judgeWithoutStack(image);
  if (undecided) return errors.twoDonors(undecided);
  const damage =
    stack.damage ??
    areas.find(({ role, log }) => log.damage && (role !== 'unknown' || lacksArea(areas)))?.log.damage;
  if (damage) return errors.damagedArea(damage);
  const bottom = Math.min(...areas.map(({ address }) => address));
  if (bottom < LOWEST_AREA) return errors.areasBelowFirmware(bottom, stack.recovery.address);
  const { state } = stack.recovery;
  if (state.kind === 'damaged') return errors.damagedRecovery(stack.recovery.address, state.pointer);
  if (boot.stopsOn === 'interrupted-defragmentation' && state.kind === 'in-use') {
    return errors.interruptedDefragmentation(state.of);
  }
  const [failure] = boot.failures;
  const { unicast } = boot.state;
  if (!unicast || unicast.start === 0) {
    if (failure) return errors.loadFailure(failure.address, failure.rule);
    return judgeUnprovisioned(image, stack, areas, boot);
  }
  return judgeNode(boot, release);
}

/** Whether what a boot loads is one whole node. */
function judgeNode(boot: Boot, release: Release): KnownError | undefined {
  const [failure] = boot.failures;
  const unicast = boot.state.unicast!;
  const own = boot.state.deviceKeys.filter(({ owner }) => owner === unicast.start);
  if (own.length === 0) return errors.noDeviceKey(unicast.start);
  if (own.length > 1) return errors.severalOwnKeys(unicast.start, own.length);
  if (isFilledWith(own[0]!.key, own[0]!.key[0]!)) return errors.blankDeviceKey(unicast.start);
  if (!boot.dsm.subnets.has(own[0]!.netKeyHandle)) return errors.noNetworkKey(own[0]!.netKeyHandle);
  if (!isUnicastRun(unicast)) return errors.notUnicast(unicast.start, unicast.count);
  if (boot.stopsOn === 'bad-phase') return errors.badPhase();
  if (failure && release.rules.badRecordClears !== 'its-area')
    return errors.loadFailure(failure.address, failure.rule);
  if (!boot.state.provisioned) return errors.startsUnprovisioned();
  return undefined;
}

/** Whether one of the areas every node has was not recognised, so that an unknown one may be it. */
const lacksArea = (areas: readonly JudgedArea[]): boolean =>
  (['net-state', 'dsm', 'access'] as const).some((role) => !findArea(areas, role));

/**
 * Whether a dump without areas may be of a node of this SDK all the same: a chip that gave one byte all over, pages without any
 * firmware, or a firmware on a master boot record and a SoftDevice, as every one of this SDK is.
 */
export function mayBeOwn({ image, location }: JudgedDump): boolean {
  const { stack, firmware, chip } = location;
  if (stack) return true;
  const [first] = image.runs;
  const value = first?.bytes[0] ?? 0;
  if ((value === 0x00 || value === 0xff) && image.runs.every(({ bytes }) => isFilledWith(bytes, value)))
    return true;
  if (firmware.softDevice || firmware.hasMbr) return true;
  const hasPage = image.runs.some(
    ({ address, bytes }) => address % chip.chip.pageSize === 0 && bytes.length >= chip.chip.pageSize,
  );
  return hasPage && !firmware.vectorTables.includes(0);
}

function judgeWithoutStack(image: MemoryImage): KnownError {
  const [first] = image.runs;
  const value = first?.bytes[0];
  const uniform =
    (value === 0x00 || value === 0xff) && image.runs.every(({ bytes }) => isFilledWith(bytes, value));
  // blank pages alone are a node that never ran; a chip without even a vector table is something else
  if (uniform && (value === 0x00 || first!.address === 0)) return errors.lockedReadback(value);
  return errors.noArea();
}

/** What power loss tore is used once more and then gone: every boot but the next has to do without it, and so has a clone. */
const judgeSettled = (now: FirmwareState, settled: Boot, release: Release): KnownError | undefined =>
  settled.state.unicast ? judgeNode(settled, release) : errors.noDeviceKey(now.unicast!.start);

function judgeUnprovisioned(
  image: MemoryImage,
  stack: Stack,
  areas: readonly JudgedArea[],
  boot: Boot,
): KnownError {
  const dsm = findArea(areas, 'dsm');
  const missing = dsm ? undefined : judgeMissingDeviceState(image, stack);
  if (missing) return missing;
  if (boot.dsm.subnets.size + boot.dsm.deviceKeys.size + boot.dsm.appKeys.size > 0) return errors.halfReset();
  return wasProvisioned(areas, dsm) ? errors.nodeReset() : errors.neverProvisioned();
}

/** Why the device state is not there, where it was not erased with its page. */
function judgeMissingDeviceState(image: MemoryImage, { areas, pageSize }: Stack): KnownError | undefined {
  const page = areas.at(-1)!.address - pageSize;
  if (image.definedBytes(0, page + pageSize) === 0) return errors.noDeviceState();
  if (isUnformatted(image.read(page, pageSize))) return undefined;
  return errors.damagedArea({ page, offset: 0, rule: 'the page of an area opens with 08 04 10 10' });
}

/** Traces of an earlier life: invalidated device state, a device state erased under a network state, or sequence blocks that begin anew. */
function wasProvisioned(areas: readonly JudgedArea[], dsm: JudgedArea | undefined): boolean {
  const logs = dsm?.log.pages ?? [];
  if (logs.some(({ entries }) => entries.some(({ handle }) => handle === HANDLE_INVALID))) return true;
  const blocks = sequenceBlocks(findArea(areas, 'net-state')?.log);
  if (blocks.length > 0 && logs.every(({ page }) => isUnformatted(page.bytes))) return true;
  return blocks.some((block, index) => index > 0 && block <= blocks[index - 1]!);
}

/** Sequence blocks in the order they were written, invalidated ones included: an IV index is hardly ever a multiple of them. */
function sequenceBlocks(log: AreaLog | undefined): number[] {
  return (log?.pages ?? [])
    .flatMap(({ entries }) => entries)
    .filter(({ lengthWords }) => lengthWords === 2 || lengthWords === 3)
    .map(({ payload }) => new DataView(payload.buffer, payload.byteOffset).getUint32(0, true))
    .filter((value) => value > 0 && value % SEQUENCE_BLOCK === 0);
}

/** Numbers that its firmware sets aside at a time. */
export const sequenceBlockIn = ({ areas }: JudgedDump): number =>
  sequenceBlockOf(sequenceBlocks(findArea(areas, 'net-state')?.log), SEQUENCE_BLOCK);

/** The device key that belongs to the node itself. */
export const ownKeyOf = ({
  unicast,
  deviceKeys,
}: FirmwareState): FirmwareState['deviceKeys'][number] | undefined =>
  deviceKeys.find(({ owner }) => owner === unicast?.start);

/** The entry that holds it; the last one where there are copies. */
export const ownKeyEntry = ({ areas, boot }: JudgedDump): Entry | undefined =>
  areas
    .find(({ role }) => role === 'dsm')
    ?.log.live.findLast((entry) => decodeEntry(dsmRowsA.devkey, entry)?.owner === boot.state.unicast?.start);
