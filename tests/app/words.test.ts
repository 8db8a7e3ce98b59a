import { describe, expect, test } from 'vitest';
import { modelName, tellsPurpose } from '../../src/app/text/sig-models.ts';
import {
  counted,
  duration,
  percent,
  sentence,
  sentences,
  size,
  spelled,
  timeLeft,
  unicastRange,
} from '../../src/app/text/words.ts';

describe('numbers', () => {
  test('have a thousands comma and the right noun', () => {
    expect(counted(1, 'clone')).toBe('1 clone');
    expect(counted(32_687, 'clone')).toBe('32,687 clones');
    expect(counted(2, 'entry', 'entries')).toBe('2 entries');
    expect(spelled(3, 'element')).toBe('three elements');
    expect(spelled(40, 'element')).toBe('40 elements');
  });

  test('of bytes get the unit a person would choose', () => {
    expect(size(208)).toBe('208 B');
    expect(size(0x80000)).toBe('512 KB');
    expect(size(6_710_886)).toBe('6.4 MB');
    expect(size(3.3 * 2 ** 30)).toBe('3.3 GB');
  });

  test('of percent say 100 only when all is done', () => {
    expect(percent(999, 1000)).toBe(99);
    expect(percent(1000, 1000)).toBe(100);
    expect(percent(0, 0)).toBe(0);
  });

  test('of time are rounded to what one can use', () => {
    expect(timeLeft(0.2)).toBe('about 1 s left');
    expect(timeLeft(130)).toBe('about 2 min left');
    expect(duration(2.84)).toBe('2.8 s');
    expect(duration(185)).toBe('3 min 5 s');
  });
});

describe('addresses', () => {
  test('are given with both ends, and one alone without', () => {
    expect(unicastRange(0x53, 3)).toBe('0x0053–0x0055');
    expect(unicastRange(0x51, 1)).toBe('0x0051');
  });
});

describe('sentences', () => {
  test('end at a full stop, not inside file names and releases', () => {
    expect(sentences('Dump and database agree. Same unicast address.')).toEqual([
      'Dump and database agree.',
      'Same unicast address.',
    ]);
    expect(sentences('donor.hex is of 4.2.0 or later.')).toEqual(['donor.hex is of 4.2.0 or later.']);
  });

  test('begin with a capital unless the spelling is fixed', () => {
    expect(sentence('network key')).toBe('Network key');
    expect(sentence('nRF52832 and nRF52833')).toBe('nRF52832 and nRF52833');
  });
});

describe('models', () => {
  test('of the SIG have their names; others their numbers', () => {
    expect(modelName({ modelId: 0x1001 })).toBe('Generic OnOff Client');
    expect(modelName({ modelId: 0x7777 })).toBe('Model 0x7777');
    expect(modelName({ modelId: 0x0001, companyId: 0x0059 })).toBe('Vendor model 0x0059 / 0x0001');
  });

  test('of the foundation do not tell what a node is for', () => {
    expect(tellsPurpose({ modelId: 0x0002 })).toBe(false);
    expect(tellsPurpose({ modelId: 0x1000 })).toBe(true);
    expect(tellsPurpose({ modelId: 0x0001, companyId: 0x0059 })).toBe(true);
  });
});
