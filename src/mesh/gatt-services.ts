/**
 * The two GATT services of a mesh node, of which it shows one at a time: provisioning until it is in a network, proxy from then on.
 * Source: Mesh Protocol 1.1, 7.1 and 7.2; Bluetooth Assigned Numbers.
 */

/** A 16-bit UUID of the Bluetooth SIG as the 128 bits it stands for. */
const sigUuid = (short: number) => `0000${short.toString(16)}-0000-1000-8000-00805f9b34fb`;

export type MeshServiceName = 'provisioning' | 'proxy';

/** `in` is what a node takes, written without response; `out` what it tells, by notifications. */
export const MESH_SERVICES: Record<
  MeshServiceName,
  { readonly service: string; readonly in: string; readonly out: string }
> = {
  provisioning: { service: sigUuid(0x1827), in: sigUuid(0x2adb), out: sigUuid(0x2adc) },
  proxy: { service: sigUuid(0x1828), in: sigUuid(0x2add), out: sigUuid(0x2ade) },
};
