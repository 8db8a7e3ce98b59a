/** A board on the desk: a probe of some kind, a chip behind it, and the cable that joins it to the computer. */
import type { Clock } from '../clock.ts';
import { CmsisDapFirmware } from './cmsis-dap-firmware.ts';
import { VirtualDebugPort } from './debug-port.ts';
import { JlinkFirmware, type JlinkFirmwareSetup } from './jlink-firmware.ts';
import { VirtualNrf52, type ChipSetup } from './nrf52-chip.ts';
import { VirtualUsbDevice, type ProbeFirmware, type UsbSetup } from './usb-device.ts';

/** A kind of probe: how it enumerates, and what runs in it. */
export interface ProbeProfile {
  readonly usb: Omit<UsbSetup, 'serialNumber'>;
  readonly firmware: (port: VirtualDebugPort, serial: string) => ProbeFirmware;
  /** As its makers number them. */
  readonly serial: string;
}

const BULK_PAIR = [
  { number: 1, direction: 'out', type: 'bulk' },
  { number: 2, direction: 'in', type: 'bulk' },
] as const;

/** A version 2 probe: one vendor-specific interface with two bulk endpoints. */
const bulkProbe = (
  usb: Pick<UsbSetup, 'vendorId' | 'productId' | 'manufacturerName' | 'productName' | 'latencyUs'>,
  packetSize: number,
  packetCount: number,
): ProbeProfile => ({
  usb: {
    ...usb,
    packetSize,
    replyBuffers: packetCount,
    interfaces: [{ name: 'CMSIS-DAP v2 Interface', interfaceClass: 0xff, endpoints: BULK_PAIR }],
  },
  serial: 'E6614103E7',
  firmware: (port, serial) =>
    new CmsisDapFirmware(port, {
      packetSize,
      packetCount,
      serial,
      dapVersion: '2.1.1',
      firmwareVersion: '2.2.0',
    }),
});

/** A J-Link OB among its other interfaces: serial ports before the vendor-specific one, a drive behind. */
const jlink = (
  usb: Pick<UsbSetup, 'productId' | 'packetSize' | 'latencyUs'>,
  serial: string,
  serialPorts: number,
  endpoints: { readonly in: number; readonly out: number },
  firmware: JlinkFirmwareSetup,
): ProbeProfile => ({
  usb: {
    vendorId: 0x1366,
    manufacturerName: 'SEGGER',
    productName: 'J-Link',
    endsWithEmptyPacket: true,
    ...usb,
    interfaces: [
      ...Array.from({ length: serialPorts }, () => [
        { name: 'CDC', interfaceClass: 0x02, interfaceSubclass: 0x02 },
        { name: 'CDC', interfaceClass: 0x0a },
      ]).flat(),
      {
        name: 'BULK interface',
        interfaceClass: 0xff,
        interfaceSubclass: 0xff,
        interfaceProtocol: 0xff,
        endpoints: [
          { number: endpoints.in, direction: 'in', type: 'bulk' },
          { number: endpoints.out, direction: 'out', type: 'bulk' },
        ],
      },
      { name: 'MSD', interfaceClass: 0x08, interfaceSubclass: 0x06, interfaceProtocol: 0x50 },
    ],
  },
  firmware: (port) => new JlinkFirmware(port, firmware),
  serial,
});

/** Source: docs/probe-protocols.md §2 and §4.2. */
export const PROBE_PROFILES = {
  /** DAPLink on the ATSAM3U of a development kit: HID reports over the control pipe. */
  daplink: {
    usb: {
      vendorId: 0x0d28,
      productId: 0x0204,
      manufacturerName: 'Arm',
      productName: 'DAPLink CMSIS-DAP',
      packetSize: 64,
      replyBuffers: 4,
      latencyUs: 250,
      interfaces: [
        {
          name: 'USB_MSC',
          interfaceClass: 0x08,
          interfaceSubclass: 0x06,
          interfaceProtocol: 0x50,
          endpoints: BULK_PAIR.map((one) => ({ ...one, number: one.number + 2 })),
        },
        {
          name: 'CMSIS-DAP v1',
          interfaceClass: 0x03,
          endpoints: [{ number: 1, direction: 'in', type: 'interrupt' }],
        },
        { name: 'WebUSB: CMSIS-DAP', interfaceClass: 0xff, interfaceSubclass: 0x03 },
        { name: 'mbed Serial Port', interfaceClass: 0x02, interfaceSubclass: 0x02 },
      ],
    },
    serial: '110100004420312043574641333030313430303197969903',
    firmware: (port, serial) =>
      new CmsisDapFirmware(port, {
        packetSize: 64,
        packetCount: 4,
        serial,
        dapVersion: '1.3.0',
        firmwareVersion: '0257',
      }),
  },
  /** A Raspberry Pi Debug Probe on the debug connector. */
  'debug-probe': bulkProbe(
    {
      vendorId: 0x2e8a,
      productId: 0x000c,
      manufacturerName: 'Raspberry Pi',
      productName: 'Debug Probe (CMSIS-DAP)',
      latencyUs: 150,
    },
    64,
    8,
  ),
  /** A high-speed probe with long packets. */
  'mcu-link': bulkProbe(
    {
      vendorId: 0x1fc9,
      productId: 0x0143,
      manufacturerName: 'NXP Semiconductors',
      productName: 'MCU-LINK CMSIS-DAP',
      latencyUs: 125,
    },
    512,
    4,
  ),
  /** The factory firmware of development kits up to revision 2: an old build, slow, that leaves SWD to the host. */
  'jlink-sam3u': jlink(
    { productId: 0x1015, packetSize: 512, latencyUs: 125 },
    '000682123456',
    1,
    { in: 2, out: 2 },
    {
      version: 'J-Link OB-SAM3U128-V2-NordicSemi compiled Jan 21 2016 17:58:20',
      capabilities: [0x33, 0x5a, 0xea, 0x38],
      baseHz: 48_000_000,
      minDivider: 48,
      maxMemBlock: 2048,
      otherConnections: 0,
      splitsVersion: true,
    },
  ),
  /** That of revision 3: full speed, and it knows registers. Its capabilities are those of a log. */
  'jlink-nrf5340': jlink(
    { productId: 0x1051, packetSize: 64, latencyUs: 150 },
    '001050221072',
    2,
    { in: 5, out: 3 },
    {
      version: 'J-Link OB-nRF5340-NordicSemi compiled Oct 30 2023 12:13:06',
      capabilities: [0x33, 0x5a, 0xea, 0xb8, 0x1c, 0x7c, 0xb1, 0x42, 0xa1],
      baseHz: 16_000_000,
      minDivider: 2,
      maxMemBlock: 4096,
      otherConnections: 1,
      splitsVersion: false,
    },
  ),
} satisfies Record<string, ProbeProfile>;
export type ProbeName = keyof typeof PROBE_PROFILES;

export interface BoardSetup extends ChipSetup {
  readonly probe?: ProbeName;
  readonly serial?: string;
  readonly clock: Clock;
  /** See `VirtualDebugPort`; 1024 finds whoever trusts in more than the architecture promises. */
  readonly tarWrap?: 1024 | 4096;
}

export class VirtualBoard {
  readonly chip: VirtualNrf52;
  readonly port: VirtualDebugPort;
  readonly serial: string;
  readonly #profile: ProbeProfile;
  readonly #clock: Clock;
  #device: VirtualUsbDevice;

  constructor(setup: BoardSetup) {
    const profile = PROBE_PROFILES[setup.probe ?? 'daplink'];
    this.chip = new VirtualNrf52(setup);
    this.port = new VirtualDebugPort(this.chip, setup.tarWrap);
    this.serial = setup.serial ?? profile.serial;
    this.#profile = profile;
    this.#clock = setup.clock;
    this.#device = this.#enumerate();
  }

  /** What the browser hands out; another object each time the board is plugged in. */
  get device(): VirtualUsbDevice {
    return this.#device;
  }

  get isPluggedIn(): boolean {
    return this.#device.isPluggedIn;
  }

  /** The board is powered by the cable, so the chip goes dark with it. */
  unplug(): void {
    this.#device.unplug();
    this.chip.powerOff();
    this.port.lose();
  }

  plugIn(): VirtualUsbDevice {
    this.port.lose();
    this.chip.powerOn();
    this.#device = this.#enumerate();
    return this.#device;
  }

  #enumerate(): VirtualUsbDevice {
    const { usb, firmware } = this.#profile;
    return new VirtualUsbDevice(
      { ...usb, serialNumber: this.serial },
      firmware(this.port, this.serial),
      this.chip,
      this.#clock,
    );
  }
}
