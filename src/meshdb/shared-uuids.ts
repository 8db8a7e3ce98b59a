/** Records that share a UUID, and how they came to. */
import type { MeshDatabase } from './database.ts';
import { uuidDigits } from './values.ts';
import type { NodeRecord } from './node-record.ts';

export interface SharedUuid {
  readonly node: NodeRecord;
  /** The record before it in the list that has the UUID too. */
  readonly twin: NodeRecord;
  /**
   * `provisioned-twice`: one board, whose record of the time before was never removed; it keeps its name and its UUID.
   * `copied`: a script made the one of the other, and always gives it a name of its own.
   */
  readonly cause: 'provisioned-twice' | 'copied';
}

/** Every node whose UUID an earlier one has, in the order of the list. */
export function sharedUuids(database: MeshDatabase): readonly SharedUuid[] {
  const known = new Map<string, NodeRecord[]>();
  return database.nodes.flatMap((node) => {
    const digits = uuidDigits(node.uuid);
    if (digits === '') return [];
    const before = known.get(digits) ?? [];
    known.set(digits, [...before, node]);
    const [first] = before;
    if (first === undefined) return [];
    const self = before.findLast(
      ({ name, elementCount }) => name === node.name && elementCount === node.elementCount,
    );
    return [
      { node, twin: self ?? first, cause: self ? ('provisioned-twice' as const) : ('copied' as const) },
    ];
  });
}

/**
 * Which record of a board that was provisioned twice tells of the time before: the one further up in the list, as
 * provisioners add new ones at its end, unless the board's dump says that it is the other.
 *
 * @param donorIndex  the node a dump is of
 */
export const staleOf = ({ node, twin }: SharedUuid, donorIndex?: number): NodeRecord =>
  donorIndex === twin.index ? node : twin;
