/** Serial ports of this browser: choosing one, and knowing it again after its cable was pulled. */
import type { OpenablePort } from '../../serial/index.ts';
import { portClosed } from '../errors.ts';

export interface WebSerialPort extends OpenablePort {
  /** Ids of the USB device that it belongs to; none for a port that is built in. */
  getInfo(): { readonly usbVendorId?: number; readonly usbProductId?: number };
}
interface WebSerial extends EventTarget {
  requestPort(options: { filters: readonly { usbVendorId: number }[] }): Promise<WebSerialPort>;
  /** Those that this page may open and that are there. */
  getPorts(): Promise<readonly WebSerialPort[]>;
}
declare global {
  interface Navigator {
    /** Web Serial; Chromium only. */
    readonly serial?: WebSerial;
  }
}

export const hasSerial = (): boolean => navigator.serial !== undefined && window.isSecureContext;

/**
 * Let a person choose a port.
 *
 * @param usbVendorIds  makers whose ports are offered; all where there are none
 * @returns             `null` when none was chosen
 * @throws              `app/no-serial-port`
 */
export async function choosePort(...usbVendorIds: number[]): Promise<WebSerialPort | null> {
  if (!navigator.serial) throw portClosed();
  try {
    return await navigator.serial.requestPort({
      filters: usbVendorIds.map((usbVendorId) => ({ usbVendorId })),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return null;
    throw portClosed(error);
  }
}

/**
 * Be told when a port is there again.
 *
 * The browser makes a new `SerialPort` for a cable that was pushed in again, so a port is known by its USB ids alone; a kit may have
 * two of these, and kits of one kind have the same. Source: WICG/serial, issue 181.
 *
 * @param port  that is open now
 * @param back  gets the port, or `null` where it cannot be told apart from others that this page may open
 * @returns     stops it
 */
export async function watchForReturn(
  port: WebSerialPort,
  back: (port: WebSerialPort | null) => void,
): Promise<() => void> {
  const { serial } = navigator;
  if (!serial) return () => {};
  const isAlike = (other: WebSerialPort) => idsOf(other) === idsOf(port);
  const alike = (await serial.getPorts()).filter(isAlike).length;
  const listen = ({ target }: Event) => {
    if (target === null || !('getInfo' in target)) return;
    const other = target as unknown as WebSerialPort;
    if (other === port) back(port);
    else if (isAlike(other)) back(alike <= 1 ? other : null);
  };
  serial.addEventListener('connect', listen);
  return () => serial.removeEventListener('connect', listen);
}

const idsOf = (port: WebSerialPort): string => {
  const { usbVendorId, usbProductId } = port.getInfo();
  return `${usbVendorId}:${usbProductId}`;
};
