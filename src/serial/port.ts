/**
 * A serial port as far as this room needs it: what Web Serial's `SerialPort` is, and what a device file can be made to look like.
 */

/** As a `ReadableStreamDefaultReader`. */
export interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
  releaseLock(): void;
}
/** As a `WritableStreamDefaultWriter`. */
export interface ByteWriter {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  releaseLock(): void;
}
export interface BytePort {
  readonly readable: { getReader(): ByteReader };
  readonly writable: { getWriter(): ByteWriter };
  close(): Promise<void>;
}

/** What a port is used as: the kit as a bearer of the mesh, or a console that shows what a firmware logs. */
export type PortUser = 'kit' | 'console';

/** How a port is opened. Members as in Web Serial's `SerialOptions`. */
export interface PortSettings {
  readonly baudRate: number;
  readonly flowControl: 'none' | 'hardware';
  readonly bufferSize: number;
}
/** As Web Serial's `SerialPort`. */
export interface OpenablePort {
  readonly readable: { getReader(): ByteReader } | null;
  readonly writable: { getWriter(): ByteWriter } | null;
  open(settings: PortSettings): Promise<void>;
  close(): Promise<void>;
}

/** USB vendor of the debug probes on Nordic's kits, whose serial port it is: SEGGER. */
export const SEGGER_VENDOR_ID = 0x1366;

/** Source: nRF5 SDK for Mesh 5.0.0, mesh/serial/api/nrf_mesh_config_serial_uart.h. */
export const BAUD_RATE = 115200;

/** Most bytes in one write. Source: scripts/interactive_pyaci/aci/aci_uart.py of 4.2.0 and later. */
export const MAX_WRITE_BYTES = 63;
