import { describe, expect, test } from 'vitest';
import { KnownError } from '../../src/errors.ts';
import { chooseProbe, openProbe, type Platform } from '../../src/probe/index.ts';
import {
  VirtualBoard,
  VirtualClock,
  VirtualNrf52,
  VirtualUsbDevice,
  type UsbInterfaceSetup,
} from '../../src/virtual/index.ts';

const clock = new VirtualClock();

describe('choosing a probe', () => {
  const usb = (requestDevice: USB['requestDevice']) => ({ requestDevice });
  const refusal = (name: string) => usb(() => Promise.reject(new DOMException('no', name)));

  test('hands over what was chosen', async () => {
    const { device } = new VirtualBoard({ clock });
    await expect(
      chooseProbe({ usb: usb(() => Promise.resolve(device)), isSecureContext: true }),
    ).resolves.toBe(device);
  });
  test('says when the browser has no USB', async () => {
    await expect(chooseProbe({ usb: undefined, isSecureContext: true })).rejects.toMatchObject({
      code: 'probe/no-webusb',
    });
  });
  test('says when the page was loaded insecurely, which also hides USB', async () => {
    await expect(chooseProbe({ usb: undefined, isSecureContext: false })).rejects.toMatchObject({
      code: 'probe/insecure-page',
    });
  });
  test('says when nothing was chosen', async () => {
    await expect(chooseProbe({ usb: refusal('NotFoundError'), isSecureContext: true })).rejects.toMatchObject(
      { code: 'probe/nothing-chosen' },
    );
  });
  test('a refusal of another kind is no choice of the person', async () => {
    await expect(
      chooseProbe({ usb: refusal('SecurityError'), isSecureContext: true }),
    ).rejects.not.toBeInstanceOf(KnownError);
  });
});

describe('opening what is no probe of ours', () => {
  const open = (vendorId: number, productName: string, ...interfaces: UsbInterfaceSetup[]) =>
    openProbe(
      new VirtualUsbDevice(
        {
          vendorId,
          productId: 0x1015,
          manufacturerName: '',
          productName,
          serialNumber: '',
          packetSize: 64,
          latencyUs: 1,
          interfaces,
        },
        { execute: () => undefined },
        new VirtualNrf52(),
        clock,
      ),
      { clock },
    );

  test('an unknown device is refused by its name and ids', async () => {
    await expect(open(0x0403, 'FT232R', { name: 'FT232R', interfaceClass: 0xff })).rejects.toMatchObject({
      code: 'probe/unknown',
      message: expect.stringContaining('FT232R (0x0403:0x1015)'),
    });
  });
  test('a version 1 probe is told what keeps WebUSB from it', async () => {
    await expect(
      open(0xc251, 'X CMSIS-DAP', { name: 'CMSIS-DAP', interfaceClass: 0x03 }),
    ).rejects.toMatchObject({ code: 'probe/hid-only' });
  });
});

describe('opening a probe that the system keeps', () => {
  const openWith = (faults: VirtualBoard['device']['faults'], platform?: Platform) => {
    const { device } = new VirtualBoard({ clock });
    Object.assign(device.faults, faults);
    const opening = openProbe(device, { clock, ...(platform && { platform }) });
    return { device, opening };
  };

  test('another tab or program has it: busy, and the device is closed again', async () => {
    const { device, opening } = openWith({ claimedElsewhere: true }, 'macos');
    await expect(opening).rejects.toMatchObject({ code: 'probe/busy', facts: { platform: 'macos' } });
    expect(device.opened).toBe(false);
  });
  test.each([
    ['windows', /WinUSB/],
    ['linux', /udev/],
    ['macos', /SEGGER/],
    ['unknown', /access/],
  ] as const)('it may not be opened on %s: the remedy is for that system', async (platform, remedy) => {
    const { opening } = openWith({ notAllowed: true }, platform);
    await expect(opening).rejects.toMatchObject({
      code: 'probe/no-driver',
      hint: expect.stringMatching(remedy),
      facts: { platform },
    });
  });
  test('it is gone already', async () => {
    const board = new VirtualBoard({ clock });
    board.unplug();
    await expect(openProbe(board.device, { clock })).rejects.toMatchObject({ code: 'probe/disconnected' });
  });
  test('the cable comes out while it is being opened, at whatever step', async () => {
    for (let unplugAt = 1; unplugAt <= 24; unplugAt++) {
      const { opening } = openWith({ unplugAt });
      await expect(opening, `transfer ${unplugAt}`).rejects.toMatchObject({ code: 'probe/disconnected' });
    }
  });
  test('the browser keeps its own error as the cause', async () => {
    const { opening } = openWith({ claimedElsewhere: true });
    await expect(opening).rejects.toMatchObject({ cause: expect.objectContaining({ name: 'NetworkError' }) });
  });
});
