/** The computer's own radio: nodes provisioned over PB-GATT and reached through a proxy, over Web Bluetooth. */
export type { Bluetooth, BluetoothDevice } from './bluetooth.ts';
export { chooseNode } from './choose.ts';
export { keyRefresh } from './errors.ts';
export { GattBearer, type GattBearerOptions } from './gatt-bearer.ts';
export { GattNode, type GattSurroundings } from './gatt-node.ts';
export { provisionOverGatt, type GattProvisioningOptions } from './provisioning.ts';
export { ProxyBearer, type ProxyBearerOptions, type ProxyNetwork } from './proxy-bearer.ts';
export { ProxySession } from './proxy-session.ts';
export { adapterHint, noBluetoothHint, staleServicesHint, type System } from './system-texts.ts';
