/**
 * The flash circular buffer that settings lay in before NVS: recognised by the first words of its sectors, and read no further.
 *
 * Source: Zephyr subsys/fs/fcb and subsys/settings/src/settings_fcb.c, 2.0.0; docs/zephyr-format.md, section 9.
 */
import { struct, u16, u32, u8 } from '../../bytes.ts';
import { UICR_START, type MemoryImage } from '../../image/index.ts';
import { PAGE_SIZE } from './storage/locate.ts';

const sectorHeader = struct({ magic: u32, version: u8, padding: u8, sequence: u16 });
/** Of settings, with the erased value of flash that erases to ones. */
const SETTINGS_MAGIC = 0xc0ffeeee;
const VERSION = 1;

/** Addresses of sectors that settings in a flash circular buffer begin with. */
export function findFcbSectors(image: MemoryImage): number[] {
  return image.runs
    .filter(
      ({ address, bytes }) =>
        address % PAGE_SIZE === 0 && address < UICR_START && bytes.length >= sectorHeader.size,
    )
    .filter(({ bytes }) => {
      const { magic, version } = sectorHeader.decode(bytes);
      return magic === SETTINGS_MAGIC && version === VERSION;
    })
    .map(({ address }) => address);
}
