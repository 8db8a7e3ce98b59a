import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import { findChip, MemoryImage, UICR_START, type Chip } from '../../src/image/index.ts';
import { planChipErase, planWrite, pagesOf, type WritePlan } from '../../src/target/write-plan.ts';
import { pattern } from './bench.ts';

const PAGE = 0x1000;
const chipOf = (name: string, pages: number): Chip => ({ ...findChip(name)!, flashSize: pages * PAGE });
const chip = chipOf('nRF52832', 8);
const blankUicr = () => new Uint8Array(PAGE).fill(0xff);
const page = (index: number, seed = 1) => ({ address: index * PAGE, bytes: pattern(PAGE, seed) });
const word = (offset: number, value: number) => ({
  address: UICR_START + offset,
  bytes: new Uint8Array(Uint32Array.of(value).buffer),
});
const different = (...pages: number[]) => new Set(pages.map((index) => index * PAGE));
const actions = ({ pages }: WritePlan) => pages.map(({ action }) => action);

describe('a plan for a chip that holds something else', () => {
  const image = MemoryImage.of([page(0), page(1), page(7)]);

  test('leaves pages that are right, and says so of each', () => {
    const plan = planWrite(chip, image, { chipErase: null, different: different(7), uicr: blankUicr() });
    expect(plan.pages.map(({ reason }) => reason)).toEqual([...Array<string>(7).fill('same'), 'differs']);
    expect(actions(plan)[7]).toBe('erase and write');
    expect(plan).toMatchObject({ chipErase: null, estimate: { bytes: PAGE } });
  });

  test('erases a page that is to be blank, and sends nothing for it', () => {
    const plan = planWrite(chip, image, { chipErase: null, different: different(3), uicr: blankUicr() });
    expect(actions(plan)[3]).toBe('erase');
    expect(plan.estimate.bytes).toBe(0);
    expect(plan.estimate.milliseconds).toBeCloseTo(2.05);
  });

  test('does nothing at all to a chip that holds the image', () => {
    const plan = planWrite(chip, image, { chipErase: null, different: different(), uicr: blankUicr() });
    expect(new Set(actions(plan))).toEqual(new Set(['leave']));
    expect(plan).toMatchObject({ estimate: { bytes: 0, milliseconds: 0 } });
  });
});

describe('an erase of everything', () => {
  const image = MemoryImage.of([page(0), page(1), page(2), page(3)]);

  test.each([
    ['nRF52832', 3, null],
    ['nRF52832', 4, 'sooner'],
    ['nRF52840', 1, null],
    ['nRF52840', 2, 'sooner'],
  ] as const)('%s: with %i pages that differ, the reason is %s', (name, count, reason) => {
    const blank = chipOf(name, 8);
    const wanted = MemoryImage.of(
      image.runs.slice(0, 1).map(({ bytes }) => ({ address: 0, bytes: bytes.slice(0, count * PAGE) })),
    );
    const found = different(...Array.from({ length: count }, (_, i) => i));
    expect(planChipErase(blank, pagesOf(wanted, blank), found)?.reason ?? null).toBe(reason);
  });

  test('erases no page by itself, writes those with bytes, and counts the erase once', () => {
    const plan = planWrite(chip, image, { chipErase: { reason: 'sooner', by: 'flash controller' } });
    expect(actions(plan)).toEqual([...Array<string>(4).fill('write'), ...Array<string>(4).fill('leave')]);
    expect(new Set(plan.pages.map(({ reason }) => reason))).toEqual(new Set(['blank']));
    expect(plan.estimate).toEqual({ bytes: 4 * PAGE, milliseconds: 6.72 + 4 * 69 });
  });

  test('that opened the chip is done already and costs no more', () => {
    const plan = planWrite(chip, MemoryImage.empty, {
      chipErase: { reason: 'protected', by: 'control port' },
    });
    expect(plan.estimate.milliseconds).toBe(0);
  });
});

describe('the UICR in a plan', () => {
  const planned = (before: Uint8Array, image: MemoryImage, lock = false) =>
    planWrite(chip, image, { chipErase: null, different: new Set(), uicr: before }, { lock }).uicr;
  const holding = (...words: ReturnType<typeof word>[]) =>
    MemoryImage.of(words).read(UICR_START, PAGE).slice();

  test('is left where it is right', () => {
    const words = [word(0x14, 0x7e000), word(0x200, 0x15)];
    expect(planned(holding(...words), MemoryImage.of(words))).toEqual({
      toErase: [],
      write: [],
      words: [
        { address: UICR_START + 0x14, word: 0x7e000 },
        { address: UICR_START + 0x200, word: 0x15 },
      ],
    });
  });

  test('is written where it only loses bits', () => {
    expect(planned(blankUicr(), MemoryImage.of([word(0x14, 0x7e000)]))).toEqual({
      toErase: [],
      write: [{ address: UICR_START + 0x14, word: 0x7e000 }],
      words: [{ address: UICR_START + 0x14, word: 0x7e000 }],
    });
  });

  test('is erased where a bit must come back, each such word named, and then written whole', () => {
    const before = holding(word(0x14, 0x1f000), word(0x80, 0x1234), word(0x200, 0x15));
    const image = MemoryImage.of([word(0x14, 0x7e000), word(0x200, 0x15)]);
    expect(planned(before, image)).toEqual({
      toErase: [UICR_START + 0x14, UICR_START + 0x80],
      write: [
        { address: UICR_START + 0x14, word: 0x7e000 },
        { address: UICR_START + 0x200, word: 0x15 },
      ],
      words: [
        { address: UICR_START + 0x14, word: 0x7e000 },
        { address: UICR_START + 0x200, word: 0x15 },
      ],
    });
  });

  test('gets its protection last', () => {
    const { write } = planned(blankUicr(), MemoryImage.of([word(0x20c, 0xfffffffe)]), true);
    expect(write.map(({ address }) => address - UICR_START)).toEqual([0x20c, 0x208]);
  });
});

test('carried out on paper, any plan turns any chip into the image, and survives being sent as JSON', () => {
  const small = chipOf('nRF52840', 4);
  const content = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((few) => {
    const bytes = new Uint8Array(PAGE).fill(0xff);
    bytes.set(few.map((byte) => (byte < 128 ? 0xff : byte)));
    return bytes;
  });
  const memory = fc.record({ pages: fc.array(content, { minLength: 4, maxLength: 4 }), uicr: content });
  fc.assert(
    fc.property(memory, memory, fc.boolean(), (before, after, lock) => {
      const image = MemoryImage.of([
        ...after.pages.map((bytes, i) => ({ address: i * PAGE, bytes })),
        { address: UICR_START, bytes: after.uicr },
      ]);
      const pages = pagesOf(image, small);
      const found = new Set(
        pages.filter(({ bytes }, i) => !equalBytes(bytes, before.pages[i]!)).map(({ address }) => address),
      );
      const chipErase = planChipErase(small, pages, found);
      const plan = JSON.parse(
        JSON.stringify(
          planWrite(
            small,
            image,
            chipErase ? { chipErase } : { chipErase, different: found, uicr: before.uicr },
            { lock },
          ),
        ),
      ) as WritePlan;

      const blank = () => new Uint8Array(PAGE).fill(0xff);
      const flash = before.pages.map((bytes) => (plan.chipErase ? blank() : bytes.slice()));
      const uicr = plan.chipErase || plan.uicr.toErase.length > 0 ? blank() : before.uicr.slice();
      plan.pages.forEach(({ address, action }, i) => {
        if (action.startsWith('erase')) flash[i]!.fill(0xff);
        if (action.endsWith('write'))
          image.read(address, PAGE).forEach((byte, at) => (flash[i]![at]! &= byte));
      });
      const view = new DataView(uicr.buffer);
      for (const { address, word: value } of plan.uicr.write)
        view.setUint32(address - UICR_START, view.getUint32(address - UICR_START, true) & value, true);

      const wantedUicr = after.uicr.slice();
      if (lock) wantedUicr.set([0x00, 0xff, 0xff, 0xff], 0x208);
      expect(flash.every((bytes, i) => equalBytes(bytes, after.pages[i]!))).toBe(true);
      expect(equalBytes(uicr, wantedUicr)).toBe(true);
    }),
  );
});
