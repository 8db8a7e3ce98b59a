import { expect, test } from 'vitest';
import { codesOf } from '../../src/app/text/refusals.ts';

test('a refusal is looked up by the faults it lists, each once, or by its own code', () => {
  const faults = { code: 'clone/broken-database', facts: { findings: 'E01, E16, E01' } } as const;
  expect(codesOf(faults)).toEqual(['E01', 'E16']);
  expect(codesOf({ code: 'flashfs/node-reset', facts: {} })).toEqual(['flashfs/node-reset']);
});
