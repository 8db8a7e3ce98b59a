/**
 * The journal of a radio: the addresses and sequence numbers it used, and what the clones answered. One record a line, added and never
 * changed, the same in the page and on the command line. No key enters it.
 */
import type { OwnAddressRecord } from '../mesh/index.ts';
import { badJournal } from './errors.ts';
import type { OnAirResult } from './results.ts';

export type RadioRecord =
  | ({ readonly kind: 'own-address' } & OwnAddressRecord)
  | ({
      readonly kind: 'on-air';
      /** meshUUID of the database: 32 hex digits in small letters. */
      readonly network: string;
    } & OnAirResult);

/** As JSON on a line of its own. */
export const formatRadioRecord = (record: RadioRecord): string => `${JSON.stringify(record)}\n`;

/**
 * Read a journal. A last line that was cut off when the power failed counts for nothing: its act did not happen.
 *
 * @throws `on-air/bad-journal` with the line
 */
export function parseRadioJournal(text: string): RadioRecord[] {
  const lines = text.split('\n');
  const cut = lines.pop() ?? '';
  const records = lines.map((line, i) => parseLine(line) ?? raise(i + 1));
  const last = cut === '' ? undefined : parseLine(cut);
  return last ? [...records, last] : records;
}

const raise = (line: number): never => {
  throw badJournal(line);
};

function parseLine(line: string): RadioRecord | undefined {
  try {
    const record = JSON.parse(line) as RadioRecord;
    const isOurs = record.kind === 'own-address' || record.kind === 'on-air';
    return isOurs && typeof record.network === 'string' && Number.isInteger(record.unicast)
      ? record
      : undefined;
  } catch {
    return undefined;
  }
}

export const ownAddressesIn = (records: readonly RadioRecord[]): readonly OwnAddressRecord[] =>
  records.filter((record) => record.kind === 'own-address');

/**
 * The latest result of each of these clones.
 *
 * @param network  32 hex digits
 * @returns        by first unicast address; a result of another clone that had the address before is left out
 */
export function resultsIn(
  records: readonly RadioRecord[],
  network: string,
  clones: readonly { readonly unicast: number; readonly uuid?: string }[],
): ReadonlyMap<number, OnAirResult> {
  const uuids = new Map(clones.map(({ unicast, uuid }) => [unicast, uuid]));
  const results = new Map<number, OnAirResult>();
  for (const record of records) {
    if (record.kind !== 'on-air' || record.network !== network || !uuids.has(record.unicast)) continue;
    const uuid = uuids.get(record.unicast);
    if (record.uuid !== undefined && uuid !== undefined && record.uuid !== uuid) continue;
    const { kind: _kind, network: _network, ...result } = record;
    results.set(record.unicast, result);
  }
  return results;
}
