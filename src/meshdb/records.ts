/** What a database says of keys, groups, elements and models, as values of this program. */

export interface AddressRange {
  readonly low: number;
  /** Inclusive. */
  readonly high: number;
}
export interface ProvisionerRecord {
  readonly index: number;
  readonly name: string;
  readonly uuid: string;
  /** As listed; `low` may be above `high` in a broken file. */
  readonly unicastRanges: readonly AddressRange[];
}
export interface NetKeyRecord {
  readonly index: number;
  readonly name: string;
  /** 16 bytes; missing where the file has none that can be read. */
  readonly key: Uint8Array | undefined;
  readonly oldKey: Uint8Array | undefined;
  /** Key refresh: 0 none, 1 distributing, 2 using the new keys. */
  readonly phase: number;
}
export interface AppKeyRecord {
  readonly index: number;
  readonly name: string;
  readonly boundNetKey: number;
  readonly key: Uint8Array | undefined;
  readonly oldKey: Uint8Array | undefined;
}
export interface GroupRecord {
  readonly name: string;
  /** A group address, or a label of 32 hex digits. */
  readonly address: number | string;
}
/** Addresses of removed nodes, not to be used until the IV index is at least two above `ivIndex`. */
export interface ExclusionRecord {
  readonly ivIndex: number;
  readonly addresses: readonly number[];
}
export interface SceneRecord {
  readonly name: string;
  readonly number: number;
  readonly addresses: readonly number[];
}
export interface PublicationRecord {
  /** Unicast, group, or a label of 32 hex digits. */
  readonly address: number | string;
  readonly appKeyIndex: number;
  /** 0..127, or 255 for the node's default. */
  readonly ttl: number;
  readonly periodMs: number;
  /** Further transmissions of each message, 0..7. */
  readonly retransmitCount: number;
  readonly retransmitIntervalMs: number;
}
export interface ModelRecord {
  /** `1000`, or company and model `00590001`; as written. */
  readonly modelId: string;
  readonly bindings: readonly number[];
  readonly subscriptions: readonly (number | string)[];
  readonly publication: PublicationRecord | undefined;
}
export interface ElementRecord {
  /** Its place in the list, which is what decides its address. */
  readonly index: number;
  readonly name: string;
  /** GATT namespace descriptor, four hex digits as written. */
  readonly location: string;
  readonly models: readonly ModelRecord[];
}

/** What a node is made of, as its composition data say. */
export interface CompositionRecord {
  readonly cid: number;
  readonly pid: number;
  readonly vid: number;
  readonly crpl: number;
  /** Whether it has the feature; not whether that is on. */
  readonly features: Readonly<Record<'relay' | 'proxy' | 'friend' | 'lowPower', boolean>>;
  readonly elements: readonly { readonly location: number; readonly models: readonly string[] }[];
}
