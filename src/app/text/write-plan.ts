/** What will be erased, written and left on a chip, and why, in a few sentences. */
import type { ChipEraseReason, WritePlan } from '../../target/index.ts';
import { findChip, uicrTitles } from '../../image/index.ts';
import { counted } from './words.ts';

const WHY: Readonly<Record<ChipEraseReason, string>> = {
  protected: 'Everything was erased, as the chip was protected',
  'closes at reset': 'Everything is erased, as this chip would close at a reset',
  sooner: 'Everything is erased, as that takes less time than page by page',
  unfinished:
    'Everything is erased, as writing was cut short here before and what reads right may be half written',
};

/** The chip that has every register of the family. */
const ALL_REGISTERS = findChip('nRF52840')!;
const titles = (addresses: readonly number[]) => uicrTitles(addresses, ALL_REGISTERS);

/** `2 of 128 pages differ and are written anew, the others stay. UICR stays.` */
export function planText({ chipErase, pages, uicr, estimate }: WritePlan): string {
  const changed = pages.filter(({ action }) => action !== 'leave').length;
  const flash = chipErase
    ? `${WHY[chipErase.reason]}; ${counted(changed, 'page')} of ${pages.length} to write, the others stay blank.`
    : changed === 0
      ? 'Every page is right already.'
      : `${changed} of ${pages.length} pages ${changed === 1 ? 'differs and is' : 'differ and are'} written anew, the others stay.`;
  const packed = pages.filter(({ transfer }) => transfer.form === 'packed').length;
  const way =
    packed > 0
      ? ` ${counted(packed, 'page')} ${packed === 1 ? 'goes' : 'go'} packed, as the link to the chip is slower than its flash.`
      : '';
  const words = counted(uicr.write.length, 'word');
  const registers =
    uicr.toErase.length > 0
      ? `UICR is erased, as ${counted(uicr.toErase.length, 'word')} of it must get a bit back (${titles(uicr.toErase)}); ${words} to write.`
      : uicr.write.length > 0
        ? `UICR: ${words} to write (${titles(uicr.write.map(({ address }) => address))}).`
        : 'UICR stays.';
  const seconds = estimate.milliseconds / 1000;
  const time = seconds >= 1 ? ` The flash takes ${seconds.toFixed(0)} s for it.` : '';
  return `${flash}${way} ${registers}${time}`;
}
