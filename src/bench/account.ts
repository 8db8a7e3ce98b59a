/** What the journal says of one identity: its state, and the chips that carry it or may do so. */
import type { IdentityRef } from './records.ts';

export type IdentityState =
  /** May be handed out. So is every identity the journal does not know. */
  | 'free'
  /** Set aside for a chip, nothing written. Ends with the run that said so. */
  | 'reserved'
  /** Being written right now. */
  | 'writing'
  | 'verified'
  /** Verified, and the debug port closed. */
  | 'locked'
  /** May be on a chip, wholly or in part: only that chip may get it again, until a person says that it is not there. */
  | 'maybe'
  /** Never handed out again. */
  | 'discarded';

export interface IdentityAccount extends IdentityRef {
  readonly state: IdentityState;
  /** The chip of the last record about it; empty when free or discarded. */
  readonly chipId: string;
  /** Every chip that carries it or may do so. More than one only after journals that contradict each other were merged. */
  readonly chips: readonly string[];
  /** Of the image last announced; empty before. */
  readonly imageSha256: string;
  readonly probe: string;
  /** Of its verified board, see `JournalEntry.uuid`; empty where not known. */
  readonly uuid: string;
  readonly at: string;
  /** Why it is as it is: code of an error or reason, or empty. */
  readonly result: string;
}

export const keyOf = ({ network, unicast }: Pick<IdentityRef, 'network' | 'unicast'>): string =>
  `${network}/${unicast}`;

/** The firmware of a verified board runs as this identity. */
export const isConfirmed = (state: IdentityState): boolean => state === 'verified' || state === 'locked';
