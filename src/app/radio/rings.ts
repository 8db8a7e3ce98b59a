/** Where the clones of a network stand in the picture: on rings by hops, in the order of their addresses. */
import type { OnAirRow } from '../state/on-air-row.ts';

export type RingMark = 'alive' | 'differs' | 'failed' | 'silent' | 'open' | 'asking';
export interface RingDot {
  readonly row: OnAirRow;
  readonly mark: RingMark;
  readonly x: number;
  readonly y: number;
  readonly r: number;
}
export interface RingsPicture {
  /** Radii of the rings, from the inside. */
  readonly rings: readonly { readonly hops: number; readonly radius: number; readonly count: number }[];
  readonly dots: readonly RingDot[];
}

/** Half of the picture’s edge; its middle is 0, 0. */
export const HALF = 200;
const RIM = 186;
const INNER = 58;
/** By how much of the distance between two dots a ring is turned. */
const TURN = [0, 0.24, -0.18];

export function markOf({ state, result }: OnAirRow): RingMark {
  if (state === 'asking') return 'asking';
  if (!result) return 'open';
  if (result.verdict === 'wrong-device-key') return 'failed';
  return result.verdict;
}

/** Silent ones and those not tried stand at the rim; those whose hops are not told on the innermost ring. */
export function ringsOf(rows: readonly OnAirRow[]): RingsPicture {
  const most = Math.max(1, ...rows.map(({ result }) => result?.hops ?? 1));
  const radiusOf = (hops: number) => INNER + ((RIM - 28 - INNER) * (hops - 1)) / Math.max(most - 1, 1);
  const places = new Map<number, OnAirRow[]>();
  for (const row of rows) {
    const mark = markOf(row);
    const hops = mark === 'alive' || mark === 'differs' || mark === 'failed' ? (row.result?.hops ?? 1) : 0;
    const here = places.get(hops);
    if (here) here.push(row);
    else places.set(hops, [row]);
  }
  const rings = Array.from({ length: most }, (_, i) => ({
    hops: i + 1,
    radius: most === 1 ? (INNER + RIM) / 2 - 14 : radiusOf(i + 1),
    count: places.get(i + 1)?.length ?? 0,
  }));
  const dots = [...places].flatMap(([hops, here]) => {
    const radius = hops === 0 ? RIM : rings[hops - 1]!.radius;
    const size = Math.max(2.2, Math.min(7, (Math.PI * radius) / here.length / 1.35));
    return here.map((row, i): RingDot => {
      // from the top, clockwise; nobody stands at the very top, where the number of the ring is, and rings are turned against each other
      const angle = (2 * Math.PI * (i + 0.5 + TURN[hops % 3]!)) / here.length - Math.PI / 2;
      return {
        row,
        mark: markOf(row),
        x: round(radius * Math.cos(angle)),
        y: round(radius * Math.sin(angle)),
        r: round(size),
      };
    });
  });
  return { rings, dots };
}

const round = (value: number) => Math.round(value * 100) / 100;
