/**
 * The IV index of a network, as beacons tell it. It goes up once in months, and while it does the one before is sent under.
 * Source: Mesh Protocol 1.1, 3.11.5 (IV Update procedure), 3.11.6 (recovery).
 */
import type { BeaconState } from '../beacons.ts';

export interface IvIndex {
  /** 0…0xFFFFFFFF. */
  readonly index: number;
  readonly isUpdating: boolean;
}

/** What own messages are sent under; with a new one own sequence numbers start at 0. */
export const transmitIndex = ({ index, isUpdating }: IvIndex): number =>
  isUpdating && index > 0 ? index - 1 : index;

/** How far ahead a node of the specification follows; we follow farther, and say so. */
const RECOVERY_LIMIT = 42;

export type BeaconVerdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'newer'; readonly iv: IvIndex; readonly isFarAhead: boolean }
  /** Of before: nobody uses it any more, or somebody repeats an old beacon. */
  | { readonly kind: 'older' };

/** What an authentic beacon means to somebody who knew `known`. */
export function judgeBeacon(
  known: IvIndex,
  { ivIndex, ivUpdate }: Pick<BeaconState, 'ivIndex' | 'ivUpdate'>,
): BeaconVerdict {
  if (ivIndex < known.index) return { kind: 'older' };
  if (ivIndex === known.index) {
    if (ivUpdate === known.isUpdating) return { kind: 'same' };
    // an update that ended does not begin again under the same index
    if (ivUpdate) return { kind: 'older' };
  }
  return {
    kind: 'newer',
    iv: { index: ivIndex, isUpdating: ivUpdate },
    isFarAhead: ivIndex - known.index > RECOVERY_LIMIT,
  };
}
