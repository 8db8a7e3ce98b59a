/** Single values of a database, as each format writes them. Source: docs/database-formats.md. */
import { fromHex } from '../bytes.ts';
import type { DatabaseFormat } from './dialect.ts';
import { itemsOf, member, stringOf, wholeOf, type Json } from './json.ts';
import type { ModelRecord, PublicationRecord } from './records.ts';

/** The 32 digits of a UUID in lower case, so that any two ways to write one compare equal. */
export const uuidDigits = (text: string): string => text.replaceAll('-', '').toLowerCase();

/** A hex text without `0x`, whatever its length up to 8 digits. */
export function readHex(json: Json | undefined): number | undefined {
  const text = stringOf(json);
  return text !== undefined && /^[0-9a-fA-F]{1,8}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

/**
 * Hex text in CDB; a number in PyACI, which also reads `"0010"` and `"0x0010"`. A number in a CDB is not believed: Android
 * would take its decimal digits for hex ones.
 */
export function readUnicast(json: Json | undefined, format: DatabaseFormat): number | undefined {
  if (json?.kind === 'number') return format === 'pyaci' ? wholeOf(json) : undefined;
  const digits = /^(?:0x)?([0-9a-fA-F]{1,4})$/.exec(stringOf(json) ?? '')?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

/** An address as a number, or a label as its 32 digits. */
export function readAddress(json: Json | undefined): number | string | undefined {
  const text = stringOf(json);
  if (text !== undefined && /^[0-9a-fA-F-]{32,36}$/.test(text)) return uuidDigits(text);
  return readUnicast(json, json?.kind === 'number' ? 'pyaci' : 'cdb');
}
export const readAddresses = (json: Json | undefined): readonly number[] =>
  itemsOf(json).flatMap((item) => readUnicast(item, 'cdb') ?? []);

/** PyACI also reads blanks between the bytes. */
export function readKey(json: Json | undefined): Uint8Array | undefined {
  const text = stringOf(json)?.replaceAll(' ', '');
  return text?.length === 32 ? fromHex(text) : undefined;
}

/** `[0, 1]` in PyACI, `[{"index": 0, "updated": false}]` in CDB. */
export const readKeyIndexes = (json: Json | undefined): readonly number[] =>
  itemsOf(json).flatMap((item) => wholeOf(item) ?? wholeOf(member(item, 'index')) ?? []);

export function readNamedKey(json: Json) {
  return {
    index: wholeOf(member(json, 'index')) ?? 0,
    name: stringOf(member(json, 'name')) ?? '',
    key: readKey(member(json, 'key')),
    oldKey: readKey(member(json, 'oldKey')),
  };
}

export function readModel(json: Json): ModelRecord {
  return {
    modelId: stringOf(member(json, 'modelId')) ?? '',
    bindings: itemsOf(member(json, 'bind')).flatMap((item) => wholeOf(item) ?? []),
    subscriptions: itemsOf(member(json, 'subscribe')).flatMap((item) => readAddress(item) ?? []),
    publication: readPublication(member(json, 'publish')),
  };
}

function readPublication(json: Json | undefined): PublicationRecord | undefined {
  const address = readAddress(member(json, 'address'));
  if (address === undefined) return undefined;
  const period = member(json, 'period');
  const retransmit = member(json, 'retransmit');
  return {
    address,
    appKeyIndex: wholeOf(member(json, 'index')) ?? 0,
    ttl: wholeOf(member(json, 'ttl')) ?? 0,
    periodMs:
      wholeOf(period) ??
      (wholeOf(member(period, 'numberOfSteps')) ?? 0) * (wholeOf(member(period, 'resolution')) ?? 0),
    retransmitCount: wholeOf(member(retransmit, 'count')) ?? 0,
    retransmitIntervalMs: wholeOf(member(retransmit, 'interval')) ?? 0,
  };
}
