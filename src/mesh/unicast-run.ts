/**
 * Unicast addresses that follow one another, as those of a node's elements do.
 * Source: Bluetooth Mesh Protocol 1.1, sections 3.4.2.2 (unicast addresses) and 2.3.4 (elements).
 */
import { hex } from '../bytes.ts';

export const LOWEST_UNICAST = 0x0001;
export const HIGHEST_UNICAST = 0x7fff;

export interface UnicastRun {
  /** First unicast address, 0x0001..0x7FFF. */
  readonly start: number;
  /** How many addresses, from 1. */
  readonly count: number;
}

/** Whoever has elements: a node of the database, a clone of the plan, a job of the bench. */
export interface HasElements {
  /** Of the primary element. */
  readonly unicast: number;
  readonly elementCount: number;
}

export const isUnicast = (address: number): boolean =>
  Number.isInteger(address) && address >= LOWEST_UNICAST && address <= HIGHEST_UNICAST;

/** The addresses of all elements. */
export const elementsOf = ({ unicast, elementCount }: HasElements): UnicastRun => ({
  start: unicast,
  count: elementCount,
});

/** The last address of a run; that of a run without addresses is the one before it. */
export const lastOf = ({ start, count }: UnicastRun): number => start + count - 1;

/** The address of the last element. */
export const lastUnicast = (node: HasElements): number => lastOf(elementsOf(node));

/** From the lowest address to the highest, whatever lies between and in whichever order they come; `null` of none. */
export function spanOf(nodes: readonly HasElements[]): UnicastRun | null {
  if (nodes.length === 0) return null;
  let [start, last] = [Infinity, -Infinity];
  for (const node of nodes) {
    start = Math.min(start, node.unicast);
    last = Math.max(last, lastUnicast(node));
  }
  return { start, count: last - start + 1 };
}

export const isInRun = (address: number, run: UnicastRun): boolean =>
  address >= run.start && address <= lastOf(run);

/** Whether every address of it may belong to an element. */
export const isUnicastRun = (run: UnicastRun): boolean =>
  run.count > 0 && isUnicast(run.start) && isUnicast(lastOf(run));

/**
 * Runs as people write them: `0x0010-0x001F, 0x0030`, with or without `0x`, always hex.
 *
 * @returns `undefined` where a part is no address or two, the lower one first; whether they are unicast is not asked
 */
export function parseRuns(text: string): UnicastRun[] | undefined {
  const runs = text.split(',').map((part) => {
    const ends = /^\s*(?:0x)?([0-9a-f]{1,4})\s*(?:[-–]\s*(?:0x)?([0-9a-f]{1,4})\s*)?$/i.exec(part);
    if (!ends) return undefined;
    const start = Number.parseInt(ends[1]!, 16);
    const last = Number.parseInt(ends[2] ?? ends[1]!, 16);
    return last < start ? undefined : { start, count: last - start + 1 };
  });
  return runs.every((run) => run !== undefined) ? runs : undefined;
}

/** `0x0011–0x0013`, or `0x0011` where it is one address. */
export const formatRun = (run: UnicastRun): string =>
  run.count === 1 ? hex(run.start, 4) : `${hex(run.start, 4)}–${hex(lastOf(run), 4)}`;
