/** Two nodes with one UUID or one device key. */
import { hex, toHex } from '../bytes.ts';
import type { MeshDatabase } from './database.ts';
import type { NodeRecord } from './node-record.ts';
import { Label, label, type Findings } from './findings.ts';
import { sharedUuids, staleOf, type SharedUuid } from './shared-uuids.ts';

export function checkIdentities(
  database: MeshDatabase,
  donorIndex: number | undefined,
  findings: Findings,
): void {
  for (const shared of sharedUuids(database))
    if (shared.cause === 'provisioned-twice') reportStale(database, shared, donorIndex, findings);
    else reportCopied(database, shared, findings);

  const keys = new Map<string, NodeRecord>();
  for (const node of database.nodes) {
    if (!node.deviceKey) continue;
    const key = toHex(node.deviceKey);
    const twin = keys.get(key);
    if (twin === undefined) keys.set(key, node);
    else
      findings.addOnce(
        'E17',
        'warning',
        'E17',
        `nodes[${node.index}].deviceKey`,
        `${Label(twin)} and ${label(node)} share one device key: whoever holds it can reconfigure both.`,
        'Provision one of them again.',
      );
  }
}

/** What comes of it in the phone apps, which know nodes by their UUID. */
const inApps = 'the Android app would keep only the last one, iOS finds only the first';
const severityIn = ({ format }: MeshDatabase) => (format === 'pyaci' ? 'warning' : 'error');

function reportCopied(database: MeshDatabase, { node, twin }: SharedUuid, findings: Findings): void {
  findings.add(
    severityIn(database),
    'E16',
    `nodes[${node.index}].UUID`,
    database.format === 'pyaci'
      ? `${Label(twin)} and ${label(node)} have the same UUID (older cloning scripts left it so). PyACI tolerates it, the phone apps keep only one of them.`
      : `${Label(twin)} and ${label(node)} have the same UUID: ${inApps}.`,
    'Give one of them a UUID of its own; if both are one board that was provisioned twice, remove the older record instead.',
  );
}

function reportStale(
  database: MeshDatabase,
  shared: SharedUuid,
  donorIndex: number | undefined,
  findings: Findings,
): void {
  const { node, twin } = shared;
  const stale = staleOf(shared, donorIndex);
  const live = stale === node ? twin : node;
  const whence =
    donorIndex === live.index
      ? `The donor is ${label(live)}, so the record of ${label(stale)} is out of date`
      : `The record of ${label(stale)} is the older one, and out of date`;
  findings.add(
    severityIn(database),
    'E16',
    `nodes[${stale.index}].UUID`,
    `${Label(twin)} at ${hex(twin.unicast, 4)} and ${label(node)} at ${hex(node.unicast, 4)} have the same UUID and name: one board that was provisioned twice. ${whence}${database.format === 'cdb' ? `; ${inApps}` : ''}.`,
    `Remove the record of node ${stale.index} at ${hex(stale.unicast, 4)}; the other one is the board as it is now.`,
  );
}
