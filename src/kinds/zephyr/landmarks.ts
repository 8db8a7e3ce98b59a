/** Where the settings that make a node lie, for people with a HEX editor. */
import { hex } from '../../bytes.ts';
import type { Landmark } from '../image-kind.ts';
import type { ZephyrDump } from './zephyr-dump.ts';
import { findRow } from './records/index.ts';

const NAMES = ['bt/mesh/Net', 'bt/mesh/Seq', 'bt/mesh/IV'];

export function findLandmarks({ chosen }: ZephyrDump): Landmark[] {
  if (!chosen) return [];
  const { byName } = chosen.settings;
  const sealed = [...byName.keys()].filter((name) => name.startsWith('its/'));
  return [...NAMES, ...sealed].flatMap((name) => {
    const setting = byName.get(name);
    if (!setting) return [];
    const { valueEntry, value } = setting;
    const says = `${findRow(name).row.label}, ${value.length} bytes, entry at ${hex(valueEntry.address, 5)}`;
    return [{ name, address: valueEntry.dataAddress, says }];
  });
}
