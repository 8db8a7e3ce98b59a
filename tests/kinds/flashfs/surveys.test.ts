/** What is read of a chip to find its node gives the same node as all of its flash. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFilledWith } from '../../../src/bytes.ts';
import { flashManagerKind } from '../../../src/kinds/flashfs/index.ts';
import { findChip, MemoryImage, type Chip } from '../../../src/image/index.ts';
import { readDump as readSample } from '../../../src/clone/index.ts';
import { runs } from '../../support/properties.ts';
import { sampleDumpText } from '../../support/samples.ts';
import { pattern } from '../../target/bench.ts';
import { switchA3, writeArea, writeStack } from './area-writer.ts';
import { fixtures, readDump } from './fixtures.ts';
import { mutate } from './mutations.ts';

const chip = findChip('nRF52832')!;
const sample = () =>
  readSample([{ name: 'client.hex', bytes: Buffer.from(sampleDumpText(), 'latin1') }]).image;

/** Asked, read and asked again, as from a chip whose flash this is. */
function survey(
  flash: MemoryImage,
  { flashSize }: Chip,
): { readonly image: MemoryImage; readonly rounds: number } {
  let image = MemoryImage.empty;
  for (let rounds = 0; ; rounds++) {
    const wanted = flashManagerKind.stillToRead(image, chip);
    if (wanted.length === 0) return { image, rounds };
    for (const { address, length } of wanted) {
      expect(address + length).toBeLessThanOrEqual(flashSize);
      expect(image.covers(address, length), 'nothing is asked for twice').toBe(false);
    }
    image = image.with(
      wanted.map(({ address, length }) => ({ address, bytes: flash.read(address, length) })),
    );
  }
}

function expectSameNode(flash: MemoryImage, why = ''): void {
  const statesIn = (image: MemoryImage) => {
    const { nextBoot, settled, refusal } = flashManagerKind.read(image, { chip })!;
    // of a board without a node nobody asks why it is none
    return { nextBoot, settled, refusal: settled.unicast && refusal };
  };
  const whole = MemoryImage.of([{ address: 0, bytes: flash.read(0, chip.flashSize) }]);
  expect(statesIn(survey(flash, chip).image), why).toEqual(statesIn(whole));
}

/** Of its areas two are left, and a word on the blank page above them tells that no area was there. */
const LATE_WORD = {
  index: fixtures.findIndex(({ release, history }) => `${release}/${history}` === '3.1.0/key-refresh-2'),
  choices: [
    2890278, 5398435, 3445749, 10381506, 3232835, 13639756, 11914784, 9173137, 3235613, 3173108, 14709779,
    15867828, 2583977, 14697256, 9131123, 3450721, 8235925, 2091694, 11035416, 2101474, 16098531, 7617372,
    11443100,
  ],
  firmware: 51498,
};

describe('a survey', () => {
  test.each(fixtures.map(({ release, history }) => [release, history]))(
    'of a node of %s, %s, finds what is in the whole dump',
    (release, history) => expectSameNode(readDump(release, history)),
  );

  test('finds the same in damaged dumps, beside firmware of any kind', { timeout: 3_600_000 }, () => {
    const damaged = fc.record({
      index: fc.nat(fixtures.length - 1),
      choices: fc.array(fc.nat(0xffffff), { minLength: 8, maxLength: 64 }),
      firmware: fc.nat(0xffff),
    });
    fc.assert(
      fc.property(damaged, ({ index, choices, firmware }) => {
        const { release, history } = fixtures[index]!;
        let next = 0;
        const pick = (below: number) => choices[next++ % choices.length]! % below;
        const dump = readDump(release, history);
        const code = { address: 0, bytes: pattern(0x8000, firmware) };
        expectSameNode(mutate(dump.covers(0, 4) ? dump : dump.with([code]), pick), `${release}/${history}`);
      }),
      { numRuns: runs(100), examples: [[LATE_WORD]] },
    );
  });

  const node = writeStack({ recoveryPage: 0x7f000, areas: switchA3() });
  const lastOfFive = Uint8Array.of(8, 4, 0x10, 0x10, 5, 4, 0xff, 0xff);
  test.each([
    ['areas at the top that are missing', [0x7e, 0x7d], node.filter(({ address }) => address < 0x7d000)],
    [
      'what may be areas between two others',
      [0x7a, 0x79, 0x78, 0x77, 0x76, 0x75],
      [
        ...node.filter(({ address }) => address >= 0x7b000),
        { address: 0x74000, bytes: writeArea({ entries: [{ handle: 0x1100, payload: [1] }] }) },
      ],
    ],
    [
      'pages of an area of five that await their format',
      [0x79, 0x78, 0x77],
      [
        ...node.filter(({ address }) => address >= 0x7b000),
        { address: 0x7a000, bytes: lastOfFive },
        { address: 0x76000, bytes: lastOfFive.with(5, 0) },
      ],
    ],
  ])('reads to their end %s: a word far in such a page says that it is none', (_, pages, segments) => {
    const flash = MemoryImage.of(segments);
    for (const page of pages) {
      const word = { address: page * 0x1000 + 0x410, bytes: Uint8Array.of(0, 0, 0, 0) };
      expect(survey(flash, chip).image.covers(word.address, 4)).toBe(true);
      expectSameNode(flash.with([word]), `page ${page.toString(16)}`);
    }
    expectSameNode(flash);
  });

  test('reads of a whole chip no more than some kilobytes, in a few rounds', () => {
    const { image, rounds } = survey(sample(), chip);
    expect(image.size).toBeLessThan(0x2000);
    expect(rounds).toBeLessThan(8);
    expectSameNode(sample());
  });

  test('reads a page to its end that opens as one does whose format was cut short', () => {
    const page = { address: 0x7b000, bytes: new Uint8Array(0x1000).fill(0xff) };
    page.bytes.set([8, 4, 0x10, 0x10]);
    const { image } = survey(MemoryImage.of([page]), chip);
    expect(image.covers(page.address, 0x1000)).toBe(true);
  });

  test('of a blank chip ends with the first bytes of its pages', () => {
    const { image, rounds } = survey(MemoryImage.empty, chip);
    expect(rounds).toBe(1);
    expect(isFilledWith(image.read(0, chip.flashSize), 0xff)).toBe(true);
  });
});
