/**
 * What the serial firmware keeps while it has power: subnets, keys and addresses by their handles, IV index and sequence number.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, mesh/access/src/device_state_manager.c, mesh/core/src/net_state.c and examples/serial.
 */
import { equalBytes, toHex } from '../bytes.ts';
import { ReplayList } from './virtual-mesh.ts';

export const REFUSAL = {
  success: 0x00,
  internal: 0x81,
  commandUnknown: 0x82,
  invalidState: 0x83,
  invalidLength: 0x84,
  invalidParameter: 0x85,
  invalidData: 0x87,
  rejected: 0x8e,
} as const;

export const LIMITS = { subnets: 8, appKeys: 8, deviceKeys: 10, addresses: 32, virtualAddresses: 8 } as const;
const SEQUENCE_BLOCK = 8192;
/** A new block is asked for when so few numbers are left. */
const BLOCK_THRESHOLD = 64;

interface Slot {
  readonly key: Uint8Array;
}
interface SubnetSlot extends Slot {
  readonly index: number;
}
interface AppKeySlot extends SubnetSlot {
  readonly subnet: number;
}
interface DeviceKeySlot extends Slot {
  readonly owner: number;
  readonly subnet: number;
}
interface AddressSlot {
  readonly address: number;
  uses: number;
  isSubscribed: boolean;
}

/** A handle, or why there is none. */
export type Handled = { readonly handle: number } | { readonly refusal: number };

export class KitState {
  readonly subnets: (SubnetSlot | undefined)[] = [];
  readonly appKeys: (AppKeySlot | undefined)[] = [];
  readonly deviceKeys: (DeviceKeySlot | undefined)[] = [];
  readonly addresses: (AddressSlot | undefined)[] = [];
  readonly replay: ReplayList;
  own = { start: 0, count: 0 };
  ivIndex = 0;
  ivUpdate = 0;
  /** The next number that will be sent. */
  sequence = 0;
  nextBlock: number;
  /** NetStateSet is taken once after reset or StateClear. */
  isNetStateSet = false;
  isNetStateKnown = true;
  isScanning = false;

  constructor(replayListLength: number, replay = new ReplayList(replayListLength)) {
    this.replay = replay;
    this.nextBlock = SEQUENCE_BLOCK;
  }

  addSubnet(index: number, key: Uint8Array): Handled {
    if (index > 0x0fff) return { refusal: REFUSAL.invalidParameter };
    return addKey(this.subnets, LIMITS.subnets, { index, key });
  }
  addAppKey(index: number, subnet: number, key: Uint8Array): Handled {
    if (index > 0x0fff) return { refusal: REFUSAL.invalidParameter };
    if (!this.subnets[subnet]) return { refusal: REFUSAL.rejected };
    return addKey(this.appKeys, LIMITS.appKeys, { index, subnet, key });
  }
  addDeviceKey(owner: number, subnet: number, key: Uint8Array): Handled {
    if (owner === 0 || owner > 0x7fff) return { refusal: REFUSAL.invalidData };
    const isTaken = this.deviceKeys.some((slot) => slot?.owner === owner);
    if (isTaken || !this.subnets[subnet]) return { refusal: REFUSAL.rejected };
    const handled = takeSlot(this.deviceKeys, LIMITS.deviceKeys, { owner, subnet, key });
    return 'handle' in handled ? { handle: handled.handle + LIMITS.appKeys } : handled;
  }
  addAddress(address: number, use: 'publication' | 'subscription'): Handled {
    const isGroup = address >= 0xc000;
    const isUnicast = address > 0 && address <= 0x7fff;
    if (use === 'subscription' ? !isGroup : !isGroup && !isUnicast) return { refusal: REFUSAL.invalidData };
    const known = this.addresses.findIndex((slot) => slot?.address === address);
    const slot = this.addresses[known];
    if (slot) {
      if (use === 'subscription') slot.isSubscribed = true;
      else slot.uses++;
      return { handle: known };
    }
    return takeSlot(this.addresses, LIMITS.addresses, {
      address,
      uses: use === 'publication' ? 1 : 0,
      isSubscribed: use === 'subscription',
    });
  }
  removeAddress(handle: number, use: 'publication' | 'subscription'): boolean {
    const slot = this.addresses[handle];
    if (!slot || (use === 'publication' ? slot.uses === 0 : !slot.isSubscribed)) return false;
    if (use === 'publication') slot.uses--;
    else slot.isSubscribed = false;
    if (slot.uses === 0 && !slot.isSubscribed) this.addresses[handle] = undefined;
    return true;
  }

  /** Handle of an application key or a device key, with its key and subnet. */
  key(handle: number): { readonly key: Uint8Array; readonly subnet: number } | undefined {
    return handle < LIMITS.appKeys ? this.appKeys[handle] : this.deviceKeys[handle - LIMITS.appKeys];
  }
  /** Handle of the key that a message was encrypted with. */
  handleOf(kind: 'device' | 'application', key: string, source: number): number | undefined {
    if (kind === 'application') {
      const handle = this.appKeys.findIndex((slot) => slot && toHex(slot.key) === key);
      return handle === -1 ? undefined : handle;
    }
    const handle = this.deviceKeys.findIndex((slot) => slot?.owner === source && toHex(slot.key) === key);
    return handle === -1 ? undefined : handle + LIMITS.appKeys;
  }
  isOwn(address: number): boolean {
    return address >= this.own.start && address < this.own.start + this.own.count;
  }

  /** Take sequence numbers; true when a new block was reserved by it. */
  takeSequence(count: number): { readonly last: number; readonly isNewBlock: boolean } {
    this.sequence += count;
    const isNewBlock = this.nextBlock - this.sequence <= BLOCK_THRESHOLD;
    if (isNewBlock) this.nextBlock += SEQUENCE_BLOCK;
    return { last: this.sequence - 1, isNewBlock };
  }
  /** Go on from a number that was reserved before. */
  restoreSequence(next: number): void {
    this.sequence = next;
    this.nextBlock = next + SEQUENCE_BLOCK;
  }
}

function takeSlot<T>(slots: (T | undefined)[], most: number, slot: T): Handled {
  for (let handle = 0; handle < most; handle++)
    if (slots[handle] === undefined) {
      slots[handle] = slot;
      return { handle };
    }
  return { refusal: REFUSAL.rejected };
}

function addKey<T extends SubnetSlot>(slots: (T | undefined)[], most: number, slot: T): Handled {
  const known = slots.find((other) => other?.index === slot.index);
  if (known) return { refusal: equalBytes(known.key, slot.key) ? REFUSAL.internal : REFUSAL.rejected };
  return takeSlot(slots, most, slot);
}
