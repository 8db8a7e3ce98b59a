/** Who a node is on its network, and nothing of what it does there. */

export interface Identity {
  /** Unicast address of its primary element, 0x0001..0x7FFF; the number of elements is the firmware's. */
  readonly unicast: number;
  /** 16 bytes. */
  readonly deviceKey: Uint8Array;
}

/**
 * A key as an image gives it: its 16 bytes, or why those are not to be had. `sealed`: it lies in the image, encrypted with a
 * key that is not there. `absent`: it is kept where no dump reaches, and the image only says that there is one.
 */
export type StoredKey = Uint8Array | 'sealed' | 'absent';

export const isClear = (key: StoredKey): key is Uint8Array => typeof key !== 'string';
