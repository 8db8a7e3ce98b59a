/**
 * The areas of a node under another firmware of the SDK: whether it looks for them where they are, whether it reads what the old one
 * wrote, and which parts of the old image it needs besides.
 *
 * The HEX of a build says neither its release nor its areas: the SoftDevice in it, the memory map, and what lies where in a dump of
 * a board that runs it are all there is. What stays open is said.
 *
 * Source: sections 2.1 to 2.3 and 3.10 of docs/flash-format.md: where areas lie, and what 4.0.0 and later make of older records.
 */
import { hex } from '../../bytes.ts';
import type { MemoryImage, Segment, Stretch } from '../../image/index.ts';
import * as kindErrors from '../errors.ts';
import type { KindsFinding } from '../errors.ts';
import { findFirmware, hasOtherCode, isVectorTable, MBR_BOOTLOADER } from '../firmware.ts';
import type { Companion, NewFirmware, UnderFirmware } from '../image-kind.ts';
import { judgeDump, type JudgedArea, type JudgedDump } from './judged-dump.ts';
import { recoveryCandidates } from './recovery-page.ts';
import { decodeEntry, type EntryRow } from './records/index.ts';
import { findRelease, isFamilyB, RELEASES, ROLE_TITLES, type Release, type Role } from './releases.ts';
import { settle } from './settle.ts';

/** Of the SoftDevice's place: what a dump without one leaves to the master boot record alone. */
const MBR_END = 0x1000;
/** Not every build has a models file; all other areas of a release are always there. */
const OPTIONAL: Role = 'models';

export function underFirmware(donor: JudgedDump, firmware: NewFirmware): UnderFirmware {
  if (donor.refusal) throw donor.refusal;
  const { chip } = donor.location.chip;
  const own = judgeDump(firmware.image, { chip });
  checkStart(donor, firmware.image);
  const expected = releaseUnder(donor, own, firmware.release);
  checkRecords(donor, expected.release);
  const ownAreas = own.location.stack ? own.areas : [];
  if (ownAreas.length > 0) {
    comparePlaces(donor, own);
    compareLimits(donor, own);
  }
  const state = stateOf(donor);
  checkRoom(donor, expected.release, firmware.image);
  return {
    state,
    ownState: ownAreas.length > 0 ? pagesOf(own) : [],
    companions: companionsOf(donor, firmware.image),
    release: expected.release.id,
    findings: [
      ...expected.findings,
      ownAreas.length > 0 ? layoutSeen(own) : layoutUnseen(donor),
      ...bootloaderStays(donor, firmware.image),
      ...recordsMoveOn(donor, expected.release),
    ],
    check(joined) {
      const { address } = donor.location.stack!.recovery;
      const places = (image: MemoryImage) => recoveryCandidates(image, chip.pageSize, chip.flashSize);
      const now = places(joined);
      if (places(donor.image).includes(address) && !now.includes(address))
        throw kindErrors.layoutDiffers(
          `its bootloader puts the recovery page at ${hex(now[0]!, 5)}, and the node has it at ${hex(address, 5)}`,
        );
    },
  };
}

/** Pages of areas and the recovery page, by rising address. */
function pagesOf({ areas, location }: JudgedDump): Stretch[] {
  const { recovery, pageSize } = location.stack!;
  const pages = areas.flatMap(({ pages }) => pages.map(({ address }) => address));
  if (recovery.state.kind !== 'none') pages.push(recovery.address);
  return pages.toSorted((a, b) => a - b).map((address) => ({ address, length: pageSize }));
}

/** The pages as the old firmware leaves them: whatever it was in the middle of is finished by its own rules. */
function stateOf(donor: JudgedDump): Segment[] {
  const { draft } = settle(donor.image, donor.location.stack!, donor.release, donor.areas);
  return pagesOf(donor).map(({ address }) => ({ address, bytes: draft.read(address).slice() }));
}

/** Whether the application in the new firmware stands where what is below it starts one. */
function checkStart(donor: JudgedDump, firmware: MemoryImage): void {
  const { softDevice, application, hasMbr } = donor.location.firmware;
  const start = softDevice?.end ?? application ?? (hasMbr ? MBR_END : undefined);
  const lowest = firmware.runs[0]!.address;
  if (hasOtherCode(firmware))
    throw kindErrors.firmwareOfAnotherKind(
      'nRF5 SDK for Mesh',
      'it begins at 0x00000 without a master boot record, which every firmware of this SDK has',
    );
  if (lowest < (start ?? MBR_END)) {
    const found = findFirmware(firmware);
    if (found.application === undefined)
      throw kindErrors.noApplication(
        found.softDevice
          ? `it is the SoftDevice ${found.softDevice.name} alone`
          : 'no vector table is found in it',
      );
    return;
  }
  if (start === undefined || isVectorTable(firmware, start)) return;
  throw kindErrors.firmwareBeginsElsewhere(
    lowest,
    start,
    softDevice ? `the SoftDevice ${softDevice.name}` : 'the master boot record',
  );
}

interface Expected {
  readonly release: Release;
  readonly findings: readonly KindsFinding[];
}

/** The release of the new firmware: a person's word, what its own areas tell, the SoftDevice with it; else that of the dump. */
function releaseUnder(donor: JudgedDump, own: JudgedDump, given: string | undefined): Expected {
  const known = given === undefined ? undefined : findRelease(given);
  if (known) return { release: known, findings: [] };
  const isLikely = (ids: readonly string[]) => ids.includes(donor.release.id);
  const { likely, certain } = own.releases;
  if (own.location.stack && likely.length > 0) {
    const release = isLikely(likely) ? donor.release : own.release;
    return { release, findings: certain ? [] : [releaseAssumed(release, 'as its own records look')] };
  }
  const { softDevice } = own.location.firmware;
  const built = softDevice ? RELEASES.filter(({ softDevices }) => softDevices.includes(softDevice.id)) : [];
  const release = built.length === 0 || isLikely(built.map(({ id }) => id)) ? donor.release : built.at(-1)!;
  return {
    release,
    findings: [
      releaseAssumed(
        release,
        built.length > 0 ? `as its SoftDevice ${softDevice!.name} is` : 'as the old firmware is',
      ),
    ],
  };
}

const releaseAssumed = ({ id }: Release, why: string): KindsFinding => ({
  severity: 'warning',
  code: 'kinds/firmware-release-assumed',
  message: `The new firmware is taken for one of release ${id}, ${why}; a HEX file does not say.`,
  hint: 'If it was built with another release of the SDK, say which (--firmware-release, or the field here).',
});

/** Layouts of model records: releases of one row read each other's. */
const MODEL_RECORDS = ['A1', 'A2', 'A3'] as const;
const modelRecordsOf = ({ family }: Release): string =>
  ({ A1: MODEL_RECORDS[0], A2: MODEL_RECORDS[1], A2c: MODEL_RECORDS[1] })[family as 'A1' | 'A2' | 'A2c'] ??
  MODEL_RECORDS[2];

/** What can be told without the new firmware's pages: records that have another form, or none. */
function checkRecords({ release: written, areas }: JudgedDump, release: Release): void {
  const refuse = (what: string) => {
    throw kindErrors.recordsNotRead(written.id, release.id, what);
  };
  if (isFamilyB(written) && !isFamilyB(release))
    refuse('4.0.0 and later keep addresses, keys and sequence numbers in records that came with them');
  if (holds(areas, 'access') && modelRecordsOf(written) !== modelRecordsOf(release))
    refuse('the records of models have another form, so publications would differ');
  if (holds(areas, 'models') && written.models !== release.models)
    refuse('the states of models have another form, and one record that cannot be read clears everything');
}

const holds = (areas: readonly JudgedArea[], role: Role): boolean =>
  areas.some((area) => area.role === role && area.log.live.length > 0);

/** The areas of both, from the recovery page down: firmware finds them by their order and their sizes. */
function comparePlaces(donor: JudgedDump, own: JudgedDump): void {
  const [here, there] = [donor, own].map(({ location }) => location.stack!.recovery.address) as [
    number,
    number,
  ];
  if (here !== there)
    throw kindErrors.layoutDiffers(
      `its recovery page lies at ${hex(there, 5)}, that of the node at ${hex(here, 5)}`,
    );
  for (const [index, area] of donor.areas.entries()) {
    const other = own.areas[index];
    if (!other) continue;
    if (area.address !== other.address || area.pages.length !== other.pages.length)
      throw kindErrors.layoutDiffers(
        `${ROLE_TITLES[other.role]} has ${other.pages.length} pages from ${hex(other.address, 5)}, and the node ${area.pages.length} from ${hex(area.address, 5)}`,
      );
    const isOther = other.role !== area.role && other.role !== 'unknown' && area.log.live.length > 0;
    if (isOther && other.log.live.length > 0)
      throw kindErrors.layoutDiffers(
        `it keeps its ${ROLE_TITLES[other.role]} at ${hex(area.address, 5)}, where the node has its ${ROLE_TITLES[area.role]}`,
      );
  }
}

/** What firmware compares with its own numbers when it starts, and clears everything where they differ. */
function compareLimits(donor: JudgedDump, own: JudgedDump): void {
  const pairs = [
    ['limits of the device state manager', deviceLimits(donor), deviceLimits(own)],
    ['number of elements, models and subscription lists', accessLimits(donor), accessLimits(own)],
  ] as const;
  for (const [what, here, there] of pairs) {
    if (!here || !there) continue;
    const differs = (Object.keys(here) as (keyof typeof here)[]).find((name) => here[name] !== there[name]);
    if (differs !== undefined)
      throw kindErrors.layoutDiffers(
        `its ${what} differ (${there[differs]} instead of ${here[differs]} ${LIMIT_WORDS[differs] ?? ''})`,
      );
  }
  const models = (dump: JudgedDump) =>
    dump.boot.state.models.map(({ element, companyId, modelId }) => ({ element, companyId, modelId }));
  const [here, there] = [models(donor), models(own)];
  if (here.length > 0 && there.length > 0 && JSON.stringify(here) !== JSON.stringify(there))
    throw kindErrors.layoutDiffers('it has other models, or has them in another order');
}
const LIMIT_WORDS: Readonly<Record<string, string>> = {
  subnets: 'network keys',
  appKeys: 'application keys',
  deviceKeys: 'device keys',
  nonvirtual: 'addresses',
  virtual: 'virtual addresses',
  subscriptionLists: 'subscription lists',
  elements: 'elements',
  models: 'models',
};

/** Written at the first start, whatever else that start makes of its areas. */
const deviceLimits = ({ areas, release }: JudgedDump) => firstRecord(areas, 'dsm', release.dsm.metadata);
const accessLimits = ({ areas, release }: JudgedDump) =>
  firstRecord(areas, 'access', release.access.metadata);

function firstRecord<Value>(
  areas: readonly JudgedArea[],
  role: Role,
  row: EntryRow<Value>,
): Value | undefined {
  return areas
    .find((area) => area.role === role)
    ?.log.live.map((entry) => decodeEntry(row, entry))
    .find((value) => value !== undefined);
}

/** A release that has more areas makes them below those of the node: nothing of the new firmware may lie there. */
function checkRoom({ areas, location }: JudgedDump, release: Release, firmware: MemoryImage): void {
  const { pageSize } = location.stack!;
  const own = areas.filter(({ role }) => role !== 'unknown').length;
  const more = release.stack.filter((role) => role !== OPTIONAL).length - own;
  const bottom = Math.min(...areas.map(({ address }) => address));
  for (let page = bottom - pageSize; page >= bottom - more * pageSize; page -= pageSize) {
    const found = firmware.read(page, pageSize).findIndex((byte) => byte !== 0xff);
    if (found !== -1 && firmware.definedBytes(page, pageSize) > 0)
      throw kindErrors.firmwareOverState(page + found);
  }
}

const pagesFrom = (from: number, to: number, pageSize: number): number[] =>
  Array.from({ length: (to - from) / pageSize }, (_, i) => from + i * pageSize);

/** A bootloader that stays may keep a checksum of the application in its settings, at the end of flash. */
function bootloaderStays({ location }: JudgedDump, firmware: MemoryImage): KindsFinding[] {
  const { bootloader, chip } = location;
  if (bootloader === undefined) return [];
  const { flashSize, pageSize } = chip.chip;
  if (firmware.definedBytes(bootloader, pageSize) > 0) return [];
  if (firmware.slice(bootloader, flashSize).size > 0) return [];
  return [
    {
      severity: 'warning',
      code: 'kinds/bootloader-checks',
      message: `The bootloader at ${hex(bootloader, 5)} stays, with what it knows of the old application.`,
      hint: 'One that checks a version, a checksum or a signature does not start the new application. Give its settings with it (nrfutil makes them for the bootloader of the nRF5 SDK), or a build that brings its own.',
    },
  ];
}

/** SoftDevice with its master boot record, and what lies above the areas. */
function companionsOf({ image, location }: JudgedDump, firmware: MemoryImage): Companion[] {
  const { stack, chip, bootloader } = location;
  const { softDevice, hasMbr, application } = location.firmware;
  const { flashSize, pageSize } = chip.chip;
  const below = softDevice?.end ?? application ?? (hasMbr ? MBR_END : 0);
  const above = stack!.recovery.address + pageSize;
  const bringsBootloader =
    firmware.definedBytes(bootloader ?? above, bootloader === undefined ? flashSize - above : pageSize) > 0;
  const title = softDevice
    ? `SoftDevice ${softDevice.name}`
    : below > MBR_END
      ? 'SoftDevice, version unknown'
      : 'master boot record';
  return [
    ...(below > 0 ? [{ address: 0, length: below, title }] : []),
    ...(bringsBootloader || bootloader === undefined
      ? [
          {
            address: above,
            length: flashSize - above,
            title: bootloader === undefined ? 'what lies above the configuration' : 'bootloader',
          },
        ]
      : // its settings may come with the application: page by page
        pagesFrom(above, flashSize, pageSize).map((address) => ({
          address,
          length: pageSize,
          ...(address === bootloader && { title: 'bootloader' }),
        }))),
    // of a master boot record of its own: the bootloader that stays is still to be found
    ...(bringsBootloader || firmware.definedBytes(0, below) === 0 || !image.covers(MBR_BOOTLOADER, 4)
      ? []
      : [{ address: MBR_BOOTLOADER, length: 4 }]),
  ];
}

const COMPOSITION =
  'its elements and models, which the node must have as before, and how many keys and addresses it has room for';

const layoutSeen = (own: JudgedDump): KindsFinding =>
  deviceLimits(own) && accessLimits(own)
    ? {
        severity: 'info',
        code: 'kinds/layout-seen',
        message:
          'The new firmware is a dump of a board that ran it: its areas lie where the node has them, and its limits and elements are the same.',
        hint: '',
      }
    : {
        severity: 'warning',
        code: 'kinds/firmware-unseen',
        message: `The new firmware’s areas lie where the node has them. Its records do not tell ${COMPOSITION}.`,
        hint: 'Where these differ, it clears the configuration at its first start. Keep the dump: writing it back brings the old node.',
      };

const layoutUnseen = ({ location }: JudgedDump): KindsFinding => ({
  severity: 'warning',
  code: 'kinds/layout-unseen',
  message: `The HEX of a build does not show where it keeps its state (the node has it below ${hex(location.stack!.recovery.address, 5)}), nor ${COMPOSITION}.`,
  hint: 'Where these differ, the firmware clears the configuration at its first start, or stops. Keep the dump: writing it back brings the old node. A dump of a board that ran the new firmware, given in place of its HEX, is compared in all of this.',
});

function recordsMoveOn({ release: written }: JudgedDump, release: Release): KindsFinding[] {
  if (written.id === release.id) return [];
  const isMigration = !isFamilyB(written) && isFamilyB(release);
  return [
    {
      severity: 'info',
      code: 'kinds/records-move-on',
      message: `The node was written by release ${written.id} and goes on under ${release.id}${isMigration ? ', which reads these records and writes them anew in its own form when it starts' : ''}.`,
      hint: isMigration
        ? 'Its DSM_, ACCESS_ and NET_FLASH_PAGE_COUNT must give the areas as many pages as before. There is no way back to the old release from there.'
        : '',
    },
  ];
}
