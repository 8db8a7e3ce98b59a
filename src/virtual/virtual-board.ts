/** A board on the desk: a probe of some kind, a chip behind it, and the cable that joins it to the computer. */
import type { Clock } from '../clock.ts';
import { CmsisDapFirmware } from './cmsis-dap-firmware.ts';
import { VirtualDebugPort } from './debug-port.ts';
import { VirtualNrf52, type ChipSetup } from './nrf52-chip.ts';
import { VirtualUsbDevice, type ProbeFirmware, type UsbSetup } from './usb-device.ts';

/** A kind of probe: how it enumerates, and what runs in it. */
export interface ProbeProfile {
  readonly usb: Omit<UsbSetup, 'serialNumber'>;
  readonly firmware: (port: VirtualDebugPort, serial: string) => ProbeFirmware;
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
    interfaces: [{ name: 'CMSIS-DAP v2 Interface', interfaceClass: 0xff, endpoints: BULK_PAIR }],
  },
  firmware: (port, serial) =>
    new CmsisDapFirmware(port, {
      packetSize,
      packetCount,
      serial,
      dapVersion: '2.1.1',
      firmwareVersion: '2.2.0',
    }),
});

/** Sections 1.5 and 1.7 of the facts. */
export const PROBE_PROFILES = {
  /** DAPLink on the ATSAM3U of a development kit: HID reports over the control pipe. */
  daplink: {
    usb: {
      vendorId: 0x0d28,
      productId: 0x0204,
      manufacturerName: 'Arm',
      productName: 'DAPLink CMSIS-DAP',
      packetSize: 64,
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
    this.chip = new VirtualNrf52(setup);
    this.port = new VirtualDebugPort(this.chip, setup.tarWrap);
    this.serial = setup.serial ?? '110100004420312043574641333030313430303197969903';
    this.#profile = PROBE_PROFILES[setup.probe ?? 'daplink'];
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
