/** A way into networks that is open: a kit on a port, or a node that was chosen in the list of the browser. */
import type { Clock } from '../../../clock.ts';
import type { KeyAgreement, OwnNodeStore } from '../../../mesh/index.ts';
import type { MeshDatabase } from '../../../meshdb/index.ts';
import type { RadioRecord } from '../../../on-air/index.ts';
import type { RadioBearer } from '../radio-parts.ts';

export interface OpenRadio {
  /**
   * The network of a database through it; the same bearer as long as the network is.
   *
   * @param ivIndex  of the network, as far as it is known
   */
  bearerFor(database: MeshDatabase, ivIndex: number): Promise<RadioBearer>;
  /** Leave the network: keys and numbers are given anew with the next bearer. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** What it needs: time, keys, and what is kept of addresses and numbers. */
export interface RadioSurroundings {
  readonly clock: Clock;
  readonly keyAgreement: KeyAgreement;
  readonly ownNodes: OwnNodeStore;
  records(): readonly RadioRecord[];
  keepRecord(record: RadioRecord): Promise<void>;
}
