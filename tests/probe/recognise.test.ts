import { describe, expect, test } from 'vitest';
import { recogniseProbe } from '../../src/probe/index.ts';
import {
  PROBE_PROFILES,
  VirtualBoard,
  VirtualClock,
  VirtualNrf52,
  VirtualUsbDevice,
  type UsbInterfaceSetup,
} from '../../src/virtual/index.ts';

const bulk = (input: number, output: number): NonNullable<UsbInterfaceSetup['endpoints']> => [
  { number: output, direction: 'out', type: 'bulk' },
  { number: input, direction: 'in', type: 'bulk' },
];
const cdcData: UsbInterfaceSetup = { name: 'CDC data', interfaceClass: 0x0a, endpoints: bulk(1, 1) };
/** The interface of a J-Link that is its own protocol's, or one that looks like it. */
const jlinkInterface = (
  name: string,
  endpoints: UsbInterfaceSetup['endpoints'] = bulk(5, 3),
): UsbInterfaceSetup => ({
  name,
  interfaceClass: 0xff,
  interfaceSubclass: 0xff,
  interfaceProtocol: 0xff,
  endpoints: endpoints!,
});
const hid = (name: string): UsbInterfaceSetup => ({
  name,
  interfaceClass: 0x03,
  endpoints: [{ number: 1, direction: 'in', type: 'interrupt' }],
});

function device(
  ids: {
    vendorId: number;
    productId?: number;
    productName?: string;
    manufacturerName?: string;
    tellsNames?: boolean;
  },
  ...interfaces: UsbInterfaceSetup[]
): USBDevice {
  return new VirtualUsbDevice(
    {
      productId: 1,
      productName: '',
      manufacturerName: '',
      serialNumber: '1',
      packetSize: 64,
      latencyUs: 1,
      ...ids,
      interfaces,
    },
    { execute: () => undefined },
    new VirtualNrf52(),
    new VirtualClock(),
  );
}

describe('recognising a probe by its descriptors', () => {
  test('DAPLink on a development kit has a vendor interface without endpoints', () => {
    const { device } = new VirtualBoard({ clock: new VirtualClock(), probe: 'daplink' });
    const probe = recogniseProbe(device);
    expect(probe).toMatchObject({ kind: 'cmsis-dap', endpoints: null });
    expect('usbInterface' in probe && probe.usbInterface.interfaceNumber).toBe(2);
  });

  test('a version 2 probe is spoken to over its bulk endpoints', () => {
    const { device } = new VirtualBoard({ clock: new VirtualClock(), probe: 'debug-probe' });
    expect(recogniseProbe(device)).toMatchObject({ kind: 'cmsis-dap', endpoints: { in: 2, out: 1 } });
  });

  test('of two DAPLink interfaces the one with bulk endpoints is taken', () => {
    const both = device(
      { vendorId: 0x0d28, productId: 0x0204 },
      { name: 'WebUSB: CMSIS-DAP', interfaceClass: 0xff, interfaceSubclass: 3 },
      { name: 'CMSIS-DAP v2', interfaceClass: 0xff, endpoints: bulk(4, 5) },
    );
    expect(recogniseProbe(both)).toMatchObject({ kind: 'cmsis-dap', endpoints: { in: 4, out: 5 } });
  });

  test('another vendor interface before the named one is passed over', () => {
    const composite = device(
      { vendorId: 0x1209, tellsNames: true },
      { name: 'Trace', interfaceClass: 0xff, endpoints: bulk(1, 1) },
      { name: 'Some CMSIS-DAP', interfaceClass: 0xff, endpoints: bulk(6, 6) },
    );
    expect(recogniseProbe(composite)).toMatchObject({ kind: 'cmsis-dap', endpoints: { in: 6, out: 6 } });
  });

  test('operating systems that hide interface names leave the vendor to tell', () => {
    const nameless = device(
      { vendorId: 0x0d28, productId: 0x0204 },
      { name: '', interfaceClass: 0xff, interfaceSubclass: 3 },
    );
    expect(recogniseProbe(nameless)).toMatchObject({ kind: 'cmsis-dap', endpoints: null });
  });

  test.each([0x1015, 0x1051, 0x1061])(
    'SEGGER product %i is a J-Link whatever its product id',
    (productId) => {
      const jlink = device(
        { vendorId: 0x1366, productId, productName: 'J-Link', manufacturerName: 'SEGGER' },
        cdcData,
        jlinkInterface('BULK interface'),
      );
      expect(recogniseProbe(jlink)).toMatchObject({
        kind: 'jlink',
        title: 'SEGGER J-Link',
        endpoints: { in: 5, out: 3 },
      });
    },
  );

  test('of several vendor interfaces a J-Link is spoken to on the one called BULK', () => {
    const doubled = device(
      { vendorId: 0x1366, tellsNames: true },
      jlinkInterface('Other', bulk(1, 1)),
      jlinkInterface('BULK interface', bulk(2, 2)),
    );
    expect(recogniseProbe(doubled)).toMatchObject({ kind: 'jlink', endpoints: { in: 2, out: 2 } });
  });

  test('where the system hides names, the first that looks like one is the J-Link', () => {
    const nameless = device({ vendorId: 0x1366 }, cdcData, jlinkInterface(''));
    expect(recogniseProbe(nameless)).toMatchObject({ kind: 'jlink', endpoints: { in: 5, out: 3 } });
  });

  test.each([
    ['of another subclass', { ...jlinkInterface('BULK interface'), interfaceSubclass: 0 }],
    ['of another protocol', { ...jlinkInterface('BULK interface'), interfaceProtocol: 0 }],
    ['with a third endpoint', jlinkInterface('BULK interface', [...bulk(1, 1), ...bulk(2, 2).slice(0, 1)])],
    ['without a way in', jlinkInterface('BULK interface', bulk(1, 1).slice(0, 1))],
  ])('a SEGGER interface %s is not spoken to', (_, one) => {
    expect(recogniseProbe(device({ vendorId: 0x1366 }, one))).toMatchObject({
      kind: 'unknown',
      reason: 'no-probe',
    });
  });

  test('a J-Link in its CMSIS-DAP personality is a CMSIS-DAP probe', () => {
    const personality = device(
      { vendorId: 0x1366, productId: 0x1080 },
      { name: 'CMSIS-DAP v2', interfaceClass: 0xff, endpoints: bulk(1, 1) },
    );
    expect(recogniseProbe(personality).kind).toBe('cmsis-dap');
  });

  test('a version 1 probe with HID alone is named as such', () => {
    const v1 = device({ vendorId: 0x1366, productId: 0x1008 }, hid('CMSIS-DAP'));
    expect(recogniseProbe(v1)).toMatchObject({ kind: 'unknown', reason: 'hid-only' });
  });

  test('a serial adapter is no probe', () => {
    const adapter = device(
      { vendorId: 0x0403, productName: 'FT232R USB UART' },
      { ...jlinkInterface('FT232R USB UART', bulk(1, 2)) },
    );
    expect(recogniseProbe(adapter)).toMatchObject({ kind: 'unknown', reason: 'no-probe' });
  });

  describe('by a browser that tells no names of interfaces', () => {
    const dapInterface = (endpoints = bulk(2, 1)): UsbInterfaceSetup => ({
      name: 'CMSIS-DAP v2',
      interfaceClass: 0xff,
      endpoints,
    });
    const trace = { ...dapInterface(bulk(7, 6).slice(1)), interfaceSubclass: 0x54, interfaceProtocol: 1 };
    const withTrace = bulk(2, 1).concat({ number: 3, direction: 'in', type: 'bulk' });

    test.each([
      ['a J-Link in CMSIS-DAP version 2 mode', 0x1366, 0x1080, 'J-Link', [dapInterface()], { in: 2, out: 1 }],
      [
        'such a J-Link with serial port',
        0x1366,
        0x1084,
        'J-Link',
        [cdcData, dapInterface()],
        { in: 2, out: 1 },
      ],
      ['WCH-LinkE', 0x1a86, 0x8011, 'WCH CMSIS-DAP', [dapInterface(withTrace), cdcData], { in: 2, out: 1 }],
      ['a Debug Probe', 0x2e8a, 0x000c, 'Debug Probe (CMSIS-DAP)', [dapInterface()], { in: 2, out: 1 }],
      [
        'KitProg3, whose classes are wrong',
        0x04b4,
        0xf155,
        'KitProg3 CMSIS-DAP BULK',
        [{ ...dapInterface(), interfaceSubclass: 0xff }],
        { in: 2, out: 1 },
      ],
    ])(
      '%s is one by ids, class and product name',
      (_, vendorId, productId, productName, interfaces, endpoints) => {
        const probe = recogniseProbe(device({ vendorId, productId, productName }, ...interfaces));
        expect(probe).toMatchObject({ kind: 'cmsis-dap', endpoints });
      },
    );

    test.each([
      ['ORBTrace', 0x1209, 0x3443, 'Orbtrace', [trace, dapInterface()], [1]],
      ['ULINKplus', 0xc251, 0x2750, 'ULINKplus', [dapInterface(), dapInterface(bulk(4, 3))], [0, 1]],
      ['a probe of somebody’s own', 0x1209, 1, 'My Link', [cdcData, dapInterface()], [1]],
    ])('%s is to be asked', (_, vendorId, productId, productName, interfaces, asked) => {
      const probe = recogniseProbe(device({ vendorId, productId, productName }, ...interfaces));
      expect(probe.kind).toBe('possible');
      const candidates = probe.kind === 'possible' ? probe.candidates : [];
      expect(candidates.map(({ usbInterface }) => usbInterface.interfaceNumber)).toEqual(asked);
    });

    test('a J-Link in HID mode keeps its reason', () => {
      const v1 = device({ vendorId: 0x1366, productId: 0x1008, productName: 'J-Link' }, hid('CMSIS-DAP'));
      expect(recogniseProbe(v1)).toMatchObject({ kind: 'unknown', reason: 'hid-only' });
    });
  });

  test('every virtual probe is recognised', () => {
    for (const probe of Object.keys(PROBE_PROFILES) as (keyof typeof PROBE_PROFILES)[]) {
      const { device } = new VirtualBoard({ clock: new VirtualClock(), probe });
      expect(recogniseProbe(device).kind, probe).not.toBe('unknown');
    }
  });
});
