/** How a kit's port is opened, as PyACI does it, and with the second try for probes that do without flow control. */
import { KnownError } from '../errors.ts';
import { mute, portBusy } from './errors.ts';
import { SerialLine, type LineOptions } from './line.ts';
import { BAUD_RATE, type BytePort, type OpenablePort, type PortSettings } from './port.ts';

/** Opening at this speed first makes the probe notice flow control. Source: scripts/interactive_pyaci/aci/aci_uart.py. */
const FIRST_BAUD_RATE = 9600;

/**
 * Open a port and find the device on it.
 *
 * @throws `serial/port-busy` when somebody else holds it, `serial/mute` when nothing answers
 */
export async function openLine(port: OpenablePort, options: LineOptions): Promise<SerialLine> {
  await openPort(port, { baudRate: FIRST_BAUD_RATE, flowControl: 'hardware', bufferSize: 4096 });
  await port.close();
  for (const flowControl of ['hardware', 'none'] as const) {
    await openPort(port, { baudRate: BAUD_RATE, flowControl, bufferSize: 4096 });
    const line = new SerialLine(opened(port), options);
    try {
      await line.attach();
      return line;
    } catch (error) {
      await line.close();
      if (!(error instanceof KnownError) || error.code !== 'serial/mute') throw error;
    }
  }
  throw mute();
}

async function openPort(port: OpenablePort, settings: PortSettings): Promise<void> {
  try {
    await port.open(settings);
  } catch (cause) {
    throw cause instanceof KnownError ? cause : portBusy(cause);
  }
}

function opened(port: OpenablePort): BytePort {
  const { readable, writable } = port;
  if (!readable || !writable) throw portBusy(undefined);
  return { readable, writable, close: () => port.close() };
}
