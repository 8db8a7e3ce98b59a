/** What is read of a chip to find its node gives the same node as all of its flash. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFilledWith } from '../../../src/bytes.ts';
import { flashManagerKind } from '../../../src/kinds/flashfs/index.ts';
import { findChip, MemoryImage, type Chip } from '../../../src/image/index.ts';
import { readDump as readSample } from '../../../src/clone/index.ts';
import { sampleDumpText } from '../../support/samples.ts';
import { pattern } from '../../target/bench.ts';
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
    const { nextBoot, settled } = flashManagerKind.read(image, { chip })!;
    return { nextBoot, settled };
  };
  const whole = MemoryImage.of([{ address: 0, bytes: flash.read(0, chip.flashSize) }]);
  expect(statesIn(survey(flash, chip).image), why).toEqual(statesIn(whole));
}

describe('a survey', () => {
  test.each(fixtures.map(({ release, history }) => [release, history]))(
    'of a node of %s, %s, finds what is in the whole dump',
    (release, history) => expectSameNode(readDump(release, history)),
  );

  test('finds the same in damaged dumps, beside firmware of any kind', () => {
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
      { numRuns: 100 },
    );
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
