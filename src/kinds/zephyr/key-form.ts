/**
 * Keys out of the key store and into their records, as firmware without one keeps them: an image that any chip can start from, when
 * its firmware imports keys at the first boot.
 *
 * Source: nRF Connect SDK 3.0 subsys/bluetooth/mesh/key_importer.c; docs/zephyr-format.md, section 7.
 */
import { isClear, type StoredKey } from '../../mesh/index.ts';
import type { MeshNode } from './node.ts';
import { keptIds } from './policy.ts';
import * as records from './records/index.ts';
import { KEY_SIZE, objectName } from './sealing.ts';

/**
 * Every record that names a key, with the key in it, and the sealed objects gone. The device key is left blank: each clone has its own.
 *
 * @param node  one whose keys could all be opened
 */
export function keysInPlace(node: MeshNode): Map<string, Uint8Array | null> {
  const changes = new Map<string, Uint8Array | null>();
  changes.set('bt/mesh/Net', records.encodeNet(node.net!.unicast, new Uint8Array(KEY_SIZE)));
  for (const { setting, record, key, updatedKey } of node.netKeys.values())
    changes.set(
      setting.name,
      records.encodeNetKey(record.state, clear(key), updatedKey && clear(updatedKey)),
    );
  for (const { setting, record, key, updatedKey } of node.appKeys.values()) {
    const { netKeyIndex, updated } = record;
    changes.set(
      setting.name,
      records.encodeAppKey(netKeyIndex, updated, clear(key), updatedKey && clear(updatedKey)),
    );
  }
  for (const id of keptIds(node)) {
    const name = objectName(id);
    if (node.settings.byName.has(name)) changes.set(name, null);
  }
  return changes;
}

function clear(key: StoredKey): Uint8Array {
  if (!isClear(key)) throw new Error('A donor with a key that cannot be opened was not refused.');
  return key;
}
