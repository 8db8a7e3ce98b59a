/** The memory map of a dump: settings, other storage, emergency data, and what is left of the flash. */
import type { Chip } from '../../image/index.ts';
import type { Region } from '../image-kind.ts';
import { blankPart, MISSING, regionsOf, type Part } from '../regions.ts';
import { pagesOf, type ZephyrDump } from './zephyr-dump.ts';
import { lengthOf } from './storage/log.ts';
import { PAGE_SIZE } from './storage/locate.ts';

export function describeRegions({ image, areas, emds, fcbSectors }: ZephyrDump, chip: Chip): Region[] {
  const taken = new Map<number, Part>();
  for (const { area, settings } of areas) {
    const isSettings = settings.byName.size > 0;
    const part: Part = {
      use: 'state',
      kind: isSettings ? 'settings' : 'storage',
      title: `${isSettings ? 'settings' : 'storage'} (${area.format.title})`,
      isOwn: true,
    };
    for (const page of pagesOf({ address: area.address, length: lengthOf(area) })) taken.set(page, part);
  }
  for (const stretch of emds) {
    const part: Part = { use: 'state', kind: 'emergency', title: 'emergency data (EMDS)', isOwn: true };
    for (const page of pagesOf(stretch)) taken.set(page, part);
  }
  const buffer: Part = { use: 'state', kind: 'settings', title: 'settings (FCB)' };
  for (const page of fcbSectors) taken.set(page, buffer);

  const code: Part = { use: 'code', kind: 'application', title: 'firmware' };
  return regionsOf(image, chip, (page) => {
    const blank = blankPart(image, page, PAGE_SIZE);
    return blank === MISSING ? blank : (taken.get(page) ?? blank ?? code);
  });
}
