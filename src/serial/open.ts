/** How a kit's port is opened, as PyACI does it, and with the second try for probes that do without flow control. */
import { KnownError } from '../errors.ts';
import { mute, portBusy } from './errors.ts';
import { SerialLine, type LineOptions } from './line.ts';
import { takePort } from './port-users.ts';
import { BAUD_RATE, type BytePort, type OpenablePort, type PortSettings } from './port.ts';

/** Opening at this speed first makes the probe notice flow control. Source: scripts/interactive_pyaci/aci/aci_uart.py. */
const FIRST_BAUD_RATE = 9600;

/**
 * Open a port and find the device on it.
 *
 * @throws `serial/port-in-use`, `serial/port-busy` when somebody else holds it, `serial/mute` when nothing answers
 */
export async function openLine(port: OpenablePort, options: LineOptions): Promise<SerialLine> {
  const release = takePort(port, 'kit');
  let isHanded = false;
  const onClose = () => isHanded && release();
  try {
    await openPort(port, { baudRate: FIRST_BAUD_RATE, flowControl: 'hardware', bufferSize: 4096 });
    await port.close();
    for (const flowControl of ['hardware', 'none'] as const) {
      await openPort(port, { baudRate: BAUD_RATE, flowControl, bufferSize: 4096 });
      const line = new SerialLine(opened(port, onClose), options);
      try {
        await line.attach();
        isHanded = true; // from now on whoever closes the line gives the port back
        return line;
      } catch (error) {
        await line.close();
        if (!(error instanceof KnownError) || error.code !== 'serial/mute') throw error;
      }
    }
    throw mute();
  } catch (error) {
    release();
    throw error;
  }
}

/** @throws `serial/port-busy` */
export async function openPort(port: OpenablePort, settings: PortSettings): Promise<void> {
  try {
    await port.open(settings);
  } catch (cause) {
    throw cause instanceof KnownError ? cause : portBusy(cause);
  }
}

function opened(port: OpenablePort, onClose: () => void): BytePort {
  const { readable, writable } = port;
  if (!readable || !writable) throw portBusy(undefined);
  return { readable, writable, close: () => port.close().finally(onClose) };
}
