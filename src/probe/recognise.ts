/**
 * Which protocol a USB device speaks and on which of its interfaces, told from its descriptors, before it is opened.
 *
 * Chromium gives no names of interfaces (docs/probe-protocols.md §1.1), so ids, classes, endpoints and the product's name have to
 * do. Where they leave it open the interfaces that may be it are named, and the device is asked (open-probe.ts).
 */
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

/** A device of which one interface may be a probe's: whoever answers as one is. */
export interface PossibleProbe {
  readonly kind: 'possible';
  readonly title: string;
  /** The likeliest first. */
  readonly candidates: readonly RecognisedProbe[];
  /** What to say where none answers. */
  readonly reason: UnknownProbe['reason'];
}

/** A device with no interface that we could speak to, and why. */
export interface UnknownProbe {
  readonly kind: 'unknown';
  readonly title: string;
  readonly reason: 'no-probe' | 'hid-only';
}

const SEGGER = 0x1366;
const ARM = 0x0d28;
/** Bit of SEGGER's product ids: CMSIS-DAP version 2 (docs/probe-protocols.md §2.2). */
const SEGGER_DAP_V2 = 0x1080;

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

/** Told by what can be known without opening it. */
export function recogniseProbe(device: USBDevice): RecognisedProbe | PossibleProbe | UnknownProbe {
  const title = titleOf(device);
  const interfaces = (device.configuration ?? device.configurations[0])?.interfaces ?? [];
  const found = (kind: ProbeKind, usbInterface: USBInterface): RecognisedProbe => ({
    kind,
    title,
    usbInterface,
    endpoints: bulkPair(usbInterface),
  });

  const daps = interfaces
    .map((one) => ({ one, rank: rankAsDap(device, one) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank!);
  const [best, second] = daps;
  const jlink = device.vendorId === SEGGER && best?.rank !== NAMED && findJlink(interfaces);
  if (jlink) return found('jlink', jlink);
  const isCertain =
    best?.rank === NAMED || device.vendorId === ARM || (isKnownDap(device) && best?.rank !== second?.rank);
  if (best && isCertain) return found('cmsis-dap', best.one);

  const reason = interfaces.some((one) => isDapByHid(device, one)) ? 'hid-only' : 'no-probe';
  if (!best) return { kind: 'unknown', title, reason };
  return { kind: 'possible', title, candidates: daps.map(({ one }) => found('cmsis-dap', one)), reason };
}

const alternateOf = (one: USBInterface): USBAlternateInterface | undefined => one.alternates[0];

const speaksOfDap = (name: string | null | undefined): boolean => /CMSIS-DAP/i.test(name ?? '');

/** By its product's name, or as a J-Link that was told to be one. */
const isKnownDap = ({ vendorId, productId, productName }: USBDevice): boolean =>
  speaksOfDap(productName) || (vendorId === SEGGER && (productId & SEGGER_DAP_V2) === SEGGER_DAP_V2);

const NAMED = 0;

/**
 * How likely an interface is one of CMSIS-DAP, the least the likeliest: called so; classes as the specification has them; other
 * classes, which some get wrong, of a product that says what it is; and DAPLink's interface for HID reports, which is slower.
 */
function rankAsDap(device: USBDevice, one: USBInterface): number | undefined {
  const { interfaceClass, interfaceSubclass, interfaceProtocol, interfaceName } = alternateOf(one) ?? {};
  if (interfaceClass !== VENDOR_SPECIFIC) return undefined;
  const isArm = device.vendorId === ARM;
  if (bulkPair(one)) {
    if (speaksOfDap(interfaceName)) return NAMED;
    if (interfaceSubclass === 0 && interfaceProtocol === 0) return 1;
    return isArm || speaksOfDap(device.productName) ? 2 : undefined;
  }
  return isArm && interfaceSubclass === DAPLINK_WEBUSB_SUBCLASS ? 3 : undefined;
}

/** Version 1: told by its name, its product's, or by a maker whose HID interface is nothing else. */
const isDapByHid = ({ vendorId, productName }: USBDevice, one: USBInterface): boolean =>
  alternateOf(one)?.interfaceClass === HID &&
  (vendorId === SEGGER ||
    vendorId === ARM ||
    speaksOfDap(productName) ||
    speaksOfDap(alternateOf(one)?.interfaceName));

/** Vendor-specific through and through, with one bulk endpoint each way and nothing else. */
function isJlink(one: USBInterface): boolean {
  const { interfaceClass, interfaceSubclass, interfaceProtocol, endpoints = [] } = alternateOf(one) ?? {};
  return (
    interfaceClass === VENDOR_SPECIFIC &&
    interfaceSubclass === VENDOR_SPECIFIC &&
    interfaceProtocol === VENDOR_SPECIFIC &&
    endpoints.length === 2 &&
    bulkPair(one) !== null
  );
}

/** Where a host tells names, the one that SEGGER calls so; else the first. */
function findJlink(interfaces: readonly USBInterface[]): USBInterface | undefined {
  const candidates = interfaces.filter(isJlink);
  return candidates.find((one) => alternateOf(one)?.interfaceName === 'BULK interface') ?? candidates[0];
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
