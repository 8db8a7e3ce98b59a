/** The memory map of a dump: what lies where, without a gap. */
import type { Region } from '../image-kind.ts';
import { blankPart, MISSING, regionsOf, type Part } from '../regions.ts';
import type { JudgedDump } from './judged-dump.ts';
import { ROLE_TITLES } from './releases.ts';

/** The code flash from 0 to its end, then everything else the dump defines, by rising address. */
export const describeRegions = (donor: JudgedDump): Region[] =>
  regionsOf(donor.image, donor.location.chip.chip, partsOf(donor));

const RECOVERY: Part = { use: 'state', kind: 'recovery', title: 'recovery page', isOwn: true };
const BOOTLOADER: Part = { use: 'code', kind: 'bootloader', title: 'bootloader' };
const MBR: Part = { use: 'code', kind: 'mbr', title: 'master boot record' };
/** Of the master boot record: the first page of the nRF52, the first four of the nRF51. */
const MBR_END = 0x1000;
const APPLICATION: Part = { use: 'code', kind: 'application', title: 'application' };
const UNKNOWN: Part = { use: 'other', kind: 'other', title: 'unknown' };

function partsOf({ image, location, areas }: JudgedDump): (page: number) => Part {
  const { firmware, bootloader, stack, others, chip } = location;
  const { pageSize, flashSize } = chip.chip;
  const taken = new Map<number, Part>();
  for (const area of areas) {
    const part: Part = { use: 'state', kind: 'area', title: ROLE_TITLES[area.role], isOwn: true };
    for (const { address } of area.pages) taken.set(address, part);
  }
  for (const { areas: old } of others) {
    const part: Part = { use: 'other', kind: 'other', title: 'areas not in use' };
    for (const { address } of old.flatMap(({ pages }) => pages))
      if (!taken.has(address)) taken.set(address, part);
  }
  if (stack && stack.recovery.state.kind !== 'none') taken.set(stack.recovery.address, RECOVERY);

  const top = stack ? stack.recovery.address : flashSize;
  const { softDevice, application, hasMbr } = firmware;
  const codeStart = application ?? softDevice?.end ?? 0;
  const below: Part = {
    use: 'code',
    kind: 'softdevice',
    title: softDevice ? `SoftDevice ${softDevice.name}` : 'SoftDevice, version unknown',
  };
  return (page) => {
    const part = taken.get(page);
    const blank = blankPart(image, page, pageSize);
    if (part && (part !== RECOVERY || blank !== MISSING)) return part;
    if (blank) return blank;
    if (bootloader !== undefined && page >= bootloader) return BOOTLOADER;
    if (!softDevice && hasMbr && page < MBR_END) return MBR;
    if (page < codeStart) return below;
    return page < top ? APPLICATION : UNKNOWN;
  };
}
