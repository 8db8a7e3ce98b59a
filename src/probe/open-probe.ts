import type { Clock } from '../clock.ts';
import type { UsbContext } from './checked-device.ts';
import {
  hidOnlyProbe,
  insecurePage,
  nothingChosen,
  noWebUsb,
  silentProbe,
  unknownProbe,
  type Platform,
} from './errors.ts';
import { PROBE_FILTERS, recogniseProbe, type RecognisedProbe } from './recognise.ts';
import type { ProbeKind, SwdLink } from './swd-link.ts';

export interface ProbeOptions {
  readonly clock: Clock;
  /** For hints that fit; `unknown` when left out. */
  readonly platform?: Platform;
  /** How long the probe may take for one answer; 10 seconds when left out, as a polled chip may keep it busy. */
  readonly timeoutMs?: number;
}

type OpenLink = (device: USBDevice, probe: RecognisedProbe, context: UsbContext) => Promise<SwdLink>;

/** Who speaks to which kind: loaded with the first probe of it, as a bench seldom has both. */
const DRIVERS: Record<ProbeKind, () => Promise<OpenLink>> = {
  'cmsis-dap': async () => (await import('./cmsis-dap/cmsis-dap-link.ts')).CmsisDapLink.open,
  jlink: async () => (await import('./jlink/jlink-link.ts')).JlinkLink.open,
};

/**
 * Open a device that the browser has granted, and everything on the way to its SWD pins.
 *
 * @throws `probe/unknown`, `probe/hid-only`, `probe/busy`, `probe/no-driver`, `probe/segger-driver`, `probe/not-opened`,
 *         `probe/disconnected`, `probe/timeout`, `probe/protocol`, `probe/no-swd`, `probe/no-memory`
 */
export async function openProbe(device: USBDevice, options: ProbeOptions): Promise<SwdLink> {
  const { clock, platform = 'unknown', timeoutMs = 10_000 } = options;
  const context = { clock, platform, timeoutMs };
  const { vendorId, productId } = device;
  const recognised = recogniseProbe(device);
  const { title } = recognised;
  if (recognised.kind === 'unknown')
    throw recognised.reason === 'hid-only' ? hidOnlyProbe(title) : unknownProbe(title, vendorId, productId);
  const open = async (probe: RecognisedProbe) => (await DRIVERS[probe.kind]())(device, probe, context);
  if (recognised.kind !== 'possible') return open(recognised);
  const { answersAsDap } = await import('./cmsis-dap/transport.ts');
  for (const one of recognised.candidates) if (await answersAsDap(device, one, context)) return open(one);
  throw recognised.reason === 'hid-only' ? hidOnlyProbe(title) : silentProbe(title, vendorId, productId);
}

/** What of a browser the picker needs: `{ usb: navigator.usb, isSecureContext }`. */
export interface UsbEnvironment {
  readonly usb: Pick<USB, 'requestDevice'> | undefined;
  readonly isSecureContext: boolean;
}

/**
 * Let a person choose a probe; call it from their click.
 *
 * @throws `probe/no-webusb`, `probe/insecure-page`, `probe/nothing-chosen`
 */
export async function chooseProbe({ usb, isSecureContext }: UsbEnvironment): Promise<USBDevice> {
  if (!isSecureContext) throw insecurePage();
  if (!usb) throw noWebUsb();
  try {
    return await usb.requestDevice({ filters: PROBE_FILTERS });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') throw nothingChosen(error);
    throw error;
  }
}
