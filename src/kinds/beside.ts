/** What a dump holds beside the image of a node, and what its UICR would do to every board: the same for every kind of image. */
import { hex } from '../bytes.ts';
import { describeUicr, type Chip, type Memories, type MemoryImage } from '../image/index.ts';
import type { KindsFinding } from './errors.ts';
import { thousands } from '../numbers.ts';

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
      message: `The dump also holds ${inWords(parts.map(([{ size }, what]) => `${thousands(size)} bytes ${what}`))}. Clones are made of code flash and UICR alone.`,
      hint: hints.filter(Boolean).join(' '),
    },
  ];
}

const inWords = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** Whether clones would shut the debug port of their boards. */
export function readbackProtection(image: MemoryImage, chip: Chip): KindsFinding[] {
  const found = describeUicr(image, chip).find(({ protects }) => protects);
  if (!found) return [];
  return [
    {
      severity: 'warning',
      code: 'kinds/readback-protection',
      message: `The UICR in the dump protects the chip against readback (${found.register} at ${hex(found.address)}), and so does every clone.`,
      hint: 'From its next reset on such a board can be neither read out nor verified nor written again, unless it is erased whole. To leave it open, leave the UICR out (uicr, drop), or give the dump with this register erased.',
    },
  ];
}
