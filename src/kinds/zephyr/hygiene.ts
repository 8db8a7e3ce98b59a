/**
 * No key of the donor's stays behind in a clone: what no firmware reads is blanked, with entries kept so that logs stay whole.
 *
 * Below lie the mounted area and the records; above lies the recipe. Values that were overridden stay where they cannot hold a key
 * that the clone does not have anyway; all that no entry speaks of goes, since nothing says what it was.
 *
 * Source: docs/zephyr-format.md, section 8.
 */
import { isFilledWith, toHex } from '../../bytes.ts';
import type { Stretch } from '../../image/index.ts';
import { findRow, keySpans } from './records/index.ts';
import { KEY_SIZE, looksSealed, openObject, uidOf } from './sealing.ts';
import { namesOfValue, textOf, type Settings } from './settings.ts';
import { lengthOf, type LogEntry } from './storage/log.ts';
import { valueOf } from './storage/mount.ts';

const BLANK = 0xff;

/**
 * What of an area is to be blanked.
 *
 * @param kept  keys, in hex, that clones hold as well: network and application keys of the node's present life
 */
export function staleStretches(settings: Settings, kept: ReadonlySet<string>): Stretch[] {
  const { area } = settings.mount;
  const known = new Uint8Array(lengthOf(area));
  const mark = (address: number, length: number) =>
    known.fill(1, address - area.address, address - area.address + length);
  for (const { address, bytes, tableStart, cycle } of area.sectors) {
    // of a sector whose header power loss tore, nothing is known and nothing read
    if (area.format.id === 'nvs' || cycle !== undefined)
      mark(address + tableStart, bytes.length - tableStart);
  }
  const { newest, superseded } = settings.mount;
  const harmless = superseded.filter((entry) => !mayHoldKey(settings, entry, kept));
  for (const { dataAddress, data } of [...newest.values(), ...harmless]) mark(dataAddress, data.length);
  return unknownStretches(settings, known);
}

/** Blank bytes between two written ones that are not worth a stretch of their own. */
const GAP = 16;

/** Runs of bytes that nothing is known of and that were written. */
function unknownStretches({ mount: { area } }: Settings, known: Uint8Array): Stretch[] {
  const stretches: { address: number; length: number }[] = [];
  for (const { address, bytes } of area.sectors) {
    let end = -1; // behind the last stretch of this sector, as long as it may go on
    for (let at = 0; at < bytes.length; at++) {
      if (known[address - area.address + at]) end = -1;
      else if (bytes[at] !== BLANK) {
        const last = stretches.at(-1)!;
        if (end !== -1 && at - end < GAP) last.length = address + at + 1 - last.address;
        else stretches.push({ address: address + at, length: 1 });
        end = at + 1;
      }
    }
  }
  return stretches;
}

/** Whether an overridden value may hold a key that is none of the clone's. */
function mayHoldKey(settings: Settings, entry: LogEntry, kept: ReadonlySet<string>): boolean {
  const { data } = entry;
  if (data.length < KEY_SIZE || isFilledWith(data, BLANK)) return false;
  const { mount, layout } = settings;
  const value = valueOf(mount, entry) ?? data;
  if (layout.isNameId(entry.id)) return textOf(value) === undefined;
  const names = namesOfValue(settings, entry.id);
  return names.length === 0 || names.some((name) => keysIn(name, value).some((key) => !kept.has(key)));
}

/** Keys in a value, in hex; what cannot be read counts as one that nobody has. */
function keysIn(name: string, value: Uint8Array): string[] {
  const uid = uidOf(name);
  if (uid && looksSealed(value)) {
    const opening = openObject(uid, value);
    return [opening.state === 'open' ? toHex(opening.object.key) : 'unknown'];
  }
  return keySpans(findRow(name).row, value)
    .map(({ offset, length }) => value.subarray(offset, offset + length))
    .filter((key) => !isFilledWith(key, 0)) // an unused place for a second key
    .map((key) => (key.length === KEY_SIZE ? toHex(key) : 'unknown'));
}
