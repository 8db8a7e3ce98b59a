/** Device keys that the node had before, as far as its settings still show them. */
import { equalBytes, isFilledWith, toHex } from '../../bytes.ts';
import { isClear } from '../../mesh/index.ts';
import type { ReadArea } from './zephyr-dump.ts';
import * as records from './records/index.ts';
import { openObject, uidOf } from './sealing.ts';
import { namesOfValue } from './settings.ts';
import { valueOf } from './storage/mount.ts';

/**
 * From overridden and deleted values, and the candidate for a next one.
 *
 * @param kept  keys, in hex, that the node uses for its networks and applications
 */
export function formerKeys({ settings, node }: ReadArea, kept: ReadonlySet<string>): Uint8Array[] {
  const { mount, layout } = settings;
  const values = [
    ...mount.superseded
      .filter(({ id, data }) => layout.isNameId(id - layout.valueOffset) && data.length > 0)
      .flatMap((entry) =>
        namesOfValue(settings, entry.id).map((name) => [name, valueOf(mount, entry) ?? entry.data] as const),
      ),
    ...[...settings.byName.values()].map(({ name, value }) => [name, value] as const),
  ];
  const found = new Map<string, Uint8Array>();
  for (const [name, value] of values) {
    const key = deviceKeyIn(name, value);
    if (!key || isFilledWith(key, key[0]!) || kept.has(toHex(key))) continue;
    const own = node.deviceKey;
    if (own && isClear(own) && equalBytes(own, key)) continue;
    found.set(toHex(key), key.slice());
  }
  return [...found.values()];
}

function deviceKeyIn(name: string, value: Uint8Array): Uint8Array | undefined {
  const uid = uidOf(name);
  if (uid) {
    const opening = openObject(uid, value);
    return opening.state === 'open' && !opening.object.isNetworkKey ? opening.object.key : undefined;
  }
  const reference = records.netRow.pattern.test(name)
    ? records.decodeRecord(records.netRow, value)?.deviceKey
    : records.candidateRow.pattern.test(name)
      ? records.decodeRecord(records.candidateRow, value)
      : undefined;
  return reference && 'key' in reference ? reference.key : undefined;
}
