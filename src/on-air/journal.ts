/**
 * The journal of a radio: the addresses and sequence numbers it used, and what the clones answered. One record a line, added and never
 * changed, the same in the page and on the command line. No key enters it.
 */
import type { OwnAddressRecord } from '../mesh/index.ts';
import { badJournal } from './errors.ts';
import type { OnAirResult, Verdict } from './results.ts';

export type RadioRecord =
  | ({ readonly kind: 'own-address' } & OwnAddressRecord)
  | ({
      readonly kind: 'on-air';
      /** meshUUID of the database: 32 hex digits in small letters. */
      readonly network: string;
    } & OnAirResult)
  /** What these clones answered until then counts no more: they are to be asked again. */
  | {
      readonly kind: 'ask-again';
      readonly network: string;
      /** First unicast addresses. */
      readonly clones: readonly number[];
      readonly at: string;
    };

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
    const record = JSON.parse(line) as Partial<Record<string, unknown>> | null;
    return record && isRecord(record) ? (record as unknown as RadioRecord) : undefined;
  } catch {
    return undefined;
  }
}

type Unchecked = Partial<Record<string, unknown>>;
const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= MOST_TEXT;
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown): boolean => value === null || Number.isFinite(value);

const isUnicast = (value: unknown): boolean =>
  isWhole(value) && (value as number) >= 1 && (value as number) <= 0x7fff;

function isRecord(record: Unchecked): boolean {
  const { kind, network, unicast, clones, at } = record;
  if (!/^[0-9a-f]{32}$/.test(String(network)) || Number.isNaN(Date.parse(String(at)))) return false;
  if (kind === 'ask-again') return Array.isArray(clones) && clones.every(isUnicast);
  if (!isUnicast(unicast)) return false;
  if (kind === 'own-address')
    return isWhole(record['ivIndex']) && (record['nextSequence'] === null || isWhole(record['nextSequence']));
  return kind === 'on-air' && isResult(record);
}

function isResult({ name, elementCount, uuid, verdict, rttMs, rssi, hops, findings }: Unchecked): boolean {
  return (
    isText(name) &&
    isWhole(elementCount) &&
    (uuid === undefined || /^[0-9a-f]{32}$/.test(String(uuid))) &&
    (VERDICTS as readonly unknown[]).includes(verdict) &&
    [rttMs, rssi, hops].every(isNumber) &&
    Array.isArray(findings) &&
    findings.every(
      (finding: Unchecked | null) =>
        finding && ['severity', 'code', 'message', 'hint'].every((member) => isText(finding[member])),
    )
  );
}
const VERDICTS: readonly Verdict[] = ['alive', 'differs', 'wrong-device-key', 'silent'];
/** UTF-16 code units of a name or a sentence. */
const MOST_TEXT = 4096;

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
  const askedAgain = lastAskedAgain(records, network);
  for (const record of records) {
    if (record.kind !== 'on-air' || record.network !== network || !uuids.has(record.unicast)) continue;
    if (record.at <= (askedAgain.get(record.unicast) ?? '')) continue;
    const uuid = uuids.get(record.unicast);
    if (record.uuid !== undefined && uuid !== undefined && record.uuid !== uuid) continue;
    const { kind: _kind, network: _network, ...result } = record;
    // journals of several browsers may have been put together
    const known = results.get(record.unicast);
    if (!known || known.at <= result.at) results.set(record.unicast, result);
  }
  return results;
}

/** When each clone was last to be asked again, by first unicast address. */
function lastAskedAgain(records: readonly RadioRecord[], network: string): ReadonlyMap<number, string> {
  const last = new Map<number, string>();
  for (const record of records) {
    if (record.kind !== 'ask-again' || record.network !== network) continue;
    for (const unicast of record.clones)
      if (record.at > (last.get(unicast) ?? '')) last.set(unicast, record.at);
  }
  return last;
}
