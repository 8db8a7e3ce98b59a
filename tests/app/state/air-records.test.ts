import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { OnAirResult } from '../../../src/on-air/index.ts';
import { freshBrowser } from '../../support/browser.ts';

beforeEach(() => void freshBrowser());

/** As a tab that was just opened has it. */
async function opened() {
  vi.resetModules();
  const { AirRecords } = await import('../../../src/app/state/air-records.svelte.ts');
  return new AirRecords();
}
const NETWORK = 'b3'.repeat(16);
const UUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const answer = (unicast: number, uuid: string, verdict: OnAirResult['verdict'] = 'alive') => ({
  kind: 'on-air' as const,
  network: NETWORK,
  name: `light_${unicast}`,
  unicast,
  elementCount: 1,
  uuid: uuid.replaceAll('-', ''),
  verdict,
  rttMs: 80,
  rssi: -60,
  hops: 1,
  findings: [],
  at: '2026-11-26T12:00:00.000Z',
});

describe('what clones answered', () => {
  test('is there again when the page is opened again, the last answer of each', async () => {
    const before = await opened();
    await before.load('real');
    await before.keep('real', answer(0x53, UUID, 'silent'), answer(0x53, UUID));
    const after = await opened();
    await after.look('real');
    expect(after.resultsOf('real', NETWORK, [{ unicast: 0x53, uuid: UUID }]).get(0x53)).toMatchObject({
      verdict: 'alive',
      hops: 1,
    });
  });

  test('says nothing of another clone that gets the same address', async () => {
    const records = await opened();
    await records.keep('real', answer(0x53, UUID));
    const other = '9a0c0305-4f89-41d3-9a0c-0305e82c3301';
    expect(records.resultsOf('real', NETWORK, [{ unicast: 0x53, uuid: other }]).size).toBe(0);
    expect(records.resultsOf('real', 'c4'.repeat(16), [{ unicast: 0x53, uuid: UUID }]).size).toBe(0);
  });

  test('in a virtual network is never taken for the real one', async () => {
    const records = await opened();
    await records.keep('virtual', answer(0x53, UUID));
    expect(records.of('real')).toEqual([]);
    expect(records.resultsOf('virtual', NETWORK, [{ unicast: 0x53, uuid: UUID }]).size).toBe(1);
  });
});
