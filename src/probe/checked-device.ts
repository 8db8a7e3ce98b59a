/** A USB device as a driver should see it: one interface, no silent failures, nothing that waits forever. */
import type { Clock } from '../clock.ts';
import { badReply, timeout, type Platform, type ProbeAccess } from './errors.ts';
import type { RecognisedProbe } from './recognise.ts';
import { unsettled, usbError, type UsbStep } from './usb-errors.ts';

export interface UsbContext {
  readonly clock: Clock;
  readonly platform: Platform;
  /** How long one transfer may take. */
  readonly timeoutMs: number;
}

/** A person may have to allow it first. */
const OPEN_LIMIT_MS: Partial<Record<Platform, number>> = { android: 60_000, chromeos: 60_000 };
/** Windows takes some seconds to set up a device that was just plugged in. */
const STEP_LIMIT_MS = 10_000;
/** An alarm that comes so much too late comes from a page that slept, and what it waited for may lie there unread. */
const LATE_MS = 1_000;

/**
 * @returns what drivers touch of a `USBDevice`; whatever fails, fails with a `KnownError`, but `close`, which never does: it follows
 *          errors, and must not take their place
 */
export function checkedDevice(device: USBDevice, probe: RecognisedProbe, context: UsbContext): USBDevice {
  const { title, kind } = probe;
  const { clock, platform, timeoutMs } = context;
  const access: ProbeAccess = {
    title,
    kind,
    vendorId: device.vendorId,
    productId: device.productId,
    platform,
  };
  const attempt = async <T>(step: UsbStep, limitMs: number, action: () => Promise<T>): Promise<T> => {
    const isLate = () => (step === 'transfer' ? timeout(title, limitMs) : unsettled(access, limitMs));
    try {
      return await within(limitMs, clock, action, isLate);
    } catch (error) {
      throw usbError(error, step, access);
    }
  };
  const transfer = <T>(action: () => Promise<T>) => attempt('transfer', timeoutMs, action);
  /** A stalled endpoint answers nothing else until it is told to, not even to whoever opens the device next. */
  const unlessStalled = async <T extends USBInTransferResult | USBOutTransferResult>(
    result: T,
    direction: USBDirection,
    endpoint: number,
  ): Promise<T> => {
    if (result.status === 'stall')
      await transfer(() => device.clearHalt(direction, endpoint)).catch(() => {});
    return result;
  };
  const received = (result: USBInTransferResult): USBInTransferResult => {
    if (result.status !== 'ok' || !result.data)
      throw badReply(title, `USB status ${result.status}${result.data ? '' : ' without data'}`);
    return result;
  };
  const sent = (result: USBOutTransferResult): USBOutTransferResult => {
    if (result.status !== 'ok') throw badReply(title, `USB status ${result.status} to a request`);
    return result;
  };
  const view = {
    configuration: { ...device.configuration, interfaces: [probe.usbInterface] },
    open: () => attempt('open', OPEN_LIMIT_MS[platform] ?? STEP_LIMIT_MS, () => device.open()),
    selectConfiguration: (value: number) =>
      attempt('open', STEP_LIMIT_MS, () => device.selectConfiguration(value)),
    claimInterface: (number: number) => attempt('claim', STEP_LIMIT_MS, () => device.claimInterface(number)),
    close: () =>
      within(
        STEP_LIMIT_MS,
        clock,
        () => device.close(),
        () => timeout(title, STEP_LIMIT_MS),
      ).catch(() => {}),
    transferIn: async (endpoint: number, length: number) =>
      received(
        await unlessStalled(await transfer(() => device.transferIn(endpoint, length)), 'in', endpoint),
      ),
    transferOut: async (endpoint: number, data: BufferSource) =>
      sent(await unlessStalled(await transfer(() => device.transferOut(endpoint, data)), 'out', endpoint)),
    controlTransferIn: async (setup: USBControlTransferParameters, length: number) =>
      received(await transfer(() => device.controlTransferIn(setup, length))),
    controlTransferOut: async (setup: USBControlTransferParameters, data: BufferSource) =>
      sent(await transfer(() => device.controlTransferOut(setup, data))),
  };
  return view as unknown as USBDevice;
}

/** Fails with `isLate()` when the action does not end in time. */
function within<T>(limitMs: number, clock: Clock, action: () => Promise<T>, isLate: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const dueMs = clock.now() + limitMs;
    let cancel = clock.after(limitMs, () => {
      const slept = clock.now() > dueMs + LATE_MS;
      if (slept) cancel = clock.after(LATE_MS, () => reject(isLate()));
      else reject(isLate());
    });
    action()
      .then(resolve, reject)
      .finally(() => cancel());
  });
}
