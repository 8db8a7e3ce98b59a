import { describe, expect, test } from 'vitest';
import { probeText, workOf } from '../../src/app/text/bench.ts';
import type { BenchView, SlotView } from '../../src/bench/index.ts';

const packets = { packetSize: 64, packetCount: 1 };

describe('a probe', () => {
  test('is told with all that it tells about itself', () => {
    const jlink = {
      kind: 'jlink',
      title: 'SEGGER J-Link',
      serial: '000682123456',
      firmware: 'J-Link OB-SAM3U128-V2-NordicSemi compiled Jan 21 2016',
      interfaceChip: 'ATSAM3U',
      targetMillivolts: 2987,
      ...packets,
    } as const;
    expect(probeText(jlink)).toBe(
      'SEGGER J-Link 000682123456, J-Link OB-SAM3U128-V2-NordicSemi compiled Jan 21 2016, interface chip ATSAM3U, target at 3.0 V',
    );
    expect(probeText({ ...jlink, targetMillivolts: 0 })).toMatch(/target at 0.0 V$/);
  });

  test('that tells little is told in few words', () => {
    expect(probeText({ kind: 'cmsis-dap', title: 'Probe', serial: '', firmware: '', ...packets })).toBe(
      'Probe',
    );
  });
});

describe('the tab of a bench at work', () => {
  const slot = (letter: string, doneBytes: number): Partial<SlotView> => ({
    letter,
    state: 'working',
    stage: 'writing',
    doneBytes,
    totalBytes: 1000,
  });
  const view = (...slots: Partial<SlotView>[]) =>
    ({ slots, jobs: Array(20), counts: { verified: 11 } }) as unknown as BenchView;

  test('names the board, and counts it as far as it is', () => {
    expect(workOf(view(slot('A', 500)))).toEqual({ title: 'A 49 %, 11 of 20 verified', share: 57 });
  });

  test('says of several boards how many they are', () => {
    expect(workOf(view(slot('A', 500), slot('B', 1000)))).toEqual({
      title: '2 boards 71 %, 11 of 20 verified',
      share: 62,
    });
  });

  test('says what is done while a board is only looked at', () => {
    expect(workOf(view({ letter: 'A', state: 'attaching' }))).toEqual({
      title: '11 of 20 verified',
      share: 55,
    });
  });
});
