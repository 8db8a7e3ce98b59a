/** A USB device as a driver should see it: one interface, no silent failures, nothing that waits forever. */
import type { Clock } from '../clock.ts';
import { badReply, timeout, type Platform } from './errors.ts';
import type { RecognisedProbe } from './recognise.ts';
import { usbError, type UsbStep } from './usb-errors.ts';

export interface UsbContext {
  readonly clock: Clock;
  readonly platform: Platform;
  /** How long one transfer may take. */
  readonly timeoutMs: number;
}

/** @returns what drivers touch of a `USBDevice`; whatever fails, fails with a `KnownError` */
export function checkedDevice(device: USBDevice, probe: RecognisedProbe, context: UsbContext): USBDevice {
  const { title } = probe;
  const attempt = async <T>(step: UsbStep, action: () => Promise<T>): Promise<T> => {
    try {
      return await withTimeout(action(), title, context);
    } catch (error) {
      throw usbError(error, step, { title, vendorId: device.vendorId, platform: context.platform });
    }
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
    open: () => attempt('open', () => device.open()),
    selectConfiguration: (value: number) => attempt('open', () => device.selectConfiguration(value)),
    claimInterface: (number: number) => attempt('claim', () => device.claimInterface(number)),
    close: () => device.close(),
    transferIn: async (endpoint: number, length: number) =>
      received(await attempt('transfer', () => device.transferIn(endpoint, length))),
    transferOut: async (endpoint: number, data: BufferSource) =>
      sent(await attempt('transfer', () => device.transferOut(endpoint, data))),
    controlTransferIn: async (setup: USBControlTransferParameters, length: number) =>
      received(await attempt('transfer', () => device.controlTransferIn(setup, length))),
    controlTransferOut: async (setup: USBControlTransferParameters, data: BufferSource) =>
      sent(await attempt('transfer', () => device.controlTransferOut(setup, data))),
  };
  return view as unknown as USBDevice;
}

function withTimeout<T>(promise: Promise<T>, title: string, { clock, timeoutMs }: UsbContext): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(timeout(title, timeoutMs)));
    promise.then(resolve, reject).finally(cancel);
  });
}
