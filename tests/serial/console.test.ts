import { describe, expect, test } from 'vitest';
import type { KnownError } from '../../src/errors.ts';
import type { LogLine } from '../../src/log-lines.ts';
import { openLine, SerialConsole, type OpenablePort } from '../../src/serial/index.ts';
import { VirtualClock, VirtualConsole } from '../../src/virtual/index.ts';
import { seededBytes } from '../support/projects.ts';

/** A console on a virtual kit, with all that it was told. */
async function listening(baudRate = 115_200) {
  const clock = new VirtualClock();
  const kit = new VirtualConsole(clock);
  const port = kit as unknown as OpenablePort;
  const told = { lines: [] as LogLine[], faults: [] as string[], ends: [] as KnownError[] };
  const open = () =>
    SerialConsole.open(port, {
      baudRate,
      now: () => clock.now(),
      onLines: (lines) => told.lines.push(...lines),
      onFault: (what) => told.faults.push(what),
      onEnd: (error) => told.ends.push(error),
    });
  return { clock, kit, port, told, open, log: await open() };
}
const texts = ({ lines }: { readonly lines: readonly LogLine[] }) => lines.map(({ text }) => text);
/** Until all that has happened was told. */
const settled = async () => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

describe('a kit whose firmware logs', () => {
  test('is heard line by line, with file, ticks and the time that each came', async () => {
    const { clock, told, log } = await listening();
    await clock.sleep(1600);
    await settled();
    expect(texts(told).slice(0, 4)).toEqual([
      '----- BLE Mesh Light Switch Client Demo -----',
      'Device UUID (raw): 1F4FF3C5624B7D8B6F5E4D3C2B1AFFFF',
      'Node Address: 0x0053',
      'Sending msg: ONOFF SET 1',
    ]);
    expect(told.lines[2]).toMatchObject({ source: 'main.c:248', time: '60033', atMs: 0 });
    await log.close();
    expect(told.ends).toEqual([]);
  });

  test('gets a line that somebody types', async () => {
    const { kit, told, log } = await listening();
    await log.send('1');
    await settled();
    expect(kit.heard).toEqual(['1']);
    expect(texts(told)).toContain('Button 1 pressed');
    await log.close();
  });

  test('is garbage at another speed, and text once the speed is right', async () => {
    const { told, log, kit } = await listening(9600);
    kit.restart();
    await log.close();
    expect(texts(told).join('')).not.toContain('Node Address');
    expect(
      texts(told)
        .join('')
        .match(/\ufffd/g)!.length,
    ).toBeGreaterThan(40);
  });
});

describe('a port', () => {
  test('that another program has is told so', async () => {
    const { kit, open, log } = await listening();
    await log.close();
    kit.isHeldElsewhere = true;
    await expect(open()).rejects.toMatchObject({ code: 'serial/port-busy' });
    kit.isHeldElsewhere = false;
    await (await open()).close(); // nothing of the attempt is left in the way
  });

  test('has one user in this program, who is named to the other', async () => {
    const { clock, port, open, log } = await listening();
    await expect(open()).rejects.toMatchObject({ code: 'serial/port-in-use', facts: { user: 'console' } });
    await expect(openLine(port, { clock, randomBytes: seededBytes() })).rejects.toMatchObject({
      code: 'serial/port-in-use',
    });
    await log.close();
    await (await open()).close();
  });

  test('whose cable is pulled ends the console, and can be opened again', async () => {
    const { kit, told, open } = await listening();
    kit.unplug();
    await settled();
    expect(told.ends.map(({ code }) => code)).toEqual(['serial/port-lost']);
    await expect(open()).rejects.toMatchObject({ code: 'serial/port-busy' });
    kit.plugIn();
    const before = told.lines.length;
    const again = await open();
    await settled();
    expect(texts({ lines: told.lines.slice(before) })).toContain('Node Address: 0x0053');
    await again.close();
  });

  test.each(['FramingError', 'BufferOverrunError'] as const)('goes on after a %s', async (name) => {
    const { kit, told, log } = await listening();
    await settled();
    kit.fault(name);
    await settled();
    kit.restart();
    await settled();
    expect(told.faults).toEqual([name]);
    expect(texts(told).filter((text) => text === 'Node Address: 0x0053')).toHaveLength(2);
    await log.close();
  });
});
