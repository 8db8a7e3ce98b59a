/**
 * What of a dump is firmware, and what lies beside it: a tool that reads a chip out may write all its memories into one file.
 *
 * Source: product specifications, chapter Memory (nRF51, nRF52: address map; nRF5340: both cores, XIP; nRF54L15).
 */
import { CHIPS } from './chips.ts';
import { MemoryImage, type Segment, type Stretch } from './memory-image.ts';

/** Memories that are no part of a clone. */
export type OtherMemory = 'factory' | 'ram' | 'external' | 'unknown';

export interface Memories {
  /** Code flash and UICR: what clones are made of. */
  readonly firmware: MemoryImage;
  /** Factory information (FICR): belongs to the chip, and names it. */
  readonly factory: MemoryImage;
  readonly ram: MemoryImage;
  /** External flash as the chip maps it (QSPI, XIP). */
  readonly external: MemoryImage;
  /** Registers, and addresses at which none of the chips has anything. */
  readonly unknown: MemoryImage;
}

type MemoryName = keyof Memories;

/** A piece of the address space, from its first address to behind its last. */
interface Zone {
  readonly from: number;
  readonly to: number;
  readonly memory: MemoryName;
}
const zone = ({ address, length }: Stretch, memory: MemoryName): Zone => ({
  from: address,
  to: address + length,
  memory,
});

const LARGEST_FLASH = Math.max(...CHIPS.map((chip) => chip.flashSize));
/** The nRF5340's second core: its flash, and its factory and user registers. */
const NETWORK_CORE: readonly Zone[] = [
  { from: 0x01000000, to: 0x01040000, memory: 'firmware' },
  { from: 0x01ff0000, to: 0x01ff8000, memory: 'factory' },
  { from: 0x01ff8000, to: 0x02000000, memory: 'firmware' },
];
/** Where the nRF51 and nRF52 have FICR and UICR, the nRF5340 has its external flash. */
const EXTERNAL_OF_NRF52 = 0x12000000;
const EXTERNAL_OF_NRF5340 = 0x10000000;
const RAM = 0x20000000;
const PERIPHERALS = 0x40000000;
/** RAM once more, for instructions. */
const CODE_RAM = { from: 0x00800000, to: 0x00880000, memory: 'ram' } as const;

/** All zones, earlier ones before later ones where they overlap. */
function zonesOf(image: MemoryImage): readonly Zone[] {
  const isLater = image.definedBytes(0x00ff0000, 0x10000) > 0;
  const chips = CHIPS.filter(({ ficr }) => ficr.address < EXTERNAL_OF_NRF5340 === isLater);
  return [
    { from: 0, to: LARGEST_FLASH, memory: 'firmware' },
    CODE_RAM,
    ...chips.flatMap(({ uicr, ficr }) => [zone(uicr, 'firmware'), zone(ficr, 'factory')]),
    ...(isLater ? NETWORK_CORE : []),
    { from: isLater ? EXTERNAL_OF_NRF5340 : EXTERNAL_OF_NRF52, to: RAM, memory: 'external' },
    { from: RAM, to: PERIPHERALS, memory: 'ram' },
    { from: 0, to: Infinity, memory: 'unknown' },
  ];
}

/** Tell the memories of a dump apart by their addresses. */
export function splitMemories(image: MemoryImage): Memories {
  const parts: Record<MemoryName, Segment[]> = {
    firmware: [],
    factory: [],
    ram: [],
    external: [],
    unknown: [],
  };
  const zones = zonesOf(image);
  for (const { address, bytes } of image.runs) {
    const end = address + bytes.length;
    for (let at = address; at < end;) {
      const { to, memory } = zones.find(({ from, to: behind }) => at >= from && at < behind)!;
      // a zone that comes first may begin inside a later one
      const next = Math.min(end, to, ...zones.map(({ from }) => from).filter((from) => from > at));
      parts[memory].push({ address: at, bytes: bytes.subarray(at - address, next - address) });
      at = next;
    }
  }
  if (parts.firmware.length === image.runs.length) return { ...EMPTY, firmware: image };
  return {
    firmware: MemoryImage.of(parts.firmware),
    factory: MemoryImage.of(parts.factory),
    ram: MemoryImage.of(parts.ram),
    external: MemoryImage.of(parts.external),
    unknown: MemoryImage.of(parts.unknown),
  };
}

const NONE = MemoryImage.empty;
const EMPTY: Memories = { firmware: NONE, factory: NONE, ram: NONE, external: NONE, unknown: NONE };
