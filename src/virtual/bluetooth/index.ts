/** The mesh behind a fake `navigator.bluetooth`. */
export { MeshAir, type AirStation } from './mesh-air.ts';
export { NodeLink, type StackName } from './node-link.ts';
export type { Central, Peripheral, PeripheralLink, PeripheralService } from './peripheral.ts';
export { actionBits, Provisionee, type Mischief, type ProvisioneeSetup } from './provisionee.ts';
export { RadioNode, type RadioNodeSetup } from './radio-node.ts';
export { VirtualBluetooth, type VirtualBluetoothSetup } from './virtual-bluetooth.ts';
export { VirtualBluetoothDevice, type RadioFaults, type RadioSetup } from './virtual-device.ts';
