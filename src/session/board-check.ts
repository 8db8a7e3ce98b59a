/** What is on a board, as far as dump, database and plan tell: whose node it is, what changed, and what may be put right. */
import {
  boardUuid,
  changesSince,
  checkDump,
  completeDonor,
  recordOf,
  type RunClock,
} from '../clone/index.ts';
import { KnownError, type Finding } from '../errors.ts';
import { MemoryImage, type FactoryIds } from '../image/index.ts';
import { readImage, stackTitle, type ImageReading } from '../kinds/index.ts';
import { setUuids, uuidDigits, type MeshDatabase } from '../meshdb/index.ts';
import type { ChipBytes } from './chip-reading.ts';
import { nodeStateView, type NodeStateView } from './node-view.ts';

/** What was read of a board. */
export interface BoardRequest extends ChipBytes {
  readonly ids: FactoryIds;
}

export interface BoardCheckView {
  /** `null` where no kind of image finds its own. */
  readonly stackTitle: string | null;
  readonly state: NodeStateView | null;
  /** Its record in the database at hand. */
  readonly record: { readonly index: number; readonly name: string } | null;
  /** Everything in which node and database disagree; empty where one of the two is not there. */
  readonly findings: readonly Finding[];
  /** The planned clone that it is. */
  readonly clone: { readonly index: number; readonly name: string } | null;
  /** What became of it since that was pressed. */
  readonly since: readonly Finding[];
  /** What it calls itself while it is not provisioned, where that is known for certain. */
  readonly uuid: string | null;
  /** The record can take over what only the board knows. */
  readonly canPutRight: boolean;
}

/** Everything else that a session knows about boards. */
export interface BoardContext {
  readonly database: MeshDatabase | null;
  /** Know the firmware from its whole image, which a board was not read for. */
  readonly donors: readonly ImageReading[];
  /** The clone that is planned at an address, and its image. */
  readonly cloneAt: (
    unicast: number,
  ) => Promise<{ readonly index: number; readonly name: string; readonly image: MemoryImage } | null>;
}

export async function checkBoard(request: BoardRequest, context: BoardContext): Promise<BoardCheckView> {
  const reading = readBoard(request);
  const { database, donors } = context;
  if (!reading)
    return {
      stackTitle: null,
      state: null,
      record: null,
      findings: [],
      clone: null,
      since: [],
      uuid: null,
      canPutRight: false,
    };
  const { settled } = reading;
  const check = database && checkDump(reading, database, request.ids);
  const clone = settled.unicast ? await context.cloneAt(settled.unicast.start) : null;
  return {
    stackTitle: stackTitle(reading),
    state: nodeStateView(settled),
    record: check?.node ? { index: check.node.index, name: check.node.name } : null,
    findings: clone && check && !check.node ? [YET_TO_COME] : (check?.findings ?? []),
    clone: clone && { index: clone.index, name: clone.name },
    since: clone ? changesSince(readImage(clone.image, { chip: request.chip }).settled, settled) : [],
    uuid: uuidOf(reading, donors, request.ids),
    canPutRight: database !== null && putRight(request, context, { now: new Date(0) }) !== database,
  };
}

/** Of a planned clone, whose record is made with the database that is saved after pressing. */
const YET_TO_COME: Finding = {
  severity: 'info',
  code: 'clone/not-compared',
  message: 'The database at hand is the one before pressing, and has no record of this clone.',
  hint: 'The updated one has it: save it, and go on with it.',
};

/**
 * The database with what only the board knows: keys, bindings, and its own UUID. The very same one where there is nothing to
 * put right, or where board and record do not belong together.
 */
export function putRight(
  request: BoardRequest,
  { database, donors }: Pick<BoardContext, 'database' | 'donors'>,
  clock: Pick<RunClock, 'now'> & Partial<RunClock>,
): MeshDatabase | null {
  const reading = readBoard(request);
  if (!database || !reading?.settled.unicast || reading.refusal) return database;
  const { node, mismatch } = recordOf(reading, database);
  if (!node || (mismatch && mismatch.code !== 'clone/no-device-key')) return database;
  const complete = completeDonor(reading, database, clock);
  const uuid = uuidOf(reading, donors, request.ids);
  const isTaken = database.nodes.some(
    (other) => other.index !== node.index && uuidDigits(other.uuid) === uuidDigits(uuid ?? ''),
  );
  return uuid === null || isTaken ? complete : setUuids(complete, new Map([[node.index, uuid]]), clock);
}

/** `null` where no kind of image finds its own on the board. */
function readBoard({ segments, chip }: ChipBytes): ImageReading | null {
  if (segments.length === 0) return null;
  try {
    return readImage(MemoryImage.of(segments), { chip });
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}

/** By the board's own pages, or by a donor's whole image; `null` where donors whose firmware it may have do not say the same. */
function uuidOf(reading: ImageReading, donors: readonly ImageReading[], ids: FactoryIds): string | null {
  const own = certainUuid(reading, ids);
  if (own !== null) return own;
  const alike = donors.filter(({ kind }) => kind === reading.kind).map((donor) => certainUuid(donor, ids));
  return new Set(alike).size === 1 ? alike[0]! : null;
}

function certainUuid(reading: ImageReading, ids: FactoryIds): string | null {
  try {
    const { uuid, certain } = boardUuid(reading, ids);
    return certain ? uuid : null;
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}
