/**
 * What nodes advertise as service data, by which somebody who knows the network finds them.
 *
 * Source: Mesh Protocol 1.1, 7.1.2.2 (Mesh Provisioning service 0x1827) and 7.2.2.2 (Mesh Proxy service 0x1828).
 */
import { bytes, concatenate, equalBytes, struct, u16be, u8 } from '../bytes.ts';
import { encryptBlock } from './aes.ts';
import type { NetworkKey } from './keys.ts';

const NETWORK_ID = 0x00;
const NODE_IDENTITY = 0x01;
const PRIVATE_NETWORK_ID = 0x02;
const PRIVATE_NODE_IDENTITY = 0x03;

const unprovisioned = struct({ uuid: bytes(16), oobInformation: u16be });
const networkIdData = struct({ type: u8, networkId: bytes(8) });
const hashedData = struct({ type: u8, hash: bytes(8), random: bytes(8) });

/** Who advertises on the proxy's service. */
export type ProxyIdentity =
  { readonly kind: 'network' } | { readonly kind: 'node'; readonly address: number };

/** A node that waits to be provisioned over GATT. */
export const formatUnprovisioned = (uuid: Uint8Array, oobInformation: number): Uint8Array =>
  unprovisioned.encode({ uuid, oobInformation });

export const parseUnprovisioned = (data: Uint8Array) =>
  data.length === unprovisioned.size ? unprovisioned.decode(data) : undefined;

export const formatNetworkId = ({ networkId }: NetworkKey): Uint8Array =>
  networkIdData.encode({ type: NETWORK_ID, networkId });

/** @param random  8 bytes */
export const formatNodeIdentity = (network: NetworkKey, address: number, random: Uint8Array): Uint8Array =>
  hashedData.encode({ type: NODE_IDENTITY, hash: nodeHash(network, address, random, [0, 0]), random });

/** @param random  8 bytes */
export const formatPrivateNetworkId = (network: NetworkKey, random: Uint8Array): Uint8Array =>
  hashedData.encode({ type: PRIVATE_NETWORK_ID, hash: networkHash(network, random), random });

/** @param random  8 bytes */
export const formatPrivateNodeIdentity = (
  network: NetworkKey,
  address: number,
  random: Uint8Array,
): Uint8Array =>
  hashedData.encode({
    type: PRIVATE_NODE_IDENTITY,
    hash: nodeHash(network, address, random, [0, PRIVATE_NODE_IDENTITY]),
    random,
  });

/**
 * Whether service data of 0x1828 is this network's, and which node's.
 *
 * @param addresses  first addresses of the nodes that may be meant
 */
export function recogniseProxy(
  network: NetworkKey,
  data: Uint8Array,
  addresses: Iterable<number>,
): ProxyIdentity | undefined {
  if (data[0] === NETWORK_ID && data.length === networkIdData.size)
    return equalBytes(networkIdData.decode(data).networkId, network.networkId)
      ? { kind: 'network' }
      : undefined;
  if (data.length !== hashedData.size) return undefined;
  const { type, hash, random } = hashedData.decode(data);
  if (type === PRIVATE_NETWORK_ID)
    return equalBytes(hash, networkHash(network, random)) ? { kind: 'network' } : undefined;
  if (type !== NODE_IDENTITY && type !== PRIVATE_NODE_IDENTITY) return undefined;
  const mark = type === NODE_IDENTITY ? [0, 0] : [0, PRIVATE_NODE_IDENTITY];
  for (const address of addresses)
    if (equalBytes(hash, nodeHash(network, address, random, mark))) return { kind: 'node', address };
  return undefined;
}

/** Block of the node's hash: five zeros or four and the type, in all six bytes; random; address. */
function nodeHash({ identityKey }: NetworkKey, address: number, random: Uint8Array, mark: readonly number[]) {
  const block = concatenate([
    Uint8Array.of(0, 0, 0, 0, ...mark),
    random,
    Uint8Array.of(address >>> 8, address & 0xff),
  ]);
  return encryptBlock(identityKey, block).slice(8);
}

const networkHash = ({ identityKey, networkId }: NetworkKey, random: Uint8Array) =>
  encryptBlock(identityKey, concatenate([networkId, random])).slice(8);
