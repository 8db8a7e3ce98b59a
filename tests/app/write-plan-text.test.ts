import { describe, expect, test } from 'vitest';
import { planText } from '../../src/app/text/write-plan.ts';
import type { PagePlan, UicrPlan, WritePlan } from '../../src/target/index.ts';

const page = (index: number, action: PagePlan['action']): PagePlan => ({
  address: index * 0x1000,
  action,
  reason: action === 'leave' ? 'same' : 'differs',
  transfer: { form: 'plain', bytes: 0x1000, reason: 'link keeps up' },
});
const packed = (one: PagePlan): PagePlan => ({
  ...one,
  transfer: { form: 'packed', bytes: 2800, reason: 'link is slower' },
});
const plan = (actions: readonly PagePlan['action'][], more: Partial<WritePlan> = {}): WritePlan => ({
  chipErase: null,
  pages: actions.map((action, i) => page(i, action)),
  uicr: { toErase: [], write: [], words: [] },
  estimate: { bytes: 0, milliseconds: 0 },
  ...more,
});
const uicr = (more: Partial<UicrPlan>): UicrPlan => ({ toErase: [], write: [], words: [], ...more });

describe('what the tile says before a board is written', () => {
  test.each([
    ['nothing to do', plan(['leave', 'leave']), 'Every page is right already. UICR stays.'],
    [
      'one page',
      plan(['leave', 'erase and write']),
      '1 of 2 pages differs and is written anew, the others stay. UICR stays.',
    ],
    [
      'everything, and its reason',
      plan(['write', 'write', 'leave'], {
        chipErase: { reason: 'closes at reset', by: 'control port' },
        uicr: uicr({ write: [{ address: 0x10001014, word: 0 }] }),
        estimate: { bytes: 8192, milliseconds: 4200 },
      }),
      'Everything is erased, as this chip would close at a reset; 2 pages of 3 to write, the others stay blank. UICR: 1 word to write (bootloader address). The flash takes 4 s for it.',
    ],
    [
      'pages that go packed, and why',
      plan([], {
        pages: [packed(page(0, 'erase and write')), packed(page(1, 'erase and write')), page(2, 'leave')],
      }),
      '2 of 3 pages differ and are written anew, the others stay. 2 pages go packed, as the link to the chip is slower than its flash. UICR stays.',
    ],
    [
      'a UICR that must be erased',
      plan(['leave'], {
        uicr: uicr({ toErase: [0x10001080], write: [{ address: 0x10001014, word: 0 }] }),
      }),
      'Every page is right already. UICR is erased, as 1 word of it must get a bit back (customer word); 1 word to write.',
    ],
  ])('%s', (_, one, text) => expect(planText(one)).toBe(text));
});
