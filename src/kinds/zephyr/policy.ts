/**
 * What a clone does not take over from the donor, as far as it is the same in every clone.
 *
 * Below lie the node and its records; above lies the recipe. It says which settings get which value and which go; how they are
 * written is for others to say.
 *
 * Source: docs/zephyr-format.md, section 8.
 */
import { hex } from '../../bytes.ts';
import * as errors from './errors.ts';
import type { ZephyrFinding, ZephyrFindingCode } from './errors.ts';
import type { MeshNode } from './node.ts';
import type { ClonePolicy } from './options.ts';
import * as records from './records/index.ts';
import { objectName } from './sealing.ts';

/** By name: the value that every clone has, or `null` for a setting that none has. */
export type Changes = ReadonlyMap<string, Uint8Array | null>;

export interface PolicyResult {
  readonly changes: Changes;
  /** What was done, in words. */
  readonly notes: readonly ZephyrFinding[];
}

const info = (code: ZephyrFindingCode, message: string, hint = ''): ZephyrFinding => ({
  severity: 'info',
  code,
  message,
  hint,
});
const warning = (code: ZephyrFindingCode, message: string, hint: string): ZephyrFinding => ({
  severity: 'warning',
  code,
  message,
  hint,
});

const SEQUENCE = 'bt/mesh/Seq';
const CANDIDATE = 'bt/mesh/DevKeyC';
const BRIDGE_TABLE = 'bt/mesh/brg_tbl';
const REPLAY = /^bt\/mesh\/S?RPL\//;
const HOST_IDENTITY = /^bt\/(id|irk|keys\/.*|ccc\/.*|cf\/.*|sc\/.*)$/;
const PROVISIONER = /^bt\/mesh\/(cdb|Node)\//;

/** @throws `zephyr/sequence-exhausted`, `zephyr/no-sequence-record` */
export function applyPolicy(node: MeshNode, policy: ClonePolicy): PolicyResult {
  const changes = new Map<string, Uint8Array | null>();
  const notes: ZephyrFinding[] = [];
  const names = [...node.settings.byName.keys()];
  const drop = (pattern: RegExp): number => {
    const dropped = names.filter((name) => pattern.test(name));
    for (const name of dropped) changes.set(name, null);
    return dropped.length;
  };

  setSequence(node, policy, changes, notes);
  drop(/^bt\/mesh\/SSeq$/);
  if (drop(/^bt\/mesh\/DevKeyC$/) > 0) {
    dropObject(node, changes, candidateOf(node));
    notes.push(
      info(
        'zephyr/candidate-dropped',
        'The device key candidate that remote provisioning left in the donor is not copied.',
      ),
    );
  }
  if (policy.replayList === 'empty' && drop(REPLAY) > 0) {
    notes.push(
      info(
        'zephyr/replay-list-emptied',
        'The replay list of the donor is not copied: a clone starts with an empty one.',
      ),
    );
  }
  if (policy.hostIdentity === 'drop' && drop(HOST_IDENTITY) > 0) {
    notes.push(
      info(
        'zephyr/bluetooth-identity-dropped',
        'The Bluetooth address and the bonds stored in the donor are not copied: every clone uses the address of its chip.',
      ),
    );
  }
  if (drop(PROVISIONER) > 0) {
    for (const { deviceKey } of node.provisioned.values()) dropObject(node, changes, deviceKey);
    for (const { record } of [...node.provisionerNetKeys.values(), ...node.provisionerAppKeys.values()]) {
      dropObject(node, changes, record.key);
      dropObject(node, changes, record.updatedKey);
    }
    notes.push(
      warning(
        'zephyr/provisioner-database-dropped',
        `The donor is a provisioner that knows ${node.provisioned.size} nodes, with their device keys. Clones do not get that database: they are nodes and provision nothing.`,
        'Clone a node that is no provisioner, unless that is what you want.',
      ),
    );
  }
  if (names.includes(BRIDGE_TABLE)) notes.push(bridgeNote(node));
  return { changes, notes };
}

function setSequence(
  { sequence, settings }: MeshNode,
  { sequence: choice }: ClonePolicy,
  changes: Map<string, Uint8Array | null>,
  notes: ZephyrFinding[],
): void {
  if (choice === 'keep') return;
  if (sequence === undefined) {
    if (choice === 'reset') return;
    throw errors.noSequence(settings.mount.area.address);
  }
  const stored = choice === 'reset' ? 0 : sequence + choice.skipAhead;
  if (records.nextSequence(stored) >= records.SEQUENCE_END)
    throw errors.sequenceExhausted(sequence, choice === 'reset' ? 0 : choice.skipAhead);
  changes.set(SEQUENCE, records.encodeSequence(stored));
  notes.push(
    info('zephyr/sequence-set', `Clones begin with the sequence number ${records.nextSequence(stored)}.`),
  );
}

const candidateOf = ({ settings }: MeshNode): records.KeyReference | undefined => {
  const value = settings.byName.get(CANDIDATE)?.value;
  return value && records.decodeRecord(records.candidateRow, value);
};

/** The sealed object of a key, unless a record that stays needs it as well. */
function dropObject(
  node: MeshNode,
  changes: Map<string, Uint8Array | null>,
  reference: records.KeyReference | undefined,
): void {
  if (!reference || !('id' in reference) || keptIds(node).has(reference.id)) return;
  const name = objectName(reference.id);
  if (node.settings.byName.has(name)) changes.set(name, null);
}

/** Ids of keys that the node itself uses. */
export function keptIds({ net, netKeys, appKeys }: MeshNode): ReadonlySet<number> {
  const references = [
    net?.deviceKey,
    ...[...netKeys.values(), ...appKeys.values()].flatMap(({ record }) => [record.key, record.updatedKey]),
  ];
  return new Set(references.flatMap((one) => (one && 'id' in one ? [one.id] : [])));
}

function bridgeNote({ settings }: MeshNode): ZephyrFinding {
  const bridges =
    records.decodeRecord(records.bridgeTableRow, settings.byName.get(BRIDGE_TABLE)!.value) ?? [];
  const pairs = bridges.map(({ address1, address2 }) => `${hex(address1, 4)} with ${hex(address2, 4)}`);
  return warning(
    'zephyr/bridge-table',
    `The donor bridges subnets for addresses that its table names${pairs.length === 0 ? '' : `: ${pairs.join(', ')}`}. Clones would bridge the same ones.`,
    'Take the table out of each clone with a configuration client, unless two bridges for one pair are what you want.',
  );
}
