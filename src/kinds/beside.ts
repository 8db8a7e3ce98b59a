/** What a dump holds beside the image of a node, and what its UICR would do to every board: the same for every kind of image. */
import { hex, u32 } from '../bytes.ts';
import type { Memories, MemoryImage } from '../image/index.ts';
import type { KindsFinding } from './errors.ts';

/** What is left out of clones, by its memory. */
export function findBeside({ factory, ram, external, unknown }: Memories): KindsFinding[] {
  const listed = [
    [factory, 'of the factory information (FICR)'],
    [ram, 'of RAM'],
    [external, 'of external flash'],
    [unknown, 'at addresses that are neither flash nor UICR'],
  ] as const;
  const parts = listed.filter(([{ size }]) => size > 0);
  if (parts.length === 0) return [];
  const hints = [
    ram.size > 0 ? 'RAM holds the keys of the donor.' : '',
    factory.size > 0 ? 'Every chip has a FICR of its own.' : '',
    external.size > 0
      ? 'External flash is copied only if you choose so (external-flash); it may hold whatever the donor kept there.'
      : '',
  ];
  return [
    {
      severity: external.size > 0 ? 'warning' : 'info',
      code: 'kinds/left-out',
      message: `The dump also holds ${inWords(parts.map(([{ size }, what]) => `${size.toLocaleString('en')} bytes ${what}`))}. Clones are made of code flash and UICR alone.`,
      hint: hints.filter(Boolean).join(' '),
    },
  ];
}

const inWords = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

interface Protection {
  readonly address: number;
  readonly register: string;
  isSet(value: number): boolean;
}
const lowByte = (value: number) => value & 0xff;
/**
 * Registers that shut the debug port.
 *
 * Source: product specifications, chapter UICR. nRF52: 0xFF as erased, 0x5A opens the port of newer silicon, all else shuts it.
 * nRF51 (RBPCONF): either byte at 0 protects. nRF5340: 0 protects; as erased it is open until the firmware shuts it.
 */
const PROTECTIONS: readonly Protection[] = [
  {
    address: 0x10001208,
    register: 'APPROTECT',
    isSet: (value) => lowByte(value) !== 0xff && lowByte(value) !== 0x5a,
  },
  {
    address: 0x10001004,
    register: 'RBPCONF',
    isSet: (value) => lowByte(value) === 0 || lowByte(value >>> 8) === 0,
  },
  { address: 0x00ff8000, register: 'APPROTECT', isSet: (value) => value === 0 },
  { address: 0x00ff801c, register: 'SECUREAPPROTECT', isSet: (value) => value === 0 },
];

/** Whether clones would shut the debug port of their boards. */
export function readbackProtection(image: MemoryImage): KindsFinding[] {
  const found = PROTECTIONS.find(({ address, isSet }) => {
    if (!image.covers(address, u32.size)) return false;
    const bytes = image.read(address, u32.size);
    return isSet(u32.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0));
  });
  if (!found) return [];
  return [
    {
      severity: 'warning',
      code: 'kinds/readback-protection',
      message: `The UICR in the dump protects the chip against readback (${found.register} at ${hex(found.address)}), and so does every clone.`,
      hint: 'From its next reset on such a board can be neither read out nor verified nor written again, unless it is erased whole. To leave it open, give the dump without its UICR, or with this register erased.',
    },
  ];
}
