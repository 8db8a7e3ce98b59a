/** The memory map of a dump: what lies where, without a gap. */
import { isFilledWith } from '../../bytes.ts';
import type { Chip, MemoryImage } from '../../image/index.ts';
import type { Region } from '../image-kind.ts';
import type { Donor } from './donor.ts';
import { ROLE_TITLES } from './releases.ts';

type Kind =
  'softdevice' | 'application' | 'area' | 'recovery' | 'bootloader' | 'uicr' | 'erased' | 'missing' | 'other';

const USES: Readonly<Record<Kind, Region['use']>> = {
  softdevice: 'code',
  application: 'code',
  area: 'state',
  recovery: 'state',
  bootloader: 'code',
  uicr: 'other',
  erased: 'erased',
  missing: 'missing',
  other: 'other',
};

interface Part {
  readonly kind: Kind;
  readonly title: string;
}

/** The code flash from 0 to its end, then everything else the dump defines, by rising address. */
export function describeRegions(donor: Donor): Region[] {
  const { image, location } = donor;
  const { chip } = location.chip;
  const { pageSize, flashSize } = chip;
  const partOf = partsOf(donor);
  const regions: Region[] = [];
  let previous: Part | undefined;
  for (let address = 0; address < flashSize; address += pageSize) {
    const part = partOf(address);
    const last = regions.at(-1);
    if (
      last &&
      previous &&
      (part === previous || (!isOwn(part) && part.kind === previous.kind && part.title === previous.title))
    ) {
      regions[regions.length - 1] = { ...last, length: last.length + pageSize };
    } else regions.push({ address, length: pageSize, use: USES[part.kind], ...part });
    previous = part;
  }
  return [...regions, ...outside(image, chip)];
}

/** Areas stay apart from their neighbours even when these are called the same. */
const isOwn = ({ kind }: Part): boolean => kind === 'area' || kind === 'recovery';

function partsOf({ image, location, areas }: Donor): (page: number) => Part {
  const { firmware, bootloader, stack, others, chip } = location;
  const { pageSize, flashSize } = chip.chip;
  const taken = new Map<number, Part>();
  for (const area of areas) {
    const part: Part = { kind: 'area', title: ROLE_TITLES[area.role] };
    for (const { address } of area.pages) taken.set(address, part);
  }
  for (const { areas: old } of others) {
    const part: Part = { kind: 'other', title: 'areas not in use' };
    for (const { address } of old.flatMap(({ pages }) => pages))
      if (!taken.has(address)) taken.set(address, part);
  }
  if (stack && stack.recovery.state.kind !== 'none')
    taken.set(stack.recovery.address, { kind: 'recovery', title: 'recovery page' });

  const top = stack ? stack.recovery.address : flashSize;
  const { softDevice, application } = firmware;
  const codeStart = application ?? softDevice?.end ?? 0;
  return (page) => {
    const part = taken.get(page);
    if (part && (part.kind !== 'recovery' || image.definedBytes(page, pageSize) > 0)) return part;
    if (image.definedBytes(page, pageSize) === 0) return { kind: 'missing', title: 'not in the dump' };
    if (isFilledWith(image.read(page, pageSize), 0xff)) return { kind: 'erased', title: 'erased' };
    if (bootloader !== undefined && page >= bootloader) return { kind: 'bootloader', title: 'bootloader' };
    if (page < codeStart) {
      return {
        kind: 'softdevice',
        title: softDevice ? `SoftDevice ${softDevice.name}` : 'SoftDevice, version unknown',
      };
    }
    return page < top ? { kind: 'application', title: 'application' } : { kind: 'other', title: 'unknown' };
  };
}

function outside(image: MemoryImage, { flashSize, uicr }: Chip): Region[] {
  return image
    .stretches()
    .filter(({ address, length }) => address + length > flashSize)
    .map(({ address, length }) => {
      const start = Math.max(address, flashSize);
      const isUicr = start >= uicr.address && start < uicr.address + uicr.length;
      return {
        address: start,
        length: address + length - start,
        use: 'other',
        kind: isUicr ? 'uicr' : 'other',
        title: isUicr ? 'UICR' : 'outside the code flash',
      };
    });
}
