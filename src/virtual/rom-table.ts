/**
 * How a Cortex-M4 tells a debugger what is in it: the ROM table and the identification registers of each component.
 * Source: Cortex-M4 Technical Reference Manual (Arm 100166), "ROM table" and "System address map"; CoreSight component ids.
 */
const TABLE = 0xe00ff000;

/** Base address, and the low 20 bits of the peripheral id: part, designer (Arm), revision. */
const COMPONENTS = [
  { base: 0xe000e000, id: 0x0bb00c }, // system control space
  { base: 0xe0001000, id: 0x3bb002 }, // DWT
  { base: 0xe0002000, id: 0x2bb003 }, // FPB
  { base: 0xe0000000, id: 0x3bb001 }, // ITM
];
const CLASS_ROM_TABLE = 0x1;
const CLASS_GENERIC = 0xe;
const ARM_CONTINUATION = 0x04;
/** Nordic Semiconductor, part of the nRF52. */
const TABLE_ID = 0x244006;
const TABLE_CONTINUATION = 0x02;

const PIDR4 = 0xfd0;
const PIDR0 = 0xfe0;
const CIDR0 = 0xff0;
const MEMTYPE = 0xfcc;
const PRESENT = 0x3;

/** The register at this address; `undefined` where it is none of the identification registers. */
export function readIdentification(address: number): number | undefined {
  const offset = address & 0xfff;
  const base = address - offset;
  if (base === TABLE && offset < MEMTYPE) {
    const component = COMPONENTS[offset / 4];
    return component ? ((component.base - TABLE) | PRESENT) >>> 0 : 0;
  }
  const component = COMPONENTS.find((one) => one.base === base);
  if (base !== TABLE && !component) return undefined;
  if (offset === MEMTYPE) return base === TABLE ? 1 : undefined;
  if (offset === PIDR4) return component ? ARM_CONTINUATION : TABLE_CONTINUATION;
  if (offset >= PIDR0 && offset < CIDR0)
    return ((component?.id ?? TABLE_ID) >>> (2 * (offset - PIDR0))) & 0xff;
  if (offset >= CIDR0)
    return [0x0d, (component ? CLASS_GENERIC : CLASS_ROM_TABLE) << 4, 0x05, 0xb1][(offset - CIDR0) / 4];
  return undefined;
}
