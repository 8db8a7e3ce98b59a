import { describe, expect, test } from 'vitest';
import type { KnownError } from '../../src/errors.ts';
import type { LogLine } from '../../src/log-lines.ts';
import { openLine, SerialConsole, type OpenablePort } from '../../src/serial/index.ts';
import { VirtualClock, VirtualLoggingKit, VirtualSerialPort } from '../../src/virtual/index.ts';
import { seededBytes } from '../support/projects.ts';

/** A console on a virtual kit, with all that it was told. */
async function listening(baudRate = 115_200) {
  const clock = new VirtualClock();
  const kit = new VirtualLoggingKit(clock);
  const cable = new VirtualSerialPort(kit);
  const port = cable as unknown as OpenablePort;
  const told = { lines: [] as LogLine[], faults: [] as string[], ends: [] as KnownError[] };
  const open = () =>
    SerialConsole.open(port, {
      baudRate,
      clock,
      now: () => clock.now(),
      onLines: (lines) => told.lines.push(...lines),
      onFault: (what) => told.faults.push(what),
      onEnd: (error) => told.ends.push(error),
    });
  return { clock, kit, cable, port, told, open, log: await open() };
}
const texts = ({ lines }: { readonly lines: readonly LogLine[] }) => lines.map(({ text }) => text);
/** Until all that has happened was told: a macrotask is behind every promise that is ready. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a kit whose firmware logs', () => {
  test('is heard line by line, with file, ticks and the time that each came', async () => {
    const { clock, kit, told, log } = await listening();
    clock.advance(100);
    kit.restart();
    await settled();
    clock.advance(1400);
    await settled();
    expect(texts(told)).toEqual([
      '----- BLE Mesh Light Switch Client Demo -----',
      'Device UUID (raw): 1F4FF3C5624B7D8B6F5E4D3C2B1AFFFF',
      'Node Address: 0x0053',
      'Sending msg: ONOFF SET 1',
      'OnOff server: 0x0100, Present OnOff: 1',
    ]);
    expect(told.lines[2]).toEqual({
      source: 'main.c:248',
      time: '0',
      atMs: 100,
      text: 'Node Address: 0x0053',
    });
    expect(told.lines[3]).toMatchObject({ source: 'main.c:164', time: '45875', atMs: 1500 }); // 32,768 ticks a second
    await log.close();
    expect(told.ends).toEqual([]);
    clock.advance(5000);
    expect(told.lines).toHaveLength(5);
  });

  test('gets the lines that somebody types, one after another', async () => {
    const { kit, told, log } = await listening();
    await Promise.all([log.send('1'), log.send('2')]);
    await settled();
    expect(kit.heard).toEqual(['1', '2']);
    expect(texts(told)).toEqual(['Button 1 pressed', 'Button 2 pressed']);
    await log.close();
    await log.send('3');
    expect(kit.heard).toHaveLength(2);
  });

  test('is garbage at another speed, which is told although no line ends', async () => {
    const { clock, told, log, kit } = await listening(9600);
    kit.restart();
    await settled();
    expect(told.lines).toEqual([]);
    clock.advance(300);
    const text = texts(told).join('');
    expect(text).not.toContain('Node Address');
    expect(text.match(/\ufffd/g)!.length).toBeGreaterThan(40);
    await log.close();
  });
});

describe('a port', () => {
  test('that another program has is told so', async () => {
    const { cable, open, log } = await listening();
    await log.close();
    cable.isHeldElsewhere = true;
    await expect(open()).rejects.toMatchObject({ code: 'serial/port-busy' });
    cable.isHeldElsewhere = false;
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

  test('that no kit of the mesh answers on is free again afterwards', async () => {
    const { clock, port, open, log, cable } = await listening();
    await log.close();
    const trying = openLine(port, { clock, randomBytes: seededBytes() });
    let isOver = false;
    const over = trying.catch(() => {}).finally(() => (isOver = true));
    await expect(open()).rejects.toMatchObject({ facts: { user: 'kit' } });
    while (!isOver) {
      await settled();
      clock.advance(100);
    }
    await over;
    await expect(trying).rejects.toMatchObject({ code: 'serial/mute' });
    expect(cable.openings.map(({ flowControl }) => flowControl)).toEqual([
      'none',
      'hardware',
      'hardware',
      'none',
    ]);
    await (await open()).close();
  });

  test('whose cable is pulled ends the console, and can be opened again', async () => {
    const { clock, cable, told, open } = await listening();
    clock.advance(1500);
    cable.unplug();
    await settled();
    expect(told.ends.map(({ code }) => code)).toEqual(['serial/port-lost']);
    await expect(open()).rejects.toMatchObject({ code: 'serial/port-busy' });
    cable.plugIn();
    const before = told.lines.length;
    const again = await open();
    clock.advance(1500);
    await settled();
    expect(texts({ lines: told.lines.slice(before) })).toContain('Sending msg: ONOFF SET 1');
    await again.close();
    expect(told.ends).toHaveLength(1);
  });

  test.each(['FramingError', 'BufferOverrunError'] as const)('goes on after a %s', async (name) => {
    const { cable, kit, told, log } = await listening();
    kit.restart();
    await settled();
    cable.fault(name);
    await settled();
    kit.restart();
    await settled();
    expect(told.faults).toEqual([name]);
    expect(texts(told).filter((text) => text === 'Node Address: 0x0053')).toHaveLength(2);
    await log.close();
  });
});
