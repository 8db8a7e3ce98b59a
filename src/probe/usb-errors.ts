/**
 * What a browser throws about USB, as errors that a person can act on.
 *
 * Browsers name few causes: Chrome says `NetworkError` for an interface in use as well as for a device that is gone, and
 * `SecurityError` or `NetworkError` for a device it may not open. So the step that failed decides.
 */
import { KnownError } from '../errors.ts';
import { busy, disconnected, noDriver, type UsbPlace } from './errors.ts';

export type UsbStep = 'open' | 'claim' | 'transfer';

export function usbError(cause: unknown, step: UsbStep, where: UsbPlace): unknown {
  const { title, platform } = where;
  if (cause instanceof KnownError || !isDomException(cause)) return cause;
  if (cause.name === 'NotFoundError' || step === 'transfer') return disconnected(title, cause);
  if (step === 'open') return noDriver(where, cause);
  // With another driver than WinUSB bound, Windows lists the device and refuses the interface.
  return platform === 'windows' && /access denied/i.test(cause.message)
    ? noDriver(where, cause)
    : busy(title, platform, cause);
}

/** By name: a `DOMException` of another realm, such as a worker's, is no instance of ours. */
const isDomException = (error: unknown): error is DOMException =>
  error instanceof Error && /^[A-Z]\w*Error$/.test(error.name) && 'code' in error;
