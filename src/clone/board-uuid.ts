/** The UUID that a board will call itself, once its chip is known. Until then the one in a record is a placeholder. */
import type { FactoryIds } from '../image/index.ts';
import type { DeviceUuid, ImageReading } from '../kinds/index.ts';
import * as errors from './errors.ts';

/**
 * What the board of this chip calls itself with the firmware of a dump.
 *
 * @throws `clone/factory-ids-unknown`, `clone/uuid-unknown`
 */
export function boardUuid(reading: ImageReading, ids: FactoryIds | undefined): DeviceUuid {
  if (!ids) throw errors.factoryIdsUnknown();
  const uuid = reading.deviceUuid?.(ids);
  if (!uuid) throw errors.uuidUnknown(reading.deviceUuid ? reading.releases.likely : []);
  return uuid;
}
