/** The serial console over ports that come and go as those of a browser do: a cable that is pushed in again makes a new port. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { ConsoleState } from '../../../src/app/state/console.svelte.ts';
import { VirtualLoggingKit, VirtualSerialPort } from '../../../src/virtual/index.ts';

const ids = { usbVendorId: 0x1366, usbProductId: 0x1061 };

/** A kit's port as the browser has it. */
class Port extends VirtualSerialPort {
  readonly kit: VirtualLoggingKit;
  constructor(readonly info: { readonly usbVendorId: number; readonly usbProductId: number } = ids) {
    const kit = new VirtualLoggingKit(systemClock);
    super(kit);
    this.kit = kit;
  }
  getInfo = () => this.info;
}

/** `navigator.serial`: ports that are plugged in and allowed, and the one that a person chooses next. */
class Serial extends EventTarget {
  ports: Port[] = [];
  chosen: Port | null = null;
  getPorts = async () => this.ports;
  requestPort = async () => {
    if (!this.chosen) throw new DOMException('No port selected by the user.', 'NotFoundError');
    return this.chosen;
  };
  arrive(port: Port) {
    this.ports.push(port);
    const event = new Event('connect');
    Object.defineProperty(event, 'target', { value: port }); // it is the port's, and bubbles
    this.dispatchEvent(event);
  }
}

let serial: Serial;
let log: ConsoleState;
beforeEach(() => {
  serial = new Serial();
  vi.stubGlobal('navigator', { serial });
  vi.stubGlobal('window', { isSecureContext: true });
  log = new ConsoleState({ announcements: { said: '', alarm: '', note: null, tell: () => {} } });
  return () => log.close();
});
const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 10_000 });
const texts = () => log.lines.map(({ text }) => text);
const openOne = async () => {
  const port = new Port();
  serial.ports = [port];
  serial.chosen = port;
  await log.choose();
  return port;
};
const pull = async (port: Port) => {
  serial.ports = serial.ports.filter((other) => other !== port);
  port.unplug();
  await until(() => log.phase === 'lost');
};

describe('a port of this computer', () => {
  test('is opened once a person chose it, and what its kit logs is there', async () => {
    await log.choose();
    expect([log.phase, log.notice, log.error]).toEqual(['closed', 'No port was chosen.', null]);
    const port = await openOne();
    expect(log.phase).toBe('open');
    port.kit.restart();
    await until(() => texts().includes('Node Address: 0x0053'));
    await log.close();
    expect(texts()).toContain('Node Address: 0x0053'); // what was heard stays
  });

  test('that another program has says so, and can be tried again', async () => {
    const port = new Port();
    port.isHeldElsewhere = true;
    serial.chosen = port;
    await log.choose();
    expect([log.phase, log.error?.code]).toEqual(['closed', 'serial/port-busy']);
    port.isHeldElsewhere = false;
    await log.choose();
    expect([log.phase, log.error]).toEqual(['open', null]);
  });

  test('is opened anew at another speed, and told to be none where no text comes', async () => {
    const port = await openOne();
    await log.setSpeed(9600);
    expect(port.openings.map(({ baudRate }) => baudRate)).toEqual([115_200, 9600]);
    port.kit.restart();
    await until(() => log.isGarbled);
    await log.setSpeed(115_200);
    for (let times = 0; times < 3; times++) port.kit.restart();
    await until(() => !log.isGarbled);
  });
});

describe('a cable that was pulled', () => {
  test('and is back as another port: that one is opened by itself, and both ends stand in the log', async () => {
    await pull(await openOne());
    expect(log.error?.code).toBe('serial/port-lost');
    const strange = new Port({ usbVendorId: 0x0403, usbProductId: 0x6001 });
    serial.arrive(strange);
    const back = new Port();
    serial.arrive(back);
    await until(() => log.phase === 'open');
    expect([back.openings.length, strange.openings.length, log.error]).toEqual([1, 0, null]);
    await until(() => texts().includes('[the port is back]'));
    expect(texts()).toContain('[the port was lost]');
  });

  test('of one of two kits of a kind: which one it is, a person says', async () => {
    const other = new Port();
    const port = new Port();
    serial.ports = [other, port];
    serial.chosen = port;
    await log.choose();
    await pull(port);
    const back = new Port();
    serial.arrive(back);
    expect(log.phase).toBe('lost');
    expect(log.notice).toContain('choose which one');
    serial.chosen = back;
    await log.choose();
    expect([log.phase, other.openings.length]).toEqual(['open', 0]);
  });

  test('after the console was closed opens nothing', async () => {
    const port = await openOne();
    await log.close();
    const back = new Port();
    serial.ports = serial.ports.filter((one) => one !== port);
    serial.arrive(back);
    await Promise.resolve();
    expect([log.phase, back.openings.length]).toEqual(['closed', 0]);
  });
});

test('of a firmware that never stops the last 5,000 lines are kept', async () => {
  const port = await openOne();
  for (let times = 0; times < 2000; times++) port.kit.restart();
  await until(() => log.notice.includes('1,000 before them were let go'));
  expect(log.lines).toHaveLength(5000);
});
