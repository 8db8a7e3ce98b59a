/** Virtual probes and boards behind a `USBDevice`, obeying the datasheet: the page's demo mode and the test bench. */
export {
  VirtualBoard,
  PROBE_PROFILES,
  type BoardSetup,
  type ProbeName,
  type ProbeProfile,
} from './virtual-board.ts';
export { CHIP_PROFILES, type ChipName, type ChipProfile } from './chip-profiles.ts';
export { VirtualNrf52, type ChipEvent, type ChipSetup } from './nrf52-chip.ts';
export type { Conduct, FirmwareSetup, RttSetup } from './firmware.ts';
export type { BusMasterSetup } from './bus-masters.ts';
export { AP, READ, VirtualDebugPort, type SwdFaults, type SwdLies } from './debug-port.ts';
export { SwdLine } from './swd-line.ts';
export { CmsisDapFirmware } from './cmsis-dap-firmware.ts';
export { JlinkFirmware, type JlinkFaults, type JlinkFirmwareSetup } from './jlink-firmware.ts';
export {
  VirtualUsbDevice,
  type ProbeFirmware,
  type UsbFaults,
  type UsbInterfaceSetup,
  type UsbSetup,
} from './usb-device.ts';
export { VirtualClock } from './virtual-clock.ts';
export { VirtualUsb } from './virtual-usb.ts';
export { DiscreteClock } from './discrete-clock.ts';
export { VirtualMesh, type AirMessage, type Station } from './virtual-mesh.ts';
export { VirtualMeshNode, type NodeSetup } from './mesh-node.ts';
export { NodeModels, type NodeModel, type NodeNetwork } from './node-models.ts';
export { KIT_RELEASES, type KitReleaseName } from './kit-releases.ts';
export { VirtualSerialKit, type KitFault, type KitFaults, type KitSetup } from './serial-kit.ts';
export { VirtualLoggingKit } from './logging-kit.ts';
export { VirtualSerialPort, type LineFault, type SerialPeer } from './virtual-serial-port.ts';
export { confirmationInputs, deriveDeviceKey } from './kit-provisioner.ts';
export * from './bluetooth/index.ts';
