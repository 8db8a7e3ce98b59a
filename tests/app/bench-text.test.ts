import { describe, expect, test } from 'vitest';
import { probeText } from '../../src/app/text/bench.ts';

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
