/**
 * Headlines of refusals: the message says what happened with its values, the headline says it in a few words. The help has
 * them as titles.
 */
import type { Refusal } from '../../worker/index.ts';

export const HEADLINES = {
  'flashfs/no-area': 'No mesh configuration in this dump',
  'flashfs/locked-readback': 'The chip did not let itself be read',
  'flashfs/damaged-area': 'A configuration page is damaged',
  'flashfs/damaged-recovery-page': 'The recovery page is damaged',
  'flashfs/areas-below-firmware': 'Configuration at a wrong address',
  'flashfs/two-donors': 'Two configurations in one dump',
  'flashfs/no-device-state': 'Addresses and keys are missing',
  'flashfs/never-provisioned': 'The node was never provisioned',
  'flashfs/node-reset': 'The node has left its network',
  'flashfs/half-reset': 'The node lost power during a reset',
  'flashfs/no-device-key': 'Provisioning was interrupted',
  'flashfs/blank-device-key': 'The device key is blank',
  'flashfs/no-network-key': 'The network key is missing',
  'flashfs/several-own-keys': 'More than one device key of its own',
  'flashfs/interrupted-defragmentation': 'Stuck in an interrupted tidying-up',
  'flashfs/bad-key-refresh-phase': 'Stuck in a key refresh that does not exist',
  'flashfs/load-failure': 'The firmware would discard its configuration',
  'flashfs/starts-unprovisioned': 'Provisioned, but not configured',
  'zephyr/no-settings': 'Storage without settings',
  'zephyr/never-provisioned': 'The node was never provisioned',
  'zephyr/node-reset': 'The node has left its network',
  'zephyr/half-provisioned': 'Provisioning or reset was interrupted',
  'zephyr/two-donors': 'Two nodes in one dump',
  'zephyr/damaged-area': 'The settings are damaged',
  'zephyr/keys-sealed': 'The keys never leave their chip',
  'zephyr/keys-elsewhere': 'The keys are not in this dump',
  'zephyr/fcb-storage': 'Settings of an early SDK',
  'zephyr/newer-storage': 'Storage of a later Zephyr',
  'zephyr/blank-device-key': 'The device key is blank',
  'clone/unknown-image': 'No mesh node in this dump',
  'clone/broken-database': 'The database needs mending first',
  'clone/donor-not-in-database': 'The node is not in this database',
  'clone/database-stale': 'The database is older than the dump',
  'clone/dump-stale': 'The dump is older than the database',
  'clone/donor-moved': 'The node has another address in the database',
  'clone/no-device-key': 'The donor’s device key is missing',
  'clone/other-network': 'Dump and database are of two networks',
  'clone/element-count-differs': 'Dump and database count elements differently',
} as const;

export const refusalHeadline = (refusal: Refusal): string =>
  (HEADLINES as Readonly<Record<string, string>>)[refusal.code] ??
  (refusal.about === 'dump' ? 'This dump cannot be cloned' : 'Dump and database do not fit together');

/** What is to be looked up in the help: the faults of a database that `clone/broken-database` lists, or the refusal’s own code. */
export const codesOf = ({ code, facts }: Pick<Refusal, 'code' | 'facts'>): readonly string[] => [
  ...new Set(String(facts['findings'] ?? code).split(', ')),
];
