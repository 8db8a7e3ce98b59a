/**
 * Ranges of unicast addresses in one network, asked for those that share an address with another range.
 *
 * A tree over the 32,768 addresses whose nodes know the last address that any range beginning below them reaches, and which holds
 * only nodes that have a range below them. A change touches one node a level, however long the range is; a question looks at
 * one branch for each range that it finds.
 */
import type { IdentityRef } from './records.ts';

/** First address, and how many there are. */
export type UnicastRange = Pick<IdentityRef, 'unicast' | 'elementCount'>;

/** Unicast addresses have 15 bits. Source: Mesh Profile 1.0.1, 3.4.2.2. */
const LEVELS = 15;
const LEAVES = 1 << LEVELS;
const ROOT = 1;
const NOTHING = -1;

export const lastOf = ({ unicast, elementCount }: UnicastRange): number => unicast + elementCount - 1;

export class TakenRanges {
  /** Last address reached by the ranges below a node; children of `n` are `2n` and `2n + 1`, leaves stand for first addresses. */
  readonly #reach = new Map<number, number>();
  /** Nodes of the tree that were looked at so far: what it cost. */
  steps = 0;

  /** No two ranges begin at the same address; a later one replaces the earlier. */
  add(range: UnicastRange): void {
    this.#set(range.unicast, lastOf(range));
  }

  delete(range: UnicastRange): void {
    this.#set(range.unicast, NOTHING);
  }

  /** First addresses of all ranges that share an address with this one, rising. */
  overlapping(range: UnicastRange): readonly number[] {
    const found: number[] = [];
    this.#collect(ROOT, 0, LEAVES - 1, range.unicast, lastOf(range), found);
    return found;
  }

  #set(first: number, last: number): void {
    let node = LEAVES + first;
    for (let reach = last; node >= ROOT; node >>= 1, this.steps++) {
      if (node < LEAVES) reach = Math.max(this.#reachOf(2 * node), this.#reachOf(2 * node + 1));
      if (reach === NOTHING) this.#reach.delete(node);
      else this.#reach.set(node, reach);
    }
  }

  #collect(node: number, low: number, high: number, first: number, last: number, found: number[]): void {
    this.steps++;
    if (low > last || this.#reachOf(node) < first) return;
    if (node >= LEAVES) {
      found.push(low);
      return;
    }
    const middle = (low + high) >> 1;
    this.#collect(2 * node, low, middle, first, last, found);
    this.#collect(2 * node + 1, middle + 1, high, first, last, found);
  }

  #reachOf(node: number): number {
    return this.#reach.get(node) ?? NOTHING;
  }
}
