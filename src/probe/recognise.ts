/** Which protocol a USB device speaks and on which of its interfaces, told from its descriptors, before it is opened. */
import type { ProbeKind } from './swd-link.ts';

export interface RecognisedProbe {
  readonly kind: ProbeKind;
  /** For a person. */
  readonly title: string;
  /** The interface to claim. */
  readonly usbInterface: USBInterface;
  /** Where replies and requests travel; without them, by HID reports over the control pipe. */
  readonly endpoints: { readonly in: number; readonly out: number } | null;
}

/** A device with no interface that we could speak to, and why. */
export interface UnknownProbe {
  readonly kind: 'unknown';
  readonly title: string;
  readonly reason: 'no-probe' | 'hid-only';
}

const SEGGER = 0x1366;
const ARM = 0x0d28;

/**
 * What the browser's picker shows.
 *
 * SEGGER by vendor alone, as the product id is a bit field of what the user switched on. The Raspberry Pi ids are the Debug
 * Probe and the Picoprobe; other CMSIS-DAP probes are found by their vendor-specific interface.
 */
export const PROBE_FILTERS: USBDeviceFilter[] = [
  { vendorId: SEGGER },
  { vendorId: ARM },
  { vendorId: 0x2e8a, productId: 0x000c },
  { vendorId: 0x2e8a, productId: 0x0004 },
  { classCode: 0xff },
];

const VENDOR_SPECIFIC = 0xff;
const HID = 0x03;
/** Subclass that DAPLink gives its WebUSB interface, which carries HID reports and has no endpoints. */
const DAPLINK_WEBUSB_SUBCLASS = 0x03;

/**
 * The CMSIS-DAP specification asks for "CMSIS-DAP" in the interface's name; products that forget it have it in their own
 * name or are known by vendor. A J-Link in its CMSIS-DAP personality says so too, so names are asked before vendors.
 */
export function recogniseProbe(device: USBDevice): RecognisedProbe | UnknownProbe {
  const title = titleOf(device);
  const interfaces = (device.configuration ?? device.configurations[0])?.interfaces ?? [];
  const ours = interfaces.filter((one) => alternateOf(one)?.interfaceClass === VENDOR_SPECIFIC);
  const named = ours.filter((one) => speaksOfDap(alternateOf(one)?.interfaceName));
  const found = (kind: ProbeKind, usbInterface: USBInterface): RecognisedProbe => ({
    kind,
    title,
    usbInterface,
    endpoints: bulkPair(usbInterface),
  });

  const dap = named.find(bulkPair) ?? named[0];
  if (dap) return found('cmsis-dap', dap);
  if (device.vendorId === SEGGER) {
    const candidates = ours.filter(isJlink);
    const jlink =
      candidates.find((one) => alternateOf(one)?.interfaceName === 'BULK interface') ?? candidates[0];
    if (jlink) return found('jlink', jlink);
  }
  if (device.vendorId === ARM || speaksOfDap(device.productName)) {
    const dap =
      ours.find(bulkPair) ??
      ours.find((one) => alternateOf(one)?.interfaceSubclass === DAPLINK_WEBUSB_SUBCLASS);
    if (dap) return found('cmsis-dap', dap);
  }
  const hidOnly = interfaces.some(
    (one) =>
      alternateOf(one)?.interfaceClass === HID &&
      (speaksOfDap(alternateOf(one)?.interfaceName) || speaksOfDap(device.productName)),
  );
  return { kind: 'unknown', title, reason: hidOnly ? 'hid-only' : 'no-probe' };
}

const alternateOf = (one: USBInterface): USBAlternateInterface | undefined => one.alternates[0];

const speaksOfDap = (name: string | null | undefined): boolean => /CMSIS-DAP/i.test(name ?? '');

/** Vendor-specific through and through, with one bulk endpoint each way and nothing else. */
function isJlink(one: USBInterface): boolean {
  const { interfaceSubclass, interfaceProtocol, endpoints = [] } = alternateOf(one) ?? {};
  return (
    interfaceSubclass === VENDOR_SPECIFIC &&
    interfaceProtocol === VENDOR_SPECIFIC &&
    endpoints.length === 2 &&
    bulkPair(one) !== null
  );
}

function bulkPair(one: USBInterface): { in: number; out: number } | null {
  const bulk = alternateOf(one)?.endpoints.filter((endpoint) => endpoint.type === 'bulk') ?? [];
  const input = bulk.find((endpoint) => endpoint.direction === 'in');
  const output = bulk.find((endpoint) => endpoint.direction === 'out');
  return input && output ? { in: input.endpointNumber, out: output.endpointNumber } : null;
}

/** Product names often repeat the maker's, and some devices have neither. */
function titleOf({ manufacturerName, productName }: USBDevice): string {
  const maker = manufacturerName?.trim() ?? '';
  const product = productName?.trim() ?? '';
  if (product === '') return maker === '' ? 'The USB device' : `${maker} device`;
  return maker === '' || product.toLowerCase().includes(maker.toLowerCase())
    ? product
    : `${maker} ${product}`;
}
