/** What a person should know before clones of a node go on the air. */
import { isOwnAddress } from './addresses.ts';
import type { MeshDatabase } from './database.ts';
import type { MeshdbFinding as Finding } from './errors.ts';
import { member } from './json.ts';

/**
 * Consequences of adding clones that are no faults of the database: replay lists that get too short, heartbeats and scenes
 * that are copied or not.
 *
 * @throws `meshdb/no-such-node`
 */
export function cloneNotes(database: MeshDatabase, donorIndex: number, cloneCount: number): Finding[] {
  const donor = database.node(donorIndex);
  const notes: Finding[] = [];
  // PyACI is on the air without a node record
  const senders = database.nodes.length + (database.format === 'pyaci' ? 1 : 0) + cloneCount;
  const shortest = database.nodes.reduce(
    (least, { replayListLength }) => Math.min(least, replayListLength ?? Infinity),
    Infinity,
  );
  if (senders > shortest)
    notes.push({
      severity: 'warning',
      code: 'meshdb/replay-list-short',
      message: `The network will have ${senders} senders; the shortest replay list of a node holds ${shortest} (crpl).`,
      hint: 'Such a node drops messages of further senders: make sure it need not hear all of them, or build it with a longer list.',
    });
  if (member(donor.json, 'heartbeatPub') !== undefined)
    notes.push({
      severity: 'warning',
      code: 'meshdb/heartbeat-copied',
      message: `The donor '${donor.name}' publishes heartbeats; every clone will do so too.`,
      hint: 'Switch heartbeats off on the donor first if one is enough.',
    });
  const scenes = database.scenes.filter(({ addresses }) =>
    addresses.some((address) => isOwnAddress(donor, address)),
  );
  if (scenes.length > 0)
    notes.push({
      severity: 'warning',
      code: 'meshdb/scenes-left',
      message: `The donor is part of ${scenes.length === 1 ? 'the scene' : 'the scenes'} ${scenes.map(({ name }) => `'${name}'`).join(', ')}; the clones are not added.`,
      hint: 'Store the scene on the clones once they are on the air.',
    });
  return notes;
}
