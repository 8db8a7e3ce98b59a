import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, settingsFrom, withoutKeys } from '../../../src/app/state/plan-settings.ts';

describe('settings that were kept', () => {
  test('come back as they were', () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      count: '7',
      choices: { sequence: '+8,192' },
      names: { 2: 'hall' },
    };
    expect(settingsFrom(structuredClone(settings))).toEqual(settings);
  });

  test('by 0.1.0 keep the choices that had a member of their own there', () => {
    const old = {
      count: '3',
      sequence: 'skip',
      skipAhead: '100',
      ownPublications: 'map',
      replayCache: 'keep',
      advertiserAddress: 'drop',
      csv: 'name\nhall',
    };
    expect(settingsFrom(old)).toEqual({
      ...DEFAULT_SETTINGS,
      count: '3',
      csv: 'name\nhall',
      choices: {
        sequence: '+100',
        'own-publications': 'map',
        'replay-cache': 'keep',
        'advertiser-address': 'drop',
      },
    });
    expect(settingsFrom({ ...old, sequence: 'reset' }).choices).toMatchObject({ sequence: 'reset' });
  });

  test.each([[null], ['text'], [[1, 2]], [{ count: 7, choices: { sequence: 1 }, names: 'x' }]])(
    'and are none are the default ones: %j',
    (kept) => {
      expect(settingsFrom(kept).count).toBe('20');
      expect(settingsFrom(kept).choices).toEqual({});
    },
  );
});

test('a table is shown without what may be a key, and as it is where there is none', () => {
  const names = 'name,unicastAddress,UUID\nkitchen,0x0060,00112233-4455-6677-8899-aabbccddeeff\nhall,\n';
  expect(withoutKeys(names)).toBe(names);
  expect(withoutKeys('hall,0x0063,00112233445566778899AABBCCDDEEFF,,\nattic,0011223344556677')).toBe(
    'hall,0x0063,•••• ••••,,\nattic,•••• ••••',
  );
});
