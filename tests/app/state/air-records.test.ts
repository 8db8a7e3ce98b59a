import { beforeEach, describe, expect, test, vi } from 'vitest';
import { formatRadioRecord, ownAddressesIn, type OnAirResult } from '../../../src/on-air/index.ts';
import { chooseOwnAddress } from '../../../src/serial/own-addresses.ts';
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

  test('counts no more once everybody is to be asked again, also when the page is opened again', async () => {
    const before = await opened();
    await before.keep('real', answer(0x53, UUID), answer(0x56, UUID));
    await before.keep('real', {
      kind: 'ask-again',
      network: NETWORK,
      clones: [0x53],
      at: '2026-11-26T12:00:01.000Z',
    });
    const after = await opened();
    await after.load('real');
    const both = [0x53, 0x56].map((unicast) => ({ unicast, uuid: UUID }));
    expect([...after.resultsOf('real', NETWORK, both).keys()]).toEqual([0x56]);
    await after.keep('real', { ...answer(0x53, UUID, 'silent'), at: '2026-11-26T12:00:02.000Z' });
    expect(after.resultsOf('real', NETWORK, both).get(0x53)!.verdict).toBe('silent');

    // the same in a file that another browser takes in
    const file = after.format('real');
    freshBrowser();
    const elsewhere = await opened();
    await elsewhere.takeIn('real', file);
    expect(elsewhere.resultsOf('real', NETWORK, both).get(0x53)!.verdict).toBe('silent');
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

describe('what this browser keeps', () => {
  test('comes back in its order, also what two tabs wrote by turns; what virtual radios wrote goes by itself', async () => {
    const [one, two] = [await opened(), await opened()];
    const addresses = Array.from({ length: 24 }, (_, i) => 0x100 + i);
    for (const [i, unicast] of addresses.entries())
      await (i % 3 === 0 ? two : one).keep('real', answer(unicast, UUID));
    await one.keep('virtual', answer(1, UUID));
    const { forgetVirtualRecords } = await import('../../../src/app/browser/radio-memory.ts');
    await forgetVirtualRecords();
    const later = await opened();
    await later.load('real');
    await later.load('virtual');
    expect(later.of('real').flatMap((record) => ('unicast' in record ? [record.unicast] : []))).toEqual(
      addresses,
    );
    expect(later.of('virtual')).toEqual([]);
  });
});

describe('the journal in a file', () => {
  const number = (nextSequence: number | null, unicast = 0x7ff0) => ({
    kind: 'own-address' as const,
    network: NETWORK,
    unicast,
    ivIndex: 0,
    nextSequence,
    at: '2026-11-26T12:00:00.000Z',
  });
  const choose = (records: Awaited<ReturnType<typeof opened>>) =>
    chooseOwnAddress({
      network: NETWORK,
      ivIndex: 0,
      candidates: [0x7ff0, 0x7ff1],
      records: ownAddressesIn(records.of('real')),
      keepsSequence: true,
      freshNumbers: false,
      random: new Uint8Array(4),
    });

  test('lets a browser whose storage was cleared go on behind the last number', async () => {
    const before = await opened();
    await before.keep('real', number(0), number(0x4000), answer(0x53, UUID));
    const file = before.format('real');

    freshBrowser(); // all storage is gone
    const after = await opened();
    await after.look('real');
    expect(choose(after).nextSequence).toBe(0);
    expect(await after.takeIn('real', file)).toBe(3);
    expect(choose(after)).toEqual({ unicast: 0x7ff0, nextSequence: 0x4000 });
    expect(after.resultsOf('real', NETWORK, [{ unicast: 0x53, uuid: UUID }]).size).toBe(1);
    expect(await (await opened()).takeIn('real', file)).toBe(0); // once is enough
  });

  test('of an older state takes nothing back', async () => {
    const records = await opened();
    await records.keep('real', number(0x8000), answer(0x53, UUID, 'alive'));
    const older = { ...answer(0x53, UUID, 'silent'), at: '2026-11-25T12:00:00.000Z' };
    await records.takeIn('real', [number(0x2000), older].map(formatRadioRecord).join(''));
    expect(choose(records).nextSequence).toBe(0x8000);
    expect(records.resultsOf('real', NETWORK, [{ unicast: 0x53, uuid: UUID }]).get(0x53)!.verdict).toBe(
      'alive',
    );
  });

  test.each([
    ['no JSON', 'x\n'],
    ['another file', '{"nodes":[]}\n'],
    ['a network that is none', formatRadioRecord({ ...number(0), network: 'x' })],
    ['an address that is none', formatRadioRecord({ ...number(0), unicast: 0x8000 })],
    ['a number that is none', formatRadioRecord({ ...number(0), nextSequence: -1 })],
    [
      'clones that are none',
      formatRadioRecord({ kind: 'ask-again', network: NETWORK, clones: [0], at: answer(1, UUID).at }),
    ],
    ['a verdict that is none', formatRadioRecord({ ...answer(1, UUID), verdict: 'fine' as 'alive' })],
    ['findings that are none', formatRadioRecord({ ...answer(1, UUID), findings: [null as never] })],
  ])('with %s is refused, and nothing of it is taken in', async (_, line) => {
    const records = await opened();
    await expect(records.takeIn('real', formatRadioRecord(number(5)) + line)).rejects.toMatchObject({
      code: 'on-air/bad-journal',
      facts: { line: 2 },
    });
    expect(records.of('real')).toEqual([]);
  });
});
