import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { chooseProbe, openProbe, readDp } from '../../src/probe/index.ts';
import { Nrf52 } from '../../src/target/index.ts';
import { VirtualBoard, VirtualClock, VirtualUsb } from '../../src/virtual/index.ts';
import { MemoryImage } from '../../src/image/index.ts';

const clock = new VirtualClock();
const desk = () => ['A', 'B'].map((serial) => new VirtualBoard({ clock, serial }));

describe('virtual boards on a desk', () => {
  test('are unknown to the page until a person chose them', async () => {
    const [a, b] = desk();
    const usb = new VirtualUsb([a!, b!], (boards) => boards.at(-1));
    expect(await usb.getDevices()).toEqual([]);
    const chosen = await chooseProbe({ usb, isSecureContext: true });
    expect(chosen.serialNumber).toBe('B');
    expect(await usb.getDevices()).toEqual([b!.device]);
  });

  test('a person may choose none', async () => {
    const usb = new VirtualUsb(desk(), () => undefined);
    await expect(chooseProbe({ usb, isSecureContext: true })).rejects.toMatchObject({
      code: 'probe/nothing-chosen',
    });
  });

  test('come and go, as another device each time', async () => {
    const [a, b] = desk();
    const usb = new VirtualUsb([a!, b!]);
    const heard: string[] = [];
    for (const type of ['connect', 'disconnect'] as const)
      usb.addEventListener(type, (event) =>
        heard.push(`${type} ${(event as USBConnectionEvent).device.serialNumber}`),
      );
    const before = await usb.requestDevice();
    usb.unplug(a!);
    usb.unplug(b!); // never chosen, so nobody hears of it
    expect(await usb.getDevices()).toEqual([]);
    usb.plugIn(a!);
    expect(heard).toEqual(['disconnect A', 'connect A']);
    const [after] = await usb.getDevices();
    expect(after).not.toBe(before);
    await expect(before.open()).rejects.toMatchObject({ name: 'NotFoundError' });
    const link = await openProbe(after!, { clock });
    await expect(link.transfer([readDp(0x0)])).resolves.toHaveLength(1);
  });
});

describe('a virtual board in real time', () => {
  test('is programmed as in virtual time', async () => {
    const board = new VirtualBoard({ clock: systemClock, probe: 'mcu-link' });
    const image = MemoryImage.of([{ address: 0x1000, bytes: new Uint8Array(64).fill(0x5a) }]);
    const chip = await Nrf52.attach(await openProbe(board.device, { clock: systemClock }), {
      clock: systemClock,
    });
    await chip.program(image);
    expect(board.chip.flash.subarray(0x1000, 0x1040)).toEqual(image.read(0x1000, 64));
    expect(board.chip.violations).toEqual([]);
  });
});
