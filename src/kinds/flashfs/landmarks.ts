/** Where the three constants of older patching scripts would point in this very dump. */
import { hex } from '../../bytes.ts';
import type { Landmark } from '../image-kind.ts';
import { ENTRY_HEADER_SIZE, type Entry } from './container.ts';
import { RECOVERY_COPY_OFFSET } from './recovery-page.ts';
import { ownKeyEntry, type JudgedDump } from './judged-dump.ts';
import { decodeEntry, devkeyRecord, unicastRecord } from './records/index.ts';

export function findLandmarks(donor: JudgedDump): Landmark[] {
  const { areas, location } = donor;
  const dsm = areas.find(({ role }) => role === 'dsm');
  if (!dsm || !location.stack) return [];
  const { recovery, pageSize } = location.stack;
  /** Where the entry really stands, which for a page in the recovery page is not where its firmware expects it. */
  const locate = (name: string, entry: Entry, offset: number, what: string): Landmark => {
    const logical = entry.address + ENTRY_HEADER_SIZE + offset;
    const page = logical - (logical % pageSize);
    const inRecovery = dsm.recovered !== undefined && dsm.pages[dsm.recovered]!.address === page;
    const start = inRecovery ? recovery.address : page;
    const address = inRecovery ? recovery.address + RECOVERY_COPY_OFFSET + (logical - page) : logical;
    const title = inRecovery ? 'recovery page' : dsm.pages.length > 1 ? `DSM page ${hex(page)}` : 'DSM page';
    return { name, address, says: `${what} at ${title} start + ${hex(address - start, 2)}` };
  };
  const unicast = dsm.log.live.find((entry) => decodeEntry(donor.release.dsm.unicast, entry) !== undefined);
  const key = ownKeyEntry(donor);
  return [
    ...(key ? [locate('START_OF_FLASH_MANAGER_OFFSET', key, devkeyRecord.offsets.key, 'device key')] : []),
    ...(unicast
      ? [locate('UNICAST_ADDRESS_OFFSET_1', unicast, unicastRecord.offsets.start, 'unicast address')]
      : []),
    ...(key
      ? [locate('UNICAST_ADDRESS_OFFSET_2', key, devkeyRecord.offsets.owner, 'owner of the device key')]
      : []),
  ];
}
