/** A network as a provisioner keeps it in its own flash: less than what a database of a phone or a PC tells. */
import type { StoredKey } from './identity.ts';

export interface KeptNetwork {
  readonly ivIndex: number;
  readonly netKeys: readonly {
    readonly index: number;
    readonly key: StoredKey;
    /** The new key, while a key refresh is under way. */
    readonly updatedKey?: StoredKey;
    /** 0 normal, 1 new key distributed, 2 new key in use. */
    readonly keyRefreshPhase: number;
  }[];
  readonly appKeys: readonly {
    readonly index: number;
    readonly netKeyIndex: number;
    readonly key: StoredKey;
    readonly updatedKey?: StoredKey;
  }[];
  readonly nodes: readonly {
    /** Of its primary element. */
    readonly unicast: number;
    readonly elementCount: number;
    /** 16 bytes. */
    readonly uuid: Uint8Array;
    readonly key: StoredKey;
    /** Index of the NetKey it was provisioned with. */
    readonly netKeyIndex: number;
    readonly isConfigured: boolean;
    /** The node whose flash this is. */
    readonly isProvisioner: boolean;
  }[];
}
