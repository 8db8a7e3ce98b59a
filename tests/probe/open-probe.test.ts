import { describe, expect, test } from 'vitest';
import { KnownError } from '../../src/errors.ts';
import { chooseProbe, openProbe, type Platform } from '../../src/probe/index.ts';
import {
  PROBE_PROFILES,
  VirtualBoard,
  VirtualClock,
  VirtualDebugPort,
  VirtualNrf52,
  VirtualUsbDevice,
  type ProbeName,
  type UsbInterfaceSetup,
} from '../../src/virtual/index.ts';

const clock = new VirtualClock();
const probes = Object.keys(PROBE_PROFILES) as ProbeName[];

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

describe('opening what may be a probe', () => {
  const unnamed = (endpoints: readonly [number, number]): UsbInterfaceSetup => ({
    name: 'CMSIS-DAP v2',
    interfaceClass: 0xff,
    endpoints: [
      { number: endpoints[0], direction: 'in', type: 'bulk' },
      { number: endpoints[1], direction: 'out', type: 'bulk' },
    ],
  });
  /** The first interface that is claimed and asked is silent, and only the last is a probe's. */
  function orbtrace(answers: boolean, ...more: UsbInterfaceSetup[]) {
    const chip = new VirtualNrf52();
    const dap = PROBE_PROFILES['debug-probe'].firmware(new VirtualDebugPort(chip), 'ORB');
    let claimed = -1;
    const device = new VirtualUsbDevice(
      {
        vendorId: 0x1209,
        productId: 0x3443,
        manufacturerName: '',
        productName: 'Orbtrace',
        serialNumber: 'ORB',
        packetSize: 64,
        latencyUs: 125,
        interfaces: [unnamed([1, 2]), unnamed([3, 4]), ...more],
      },
      { execute: (request) => (answers && claimed === 1 ? dap.execute(request) : undefined) },
      chip,
      clock,
    );
    const claim = device.claimInterface.bind(device);
    device.claimInterface = (number) => {
      claimed = number;
      return claim(number);
    };
    return device;
  }

  /** Lets waiting alarms come due while something is under way. */
  async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const ends = () => (isDone = true);
    work.then(ends, ends);
    while (!isDone) {
      await new Promise((resolve) => setTimeout(resolve));
      clock.advance(100);
    }
    return work;
  }

  test('asks one interface after another, and speaks to the one that answers', async () => {
    const device = orbtrace(true);
    const link = await whileTimePasses(openProbe(device, { clock }));
    expect(link.info).toMatchObject({ kind: 'cmsis-dap', title: 'Orbtrace', packetCount: 8 });
    expect(device.configuration?.interfaces.map(({ claimed }) => claimed)).toEqual([false, true]);
  });

  test('says so where none answers, and lets go of it', async () => {
    const device = orbtrace(false);
    await expect(whileTimePasses(openProbe(device, { clock }))).rejects.toMatchObject({
      code: 'probe/unknown',
      message: expect.stringContaining('does not answer as one'),
    });
    expect(device.opened).toBe(false);
  });

  test('a driver in the way is told as that, not as silence', async () => {
    const device = orbtrace(true);
    device.faults.hasNoDriver = true;
    await expect(whileTimePasses(openProbe(device, { clock, platform: 'windows' }))).rejects.toMatchObject({
      code: 'probe/no-driver',
    });
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
  describe.each(probes)('a %s', (probe) => {
    const open = async (
      faults: VirtualUsbDevice['faults'],
      platform: Platform,
      board = new VirtualBoard({ clock, probe }),
    ) => {
      Object.assign(board.device.faults, faults);
      let settled = false;
      const opening = openProbe(board.device, { clock, platform }).then(
        () => undefined,
        (error: unknown) => error,
      );
      void opening.then(() => (settled = true));
      for (let waited = 0; waited < 120 && !settled; waited++) {
        await new Promise((resolve) => setTimeout(resolve));
        clock.advance(1000);
      }
      expect(settled, 'it comes to an end').toBe(true);
      return { board, error: (await opening) as KnownError };
    };
    const isJlink = probe.startsWith('jlink');

    test('without a driver on Windows: the claim never settles, which is told as that, with its remedy', async () => {
      const { board, error } = await open({ hasNoDriver: true }, 'windows');
      const remedy = isJlink ? /Install SEGGER’s J-Link software/ : /plug it in again.*Zadig/;
      expect(error).toMatchObject({ code: 'probe/no-driver', hint: expect.stringMatching(remedy) });
      // Until it is plugged in again the browser refuses whatever is asked of the device.
      const again = await open({}, 'windows', board);
      expect(again.error).toMatchObject({ code: 'probe/no-driver', hint: expect.stringMatching(remedy) });
      board.plugIn();
      expect((await open({}, 'windows', board)).error).toBeUndefined();
    });

    test('with another driver on Windows: both causes are told, the likelier first', async () => {
      const { error } = await open({ claimedElsewhere: true }, 'windows');
      expect(error.code).toBe(isJlink ? 'probe/segger-driver' : 'probe/busy');
      expect(error.hint).toMatch(/^Close /);
      expect(error.hint).toMatch(/WinUSB/);
    });

    test.each(['android', 'macos'] as const)(
      'that nobody allows on %s: it is not silence of the probe',
      async (platform) => {
        const { error } = await open({ opensNever: true }, platform);
        expect(error).toMatchObject({ code: 'probe/not-opened', facts: { platform } });
      },
    );

    test('whose cable comes out at any transfer of its opening: what is told is that', async () => {
      const whole = await open({}, 'linux');
      const { transfers } = whole.board.device;
      expect(transfers).toBeGreaterThan(10);
      for (let unplugAt = 1; unplugAt <= transfers; unplugAt++) {
        const { error } = await open({ unplugAt }, 'linux');
        expect(error, `transfer ${unplugAt}`).toMatchObject({ code: 'probe/disconnected' });
      }
    });

    test('that stalls once: the next opening finds no halt', async () => {
      for (let stallAt = 1; stallAt <= 6; stallAt++) {
        const { board, error } = await open({ stallAt }, 'linux');
        expect(error).toMatchObject({ code: 'probe/protocol' });
        delete board.device.faults.stallAt;
        expect((await open({}, 'linux', board)).error, `stall at ${stallAt}`).toBeUndefined();
      }
    });
  });

  test('a J-Link that asks for WinUSB and is refused is in use, or has another driver', async () => {
    const { device } = new VirtualBoard({ clock, probe: 'jlink-nrf5340' });
    Object.defineProperty(device, 'productId', { value: 0x1061 });
    device.faults.claimedElsewhere = true;
    await expect(openProbe(device, { clock, platform: 'windows' })).rejects.toMatchObject({
      code: 'probe/busy',
      hint: expect.stringMatching(/Close .* Configurator/),
    });
  });

  test('an alarm that comes late, as after a page was frozen, waits for what may have come meanwhile', async () => {
    const { device } = new VirtualBoard({ clock });
    const open = device.open.bind(device);
    device.open = async () => {
      clock.advance(300_000); // the alarm rings now, long after it was due
      return open();
    };
    await expect(openProbe(device, { clock })).resolves.toBeDefined();
  });

  test('the browser keeps its own error as the cause', async () => {
    const { opening } = openWith({ claimedElsewhere: true });
    await expect(opening).rejects.toMatchObject({ cause: expect.objectContaining({ name: 'NetworkError' }) });
  });
});
