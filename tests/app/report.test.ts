import { describe, expect, test } from 'vitest';
import { boardLines } from '../../src/app/text/report.ts';
import type { BenchView, JournalRecord, SlotView } from '../../src/bench/index.ts';

const slot: SlotView = {
  letter: 'A',
  state: 'failed',
  plugged: true,
  probe: {
    kind: 'jlink',
    title: 'SEGGER J-Link',
    serial: '000682123456',
    firmware: 'J-Link OB-SAM3U128-V2-NordicSemi compiled Jan 21 2016',
    interfaceChip: 'ATSAM3U',
    packetSize: 2048,
    packetCount: 1,
    targetMillivolts: 2987,
  },
  chip: { id: '7d2f00112233914c', name: 'nRF52832' },
  job: null,
  next: null,
  proof: [],
  log: [],
  listening: false,
  openedBy: null,
  answers: [],
  stage: null,
  plan: null,
  doneBytes: 0,
  totalBytes: 0,
  needs: null,
  error: {
    code: 'target/verify-failed',
    message: 'The chip of Kitchen holds other bytes.',
    hint: '',
    facts: { address: 0x24a10, name: 'Kitchen' },
  },
};
const empty: SlotView = {
  ...slot,
  letter: 'B',
  state: 'empty',
  plugged: false,
  probe: null,
  chip: null,
  error: null,
};
const failed = (result: string) => ({ kind: 'failed', result }) as JournalRecord;
const view = {
  slots: [slot, empty],
  jobs: Array.from({ length: 20 }),
  counts: { verified: 11, failed: 1, working: 0, left: 8, unavailable: 0 },
  records: [failed('probe/disconnected'), failed('target/verify-failed'), failed('probe/disconnected')],
} as unknown as BenchView;

describe('the report of a bench', () => {
  const text = boardLines(view)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

  test('says which probes there are, with firmware, interface chip and voltage', () => {
    expect(text).toContain(
      'Probe A: jlink, SEGGER J-Link, J-Link OB-SAM3U128-V2-NordicSemi compiled Jan 21 2016, interface chip ATSAM3U, 2048 bytes × 1, target 2987 mV',
    );
    expect(text).not.toContain('Probe B');
  });

  test('says what went wrong, by code, now and before', () => {
    expect(text).toContain('Board A: nRF52832, failed');
    expect(text).toContain(`Board A: target/verify-failed {"address":${0x24a10}}`);
    expect(text).toContain('In the journal: 2 × probe/disconnected');
    expect(text).toContain('Boards: 11 of 20 verified, 1 failed');
  });

  test('has no serial number, no chip id, and no name that a person gave', () => {
    expect(text).not.toMatch(/000682|7d2f|Kitchen/);
  });
});
