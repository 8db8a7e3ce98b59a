/**
 * A node as its own flash tells it: what a record can be completed with, or a database be made from.
 *
 * It knows nothing about kinds of images; whoever reads one fills this in.
 */
export interface KnownNode {
  /** First address, 0x0001..0x7FFF. */
  readonly unicast: number;
  readonly elementCount: number;
  /** 16 bytes. */
  readonly deviceKey: Uint8Array;
  readonly netKeys: readonly KnownNetKey[];
  readonly appKeys: readonly KnownAppKey[];
  readonly models: readonly KnownModel[];
  /** False where the firmware has models that the image does not list. */
  readonly modelsKnown: boolean;
  readonly ivIndex: number;
  readonly ivUpdateInProgress: boolean;
  /** Unicast addresses of others that it has a trace of: keys it holds, messages it heard. */
  readonly others: readonly number[];
}

export interface KnownNetKey {
  readonly index: number;
  /** In use before a key refresh, if one runs; missing where the image does not give it away. */
  readonly key: Uint8Array | undefined;
  /** Handed out by a key refresh. */
  readonly newKey: Uint8Array | undefined;
  /** 0 none, 1 distributing, 2 using the new keys. */
  readonly phase: number;
}
export interface KnownAppKey {
  readonly index: number;
  readonly boundNetKey: number;
  readonly key: Uint8Array | undefined;
  readonly newKey: Uint8Array | undefined;
}
export interface KnownModel {
  /** From 0. */
  readonly element: number;
  /** Four hex digits, or eight with the company first, in capitals. */
  readonly modelId: string;
  /** Indexes of application keys. */
  readonly bindings: readonly number[];
  readonly publication: KnownPublication | undefined;
  /** Unicast or group addresses, or labels of 32 hex digits. */
  readonly subscriptions: readonly (number | string)[];
}
export interface KnownPublication {
  readonly address: number | string;
  readonly appKeyIndex: number;
  /** 0..127, or 255 for the node's default. */
  readonly ttl: number;
}
