/** The IV index of clones, where the dump is older than the network. */
import { describe, expect, test } from 'vitest';
import { changesOf } from '../../../src/image/index.ts';
import { flashManagerKind, type FlashManagerReading } from '../../../src/kinds/flashfs/index.ts';
import type { OptionChoices } from '../../../src/kinds/index.ts';
import { planClones } from '../../../src/clone/index.ts';
import { sampleDonor, seededBytes } from '../../support/projects.ts';
import { fixtures, readDump, triedIdentity, type Manifest } from './fixtures.ts';

function cloneOf(reading: FlashManagerReading, manifest: Manifest, choices: OptionChoices) {
  const recipe = reading.prepare(choices);
  const identity = triedIdentity(manifest);
  const image = reading.image.with(changesOf([...recipe.shared, ...recipe.patchesFor(identity)]));
  recipe.check(image, identity);
  return { state: flashManagerKind.read(image)!.settled, recipe };
}

describe.each(fixtures.filter(({ manifest }) => manifest.patchCheck))(
  'clones of $release with the history $history',
  ({ release, history, manifest }) => {
    const reading = flashManagerKind.read(readDump(release, history))!;
    const { ivIndex, nextSequenceNumber } = reading.settled;
    const today = ivIndex + 3;

    test('begin under the IV index of today, in normal operation', () => {
      const { state, recipe } = cloneOf(reading, manifest, { 'iv-index': String(today), sequence: 'reset' });
      expect(state).toMatchObject({ ivIndex: today, ivUpdateInProgress: false, nextSequenceNumber: 0 });
      expect(recipe.ivIndex).toBe(today);
      expect(recipe.notes.map(({ code }) => code)).toContain('flashfs/iv-index-set');
      expect(state.replayCache ?? []).toEqual([]);
    });

    test('keep all else, and never go back', () => {
      const kept = cloneOf(reading, manifest, { 'iv-index': String(ivIndex) });
      expect(kept.state).toEqual(cloneOf(reading, manifest, {}).state);
      expect(kept.recipe.ivIndex).toBe(ivIndex);
      if (ivIndex > 0)
        expect(() => reading.prepare({ 'iv-index': String(ivIndex - 1) })).toThrowError(
          expect.objectContaining({ code: 'flashfs/iv-index-lower' }),
        );
      const { state } = cloneOf(reading, manifest, { 'iv-index': String(today) });
      // paired by their order, block and index of old releases fall apart with the end of an update
      expect([0, nextSequenceNumber]).toContain(state.nextSequenceNumber);
      expect(state.netKeys).toEqual(reading.settled.netKeys);
    });
  },
);

describe('a plan under the IV index of today', () => {
  test('says so, and the choice names the donor’s', () => {
    const { donor } = sampleDonor();
    const { findings } = planClones(donor, { choices: { 'iv-index': '4294967295' } }, seededBytes());
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'flashfs/iv-index-set',
        message: expect.stringContaining('4,294,967,295'),
      }),
    );
    const option = donor.reading.options.find(({ id }) => id === 'iv-index')!;
    expect(option.choices[0]!.title).toBe('The donor’s, 0');
    for (const choice of ['4294967296', '-1', '0x10', 'new'])
      expect(() => planClones(donor, { choices: { 'iv-index': choice } }, seededBytes())).toThrowError(
        expect.objectContaining({ code: 'kinds/bad-choice' }),
      );
  });
});
