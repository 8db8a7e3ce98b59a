import { describe, expect, test } from 'vitest';
import { NOTHING as NOTHING_READ } from '../../../src/app/state/project.svelte.ts';
import { railOf, type RailSources } from '../../../src/app/state/rail.ts';

const NOTHING: RailSources = {
  project: {
    view: NOTHING_READ,
    reading: null,
  },
  plan: { view: null, error: null },
  press: { phase: 'ready', progress: null, result: null, savedAs: null, error: null },
  bench: { view: null, isElsewhere: false, isKept: false, hasUsb: true },
};
const ERROR = { code: 'meshdb/no-room', message: 'No room.', hint: 'Fewer.', facts: {} } as const;
const CLONES = [0x53, 0x56].map((unicast) => ({
  unicast,
  elementCount: 3,
  name: 'x',
  uuid: '',
  fileName: '',
}));
const PLAN = { view: { clones: CLONES } as never, error: null };
const RESULT = { zipBytes: 2_100_000, clones: 2 } as never;

/** What one step shows, with some sources other than at the very start. */
function step(name: string, changes: { readonly [Room in keyof RailSources]?: Partial<RailSources[Room]> }) {
  const sources = Object.fromEntries(
    Object.entries(NOTHING).map(([room, value]) => [
      room,
      { ...value, ...changes[room as keyof RailSources] },
    ]),
  ) as unknown as RailSources;
  const { glyph, value } = railOf(sources).find((one) => one.name === name)!;
  return `${glyph} ${value}`;
}
const view = (changes: object) => ({ view: { ...NOTHING.project.view, ...changes } });
const kinds = (...names: readonly (string | null)[]) => ({
  donor: { name: 'light', unicast: 0x50, elementCount: 3 },
  kinds: names.map((name) => ({ donor: name && { name, unicast: 0x50, elementCount: 3 } })),
});
const bench = (counts: object, busy = false) => ({ view: { busy, counts, jobs: [{}, {}] } as never });

describe('the rail', () => {
  test('says at first what each step is for', () => {
    expect(railOf(NOTHING).map(({ glyph, value }) => `${glyph} ${value}`)).toEqual([
      'wait who the node is',
      'wait who the clones will be',
      'wait images and a new database',
      'wait onto boards, over USB',
    ]);
  });

  test.each([
    ['busy reading 50 %', { reading: { stage: '', done: 1, total: 2 } }],
    ['fail dump refused', view({ refusal: { ...ERROR, about: 'dump' } })],
    ['fail files do not fit', view({ refusal: { ...ERROR, about: 'pair' } })],
    ['ok light 0x0050–0x0052', view({ donor: { name: 'light', unicast: 0x50, elementCount: 3 } })],
    ['ok light, switch', view(kinds('light', 'switch'))],
    ['warn 1 of 2 kinds of node', view(kinds('light', null))],
    ['warn 1 of 2 kinds of node', view({ ...kinds('light', null), donor: null })],
    ['wait database missing', view({ dump: {} })],
    ['wait dump missing', view({ database: {} })],
  ])('shows of the donor: %s', (shown, project) => {
    expect(step('Donor', { project })).toBe(shown);
  });

  test.each([
    ['ok 2 clones 0x0053–0x0058', PLAN],
    ['ok 2 clones 0x0053–0x0058', { ...PLAN, view: { clones: CLONES.toReversed() } as never }],
    ['warn a setting needs a change', { ...PLAN, error: ERROR }],
    ['warn cannot be made now', { ...PLAN, error: { ...ERROR, code: 'random/broken-source' } as const }],
  ])('shows of the plan: %s', (shown, plan) => {
    expect(step('Plan', { plan })).toBe(shown);
  });

  test.each([
    ['wait ready to press', {}],
    ['busy pressing 1 of 2', { phase: 'pressing', progress: { stage: '', done: 1, total: 2 } } as const],
    ['warn 2 pressed, zip not saved', { phase: 'pressed', result: RESULT } as const],
    ['ok zip saved, 2.0 MB', { phase: 'pressed', result: RESULT, savedAs: 'x.zip' } as const],
    ['fail not pressed', { error: ERROR }],
  ])('shows of pressing: %s', (shown, press) => {
    expect(step('Press', { plan: PLAN, press })).toBe(shown);
  });

  test.each([
    ['busy 1 verified', bench({ verified: 1, failed: 0 }, true)],
    ['ok 2 verified', bench({ verified: 2, failed: 0 })],
    ['fail 1 verified, 1 failed', bench({ verified: 1, failed: 1 })],
    ['warn open in another tab', { isElsewhere: true, isKept: true }],
    ['warn a run to go on with', { isKept: true }],
    ['warn not in this browser', { hasUsb: false }],
  ])('shows of the bench: %s', (shown, sources) => {
    expect(step('Bench', { bench: sources })).toBe(shown);
  });
});
