/** Whether two node states are the same, and where they first differ; never what the values are, for some are keys. */
import { equalBytes } from '../bytes.ts';
import type { NodeState } from '../image/index.ts';

/** Path of the first value that differs, such as `netKeys.0.key`; `undefined` when there is none. */
export const firstDifference = (a: NodeState, b: NodeState): string | undefined => difference(a, b);

function difference(a: unknown, b: unknown): string | undefined {
  if (a === b) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return '';
  if (Array.isArray(a) && Array.isArray(b)) return differenceOfLists(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return equalBytes(a, b) ? undefined : '';
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name in left) {
    const inside = difference(left[name], right[name]);
    if (inside !== undefined) return joined(name, inside);
  }
  for (const name in right) if (!(name in left)) return name;
  return undefined;
}

/** By number: names of items are texts, which takes a browser as long as all else of a boot. */
function differenceOfLists(left: readonly unknown[], right: readonly unknown[]): string | undefined {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const inside = difference(left[i], right[i]);
    if (inside !== undefined) return joined(String(i), inside);
  }
  return undefined;
}

const joined = (name: string, inside: string): string => (inside === '' ? name : `${name}.${inside}`);
