import { describe, expect, test } from 'vitest';
import { askProbe, openProbe, readDp } from '../../src/probe/index.ts';
import { Nrf52 } from '../../src/target/index.ts';
import { PROBE_PROFILES, VirtualBoard, VirtualClock, type ProbeName } from '../../src/virtual/index.ts';

async function asked(probe: ProbeName) {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ clock, probe, serial: 'SECRET-SERIAL' });
  const link = await openProbe(board.device, { clock });
  const answers = await askProbe(link, clock);
  const of = (question: string) => answers.find((one) => one.question === question)?.answer;
  return { board, clock, link, answers, of };
}

describe.each(Object.keys(PROBE_PROFILES) as ProbeName[])('a %s that is asked', (probe) => {
  test('tells times and how much it takes, keeps its serial number to itself, and changes nothing', async () => {
    const { board, answers, of, link } = await asked(probe);
    expect(of('round trip of one request')).toMatch(/median [\d.]+ ms/);
    expect(of('requests under way')).toMatch(/^\d+ of \d+ bytes$/);
    expect(JSON.stringify(answers)).not.toContain('SECRET-SERIAL');
    expect(board.chip.events).toEqual([{ kind: 'reset', cause: 'power-on' }]);
    expect(board.chip.core.halted).toBe(false);
    expect([...(await link.transfer([readDp(0x0)]))]).toEqual([0x2ba01477]);
  });

  test('is found as before by whoever comes next', async () => {
    const { board, clock, link } = await asked(probe);
    await link.close();
    const again = await Nrf52.attach(await openProbe(board.device, { clock }), { clock });
    expect(again.identity?.chip.name).toBe('nRF52832');
  });
});

describe('what is open about one kind', () => {
  test('a J-Link shows its capabilities, its list of users, and what it says to a refused access', async () => {
    const { of } = await asked('jlink-nrf5340');
    expect(of('J-Link capabilities')).toMatch(/^335aeab81c7cb142a1/);
    expect(of('registrations')).toMatch(/^ours at 1 place of 0302/);
    expect(of('command 1A')).toBe('known');
    expect(of('two requests at once')).toBe('taken');
    expect(of('status of a refused access (1A)')).toMatch(/^(0x00000000 ){4}0x[0-9A-F]{8} 0x[0-9A-F]{8}$/);
  });

  test('one that clocks bits says that it knows no registers', async () => {
    const { of } = await asked('jlink-sam3u');
    expect(of('command 1A')).toBe('not known');
    expect(of('status of a refused access (1A)')).toBeUndefined();
  });

  test('DAPLink is tried with two requests at once over the control pipe', async () => {
    const { of } = await asked('daplink');
    expect(of('two requests at once over the control pipe')).toBe('50 of 50 pairs came whole and in order');
  });
});
