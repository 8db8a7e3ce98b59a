import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnAirRows } from '../../../src/app/state/on-air-rows.svelte.ts';
import type { OnAirResult, Verdict } from '../../../src/on-air/index.ts';

const VERDICTS = ['alive', 'differs', 'wrong-device-key', 'silent'] as const satisfies readonly Verdict[];
const CODES: Readonly<Record<Verdict, readonly string[]>> = {
  alive: [],
  differs: ['on-air/not-bound', 'on-air/on-off-silent'],
  'wrong-device-key': ['on-air/wrong-device-key'],
  silent: ['on-air/silent'],
};
const answer = (unicast: number, verdict: Verdict): OnAirResult => ({
  name: '',
  unicast,
  elementCount: 1,
  verdict,
  rttMs: null,
  rssi: null,
  hops: null,
  findings: CODES[verdict].map((code) => ({
    severity: 'error',
    code: code as 'on-air/silent',
    message: code,
    hint: '',
  })),
  at: '2026-11-26T12:00:00.000Z',
});
const clones = [1, 2, 3, 4, 5].map((unicast) => ({ name: `light_${unicast}`, unicast, elementCount: 1 }));

describe('clones on the page', () => {
  test('are counted as if they were counted anew, whatever order verdicts come in and however often one changes', () => {
    const verdict = fc.record({
      unicast: fc.integer({ min: 1, max: 6 }),
      verdict: fc.constantFrom(...VERDICTS),
    });
    fc.assert(
      fc.property(fc.array(verdict), fc.array(verdict), (before, said) => {
        const rows = new OnAirRows();
        rows.replace(clones, new Map(before.map((one) => [one.unicast, answer(one.unicast, one.verdict)])));
        for (const one of said) {
          rows.mark(one.unicast, 'asking');
          rows.conclude(one.unicast, answer(one.unicast, one.verdict));
        }
        const results = rows.all.map(({ result }) => result);
        const of = (wanted: Verdict) => results.filter((result) => result?.verdict === wanted).length;
        expect(rows.counts).toEqual({
          alive: of('alive'),
          differs: of('differs'),
          wrongKey: of('wrong-device-key'),
          silent: of('silent'),
          open: results.filter((result) => result === null).length,
        });
        const codes = results.flatMap((result) => result?.findings.map(({ code }) => code) ?? []);
        const counted = rows.found.map(({ finding, count }) => [finding.code as string, count] as const);
        expect(new Map(counted)).toEqual(
          new Map([...new Set(codes)].map((code) => [code, codes.filter((other) => other === code).length])),
        );
      }),
    );
  });

  test('of whom one is asked stand as before once nobody is asked any more', () => {
    const rows = new OnAirRows();
    rows.replace(clones, new Map([[2, answer(2, 'alive')]]));
    for (const { unicast } of clones) rows.mark(unicast, 'asking');
    rows.settle();
    expect(rows.all.map(({ state }) => state)).toEqual(['waiting', 'known', 'waiting', 'waiting', 'waiting']);
  });
});
