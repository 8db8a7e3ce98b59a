/**
 * What a browser throws about USB, as errors that a person can act on.
 *
 * Browsers name few causes, and the same words stand for several of them (docs/probe-protocols.md §1.2). So the step that failed, the
 * system and the probe decide which cause is the likelier, and the hint names the other one too.
 */
import { KnownError } from '../errors.ts';
import {
  busy,
  disconnected,
  noDriver,
  notOpened,
  refusedByDriver,
  seggerDriver,
  type ProbeAccess,
} from './errors.ts';

export type UsbStep = 'open' | 'claim' | 'transfer';

/** A promise that was rejected. What is no error of the browser is given back as it is. */
export function usbError(cause: unknown, step: UsbStep, access: ProbeAccess): unknown {
  if (cause instanceof KnownError || !isDomException(cause)) return cause;
  if (cause.name === 'NotFoundError' || step === 'transfer') return disconnected(access.title, cause);
  // What changes the state of the device hangs since an earlier attempt, as it does without a driver.
  if (cause.name === 'InvalidStateError') return unsettled(access, 0, cause);
  if (access.platform !== 'windows') return step === 'open' ? noDriver(access, cause) : busy(access, cause);
  if (isLeftToSegger(access)) return seggerDriver(access.title, cause);
  return step === 'open' ? noDriver(access, cause) : refusedByDriver(access, cause);
}

/** A promise that did not settle: on Windows a claim waits until the interface has a driver, however long that is. */
export const unsettled = (access: ProbeAccess, waitedMs: number, cause?: unknown): KnownError =>
  access.platform === 'windows' ? noDriver(access, cause) : notOpened(access, waitedMs, cause);

/** Bits of SEGGER's product ids: whose driver the interface asks Windows for. See docs/probe-protocols.md §2.2. */
const NEW_PRODUCT_IDS = 0x1000;
const ASKS_FOR_WINUSB = 0x20;

const isLeftToSegger = ({ kind, productId }: ProbeAccess): boolean =>
  kind === 'jlink' && !(productId >= NEW_PRODUCT_IDS && (productId & ASKS_FOR_WINUSB) !== 0);

/** By name: a `DOMException` of another realm, such as a worker's, is no instance of ours. */
const isDomException = (error: unknown): error is DOMException =>
  error instanceof Error && /^[A-Z]\w*Error$/.test(error.name) && 'code' in error;
