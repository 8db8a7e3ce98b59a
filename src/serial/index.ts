/** A kit with `examples/serial` of the nRF5 SDK for Mesh on a serial port: the line, its commands, and the way into a network. */
export { COMMANDS, readWords } from './commands.ts';
export { SerialDevice } from './device.ts';
export { formatEvent, parseEvent, type EventName, type EventOf, type SerialEvent } from './events.ts';
export { FrameReader, formatFrame, type Frame } from './frame.ts';
export { giveUpMs } from './kit-channel.ts';
export { SerialLine, type LineOptions, type TracedFrame } from './line.ts';
export { MeshKit, type KitNetwork, type KitOptions } from './mesh-kit.ts';
export { CONSOLE_SPEEDS, SerialConsole, type ConsoleOptions } from './console.ts';
export { openLine } from './open.ts';
export { chooseOwnAddress, MemoryOwnAddresses } from './own-addresses.ts';
export { BAUD_RATE, SEGGER_VENDOR_ID, type BytePort, type OpenablePort } from './port.ts';
export { provisionDevice } from './provisioning.ts';
export { releaseText, serialRelease, SERIAL_RELEASES, type SerialRelease } from './releases.ts';
export { STATUS } from './statuses.ts';
