/**
 * This browser as a node of a network: one address for ever, and sequence numbers of which none is used twice, whatever happens.
 *
 * A node drops what comes with a number it has seen from that address, and some nodes remember ten senders and never forget one. So
 * the numbers are taken from blocks that are on disk before the first of a block is sent; what a crash leaves of a block is lost.
 * Source: Mesh Protocol 1.1, 3.9.3 (sequence number), 3.9.8 (replay protection), 3.11.5 (IV Update).
 */
import type { BeaconState } from '../beacons.ts';
import { elementsOf, isInRun, type HasElements } from '../unicast-run.ts';
import { judgeBeacon, transmitIndex, type BeaconVerdict, type IvIndex } from '../transport/iv-index.ts';
import { ReplayList, type SequenceAuth } from '../transport/replay-list.ts';
import {
  noOwnAddress,
  numbersExhausted,
  numbersNotKept,
  ownNodeElsewhere,
  ownNodeNotRead,
} from './errors.ts';

/** What is kept of a network. It holds no key. */
export interface OwnNodeRecord {
  /** k3 of the network key, 16 hex digits in small letters. */
  readonly networkId: string;
  readonly unicast: number;
  readonly iv: IvIndex;
  /** IV index that the numbers belong to. */
  readonly numbersUnder: number;
  /** Numbers below it may have been used. */
  readonly reservedUntil: number;
  /** Newest number of each source that was heard. */
  readonly replay: readonly (readonly [source: number, number: SequenceAuth])[];
}

/** Where it is kept. */
export interface OwnNodeStore {
  read(networkId: string): Promise<OwnNodeRecord | undefined>;
  /** Resolves once the record would survive a power loss; until then the one before does. */
  write(record: OwnNodeRecord): Promise<void>;
}

export interface OwnNodeSetup {
  readonly networkId: string;
  readonly store: OwnNodeStore;
  /** Held as long as the page speaks; `undefined` when another tab holds it. */
  lock(name: string): Promise<(() => void) | undefined>;
  /** As the database has it; a beacon corrects it. */
  readonly ivIndex: number;
  /** Unicast addresses that no node has and none had. */
  readonly candidates: readonly number[];
  readonly randomBytes: (length: number) => Uint8Array;
}

const BLOCK = 256;
const END_OF_NUMBERS = 0x1000000;
/** A fresh address begins at one of so many blocks: should a record that was lost have been of the same one, its numbers were others. */
const FIRST_BLOCKS = 0x1000;
/** From here on a person should know. */
const HALF = 0x800000;
/** Over whatever a node may have heard of us and we no longer know. */
const LEAP = 0x10000;

/**
 * Take up the address of this browser in a network, or choose one.
 *
 * An address whose record is gone is not taken up again: it is one of many candidates, and which one is drawn. So is where its numbers
 * begin.
 * @throws `mesh/own-node-elsewhere`, `mesh/own-node-not-read`, `mesh/no-own-address`
 */
export async function openOwnNode(setup: OwnNodeSetup): Promise<OwnNode> {
  const release = await setup.lock(`own-node ${setup.networkId}`);
  if (!release) throw ownNodeElsewhere();
  try {
    const record = await setup.store
      .read(setup.networkId)
      .catch((cause: unknown) => Promise.reject(ownNodeNotRead(cause)));
    const isStillOurs = record && setup.candidates.includes(record.unicast);
    return new OwnNode(setup.store, isStillOurs ? record : freshRecord(setup, record), release);
  } catch (error) {
    release();
    throw error;
  }
}

function freshRecord(setup: OwnNodeSetup, former: OwnNodeRecord | undefined): OwnNodeRecord {
  const { networkId, candidates, ivIndex, randomBytes } = setup;
  const drawn = randomBytes(8);
  const view = new DataView(drawn.buffer, drawn.byteOffset);
  const unicast = candidates[view.getUint32(0) % Math.max(candidates.length, 1)];
  if (unicast === undefined) throw noOwnAddress();
  const iv = former?.iv ?? { index: ivIndex, isUpdating: false };
  return {
    networkId,
    unicast,
    iv,
    numbersUnder: transmitIndex(iv),
    reservedUntil: BLOCK * (view.getUint32(4) % FIRST_BLOCKS),
    replay: former?.replay ?? [],
  };
}

export class OwnNode {
  readonly unicast: number;
  readonly replay: ReplayList;
  readonly #store: OwnNodeStore;
  readonly #release: () => void;
  /** As it lies on disk, apart from the replay list. */
  #record: OwnNodeRecord;
  #next: number;
  /** One write after the other. */
  #writing: Promise<unknown> = Promise.resolve();
  #isNoted = false;
  #isClosed = false;

  constructor(store: OwnNodeStore, record: OwnNodeRecord, release: () => void) {
    this.#store = store;
    this.#record = record;
    this.#release = release;
    this.unicast = record.unicast;
    this.#next = record.reservedUntil;
    this.replay = new ReplayList(Infinity, record.replay);
  }

  get iv(): IvIndex {
    return this.#record.iv;
  }

  /** More than half of the numbers under this IV index are gone. */
  get isRunningOut(): boolean {
    return this.#next >= HALF;
  }

  /**
   * The next number for messages under an IV index.
   *
   * @throws `mesh/numbers-not-kept`, `mesh/numbers-exhausted`; no number was given then
   */
  next(ivIndex: number): Promise<number> {
    return this.#inTurn(async () => {
      if (ivIndex < this.#record.numbersUnder)
        throw new RangeError(`IV index ${ivIndex} is before ${this.#record.numbersUnder}`);
      const isNew = ivIndex > this.#record.numbersUnder;
      const number = isNew ? 0 : this.#next;
      if (number >= END_OF_NUMBERS) throw numbersExhausted(this.unicast);
      if (isNew || number >= this.#record.reservedUntil)
        await this.#write({
          ...this.#record,
          numbersUnder: ivIndex,
          reservedUntil: Math.min(number + BLOCK, END_OF_NUMBERS),
        });
      this.#next = number + 1;
      return number;
    });
  }

  /** Go on far above, for nodes that may have heard more of us than we know. */
  leap(): Promise<void> {
    return this.#inTurn(async () => {
      this.#next = Math.max(this.#next, this.#record.reservedUntil) + LEAP;
    });
  }

  /**
   * Follow the IV index as an authentic beacon tells it; it is written down before it is used.
   *
   * @throws `mesh/numbers-not-kept`
   */
  follow(beacon: BeaconState): Promise<BeaconVerdict> {
    return this.#inTurn(async () => {
      const verdict = judgeBeacon(this.#record.iv, beacon);
      if (verdict.kind === 'newer') await this.#write({ ...this.#record, iv: verdict.iv });
      return verdict;
    });
  }

  /** A message was heard: have the replay list written when there is time. */
  noteHeard(): void {
    if (this.#isNoted || this.#isClosed) return;
    this.#isNoted = true;
    this.#inTurn(async () => {
      this.#isNoted = false;
      await this.#write(this.#record);
    }).catch(() => {}); // the next block says so
  }

  /** A person says that these may begin their numbers anew: their boards were written again. */
  forgetHeard(nodes: readonly HasElements[]): void {
    const runs = nodes.map(elementsOf);
    for (const [source] of this.replay.entries())
      if (runs.some((run) => isInRun(source, run))) this.replay.forget(source);
    this.noteHeard();
  }

  /** Speak no more, and let another tab. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#inTurn(() => this.#write(this.#record)).catch(() => {});
    this.#release();
  }

  async #write(record: OwnNodeRecord): Promise<void> {
    const whole = { ...record, replay: this.replay.entries() };
    await this.#store.write(whole).catch((cause: unknown) => Promise.reject(numbersNotKept(cause)));
    this.#record = whole;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#writing.then(work);
    this.#writing = turn.catch(() => {});
    return turn;
  }
}

/**
 * A record from a backup beside the one that is kept: of numbers under one address the higher holds, so that none comes twice.
 *
 * A backup alone is no record: who knows what was sent since, and from how many copies of it.
 */
export function mergeOwnNodes(kept: OwnNodeRecord, backup: OwnNodeRecord): OwnNodeRecord {
  if (backup.networkId !== kept.networkId || backup.unicast !== kept.unicast) return kept;
  const isAhead =
    backup.numbersUnder > kept.numbersUnder ||
    (backup.numbersUnder === kept.numbersUnder && backup.reservedUntil > kept.reservedUntil);
  const replay = new ReplayList(Infinity, kept.replay);
  for (const [source, number] of backup.replay) replay.heard(source, number);
  const isLater =
    backup.iv.index > kept.iv.index || (backup.iv.index === kept.iv.index && kept.iv.isUpdating);
  return {
    ...kept,
    iv: isLater ? backup.iv : kept.iv,
    ...(isAhead && { numbersUnder: backup.numbersUnder, reservedUntil: backup.reservedUntil }),
    replay: replay.entries(),
  };
}
