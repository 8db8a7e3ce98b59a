/**
 * The beacons by which a network tells its IV index.
 * Source: Mesh Protocol 1.1, 3.10.3 (secure network beacon), 3.10.4 (private beacon).
 */
import { bytes, equalBytes, struct, u32be, u8 } from '../bytes.ts';
import { aesCmac } from './aes.ts';
import { ccmDecrypt, ccmEncrypt } from './ccm.ts';
import type { NetworkKey } from './keys.ts';

export interface BeaconState {
  /** A new network key is being given out. */
  readonly keyRefresh: boolean;
  /** The IV index is going up: the one before is still sent under. */
  readonly ivUpdate: boolean;
  readonly ivIndex: number;
}

const SECURE = 0x01;
const PRIVATE = 0x02;

const authenticated = struct({ flags: u8, networkId: bytes(8), ivIndex: u32be });
const secureBeacon = struct({ type: u8, authenticated: bytes(authenticated.size), authentication: bytes(8) });
const privateBeacon = struct({ type: u8, random: bytes(13), sealed: bytes(5 + 8) });
const privateState = struct({ flags: u8, ivIndex: u32be });

const flagsOf = ({ keyRefresh, ivUpdate }: BeaconState) => (keyRefresh ? 1 : 0) | (ivUpdate ? 2 : 0);
const stateOf = ({ flags, ivIndex }: { flags: number; ivIndex: number }): BeaconState => ({
  keyRefresh: (flags & 1) !== 0,
  ivUpdate: (flags & 2) !== 0,
  ivIndex,
});

export function formatSecureBeacon(network: NetworkKey, state: BeaconState): Uint8Array {
  const { networkId } = network;
  const told = authenticated.encode({ flags: flagsOf(state), networkId, ivIndex: state.ivIndex });
  return secureBeacon.encode({
    type: SECURE,
    authenticated: told,
    authentication: aesCmac(network.beaconKey, told),
  });
}

/** @param random  13 bytes, anew for each beacon */
export function formatPrivateBeacon(network: NetworkKey, state: BeaconState, random: Uint8Array): Uint8Array {
  const told = privateState.encode({ flags: flagsOf(state), ivIndex: state.ivIndex });
  return privateBeacon.encode({
    type: PRIVATE,
    random,
    sealed: ccmEncrypt(network.privateBeaconKey, random, told, 8),
  });
}

/** What a beacon of either kind tells; `undefined` when it is no beacon, another network's, or forged. */
export function openBeacon(network: NetworkKey, beacon: Uint8Array): BeaconState | undefined {
  if (beacon[0] === SECURE && beacon.length === secureBeacon.size) {
    const read = secureBeacon.decode(beacon);
    const told = authenticated.decode(read.authenticated);
    const expected = aesCmac(network.beaconKey, read.authenticated).subarray(0, 8);
    return equalBytes(told.networkId, network.networkId) && equalBytes(read.authentication, expected)
      ? stateOf(told)
      : undefined;
  }
  if (beacon[0] === PRIVATE && beacon.length === privateBeacon.size) {
    const { random, sealed } = privateBeacon.decode(beacon);
    const told = ccmDecrypt(network.privateBeaconKey, random, sealed, 8);
    return told && stateOf(privateState.decode(told));
  }
  return undefined;
}

/** The network id a secure beacon names in the clear, for telling whose it is. */
export const networkIdOf = (beacon: Uint8Array): Uint8Array | undefined =>
  beacon[0] === SECURE && beacon.length === secureBeacon.size
    ? authenticated.decode(secureBeacon.decode(beacon).authenticated).networkId
    : undefined;
