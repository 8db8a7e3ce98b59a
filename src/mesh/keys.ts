/** Network and application keys with what is derived from them, derived once. */
import {
  beaconKey,
  identityKey,
  k2,
  k3,
  k4,
  MANAGED_FLOODING,
  privateBeaconKey,
  type NetworkCredentials,
} from './derivation.ts';

/** A network key and its derivations (Mesh Protocol 1.1, 3.9.6.3). */
export interface NetworkKey extends NetworkCredentials {
  readonly key: Uint8Array;
  /** 8 bytes, public. */
  readonly networkId: Uint8Array;
  readonly identityKey: Uint8Array;
  readonly beaconKey: Uint8Array;
  readonly privateBeaconKey: Uint8Array;
}

/** @param key  16 bytes */
export const networkKey = (key: Uint8Array): NetworkKey => ({
  key,
  ...k2(key, MANAGED_FLOODING),
  networkId: k3(key),
  identityKey: identityKey(key),
  beaconKey: beaconKey(key),
  privateBeaconKey: privateBeaconKey(key),
});

/** What access messages are encrypted with: an application's key, or the device key of a node. */
export type MessageKey =
  | { readonly kind: 'application'; readonly key: Uint8Array; readonly aid: number }
  | { readonly kind: 'device'; readonly key: Uint8Array };

/** @param key  16 bytes */
export const applicationKey = (key: Uint8Array): MessageKey => ({ kind: 'application', key, aid: k4(key) });

/** @param key  16 bytes */
export const deviceKey = (key: Uint8Array): MessageKey => ({ kind: 'device', key });
