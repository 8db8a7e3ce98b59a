/** Ranges of addresses that provisioners may give away: as lists, and as they stand in a database. */
import { lastOf, type UnicastRun } from '../mesh/index.ts';
import type { MeshDatabase } from './database.ts';
import type { AddressRange } from './records.ts';
import { cannotKeepRange } from './errors.ts';
import { itemsOf, member } from './json.ts';
import { replacing, splice, type Splice } from './splices.ts';
import { addressText } from './style.ts';

/**
 * Write other ranges of unicast addresses into a provisioner's list, in the form of its first one.
 *
 * @throws `meshdb/cannot-keep-range` when none is left, or the file has no list of them
 */
export function rangesSplice(
  database: MeshDatabase,
  provisionerIndex: number,
  ranges: readonly AddressRange[],
): Splice {
  const { text } = database.origin;
  const list = member(itemsOf(database.member('provisioners'))[provisionerIndex], 'allocatedUnicastRange');
  const [model] = itemsOf(list);
  const low = member(model, 'lowAddress');
  const high = member(model, 'highAddress');
  const name = database.provisioners[provisionerIndex]?.name ?? '';
  if (
    list === undefined ||
    model === undefined ||
    low === undefined ||
    high === undefined ||
    ranges.length === 0
  )
    throw cannotKeepRange(name);
  const lead = text.slice(list.start, model.start); // `[` and the blanks up to the first item
  const tail = text.slice(itemsOf(list).at(-1)!.end, list.end);
  const items = ranges.map((range) => {
    const ends = [
      replacing(low, addressText(database, range.low, low)),
      replacing(high, addressText(database, range.high, high)),
    ].map(({ start, end, insert }) => ({ start: start - model.start, end: end - model.start, insert }));
    return splice(text.slice(model.start, model.end), ends);
  });
  return replacing(list, lead + items.join(`,${lead.slice(1)}`) + tail);
}

/** The range of a provisioner that holds just this run. */
export const rangeOf = (run: UnicastRun): AddressRange => ({ low: run.start, high: lastOf(run) });

/** The run that a provisioner's range holds. */
export const runOf = ({ low, high }: AddressRange): UnicastRun => ({ start: low, count: high - low + 1 });

/** Ranges in one list: rising, with those that overlap or touch made one. */
export function uniteRanges(ranges: readonly AddressRange[]): AddressRange[] {
  const united: AddressRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.low - b.low)) {
    const last = united.at(-1);
    if (last !== undefined && range.low <= last.high + 1)
      united[united.length - 1] = { low: last.low, high: Math.max(last.high, range.high) };
    else united.push(range);
  }
  return united;
}

/** What is left of ranges without others, rising. */
export function withoutRanges(
  ranges: readonly AddressRange[],
  others: readonly AddressRange[],
): AddressRange[] {
  return uniteRanges(others).reduce<AddressRange[]>(
    (left, cut) =>
      left.flatMap(({ low, high }) =>
        [
          { low, high: Math.min(high, cut.low - 1) },
          { low: Math.max(low, cut.high + 1), high },
        ].filter((part) => part.low <= part.high),
      ),
    ranges.toSorted((a, b) => a.low - b.low),
  );
}

/** Take addresses out of the ranges of all provisioners that have some of them. @throws `meshdb/cannot-keep-range` */
export const cutSplices = (database: MeshDatabase, cut: readonly AddressRange[]): Splice[] =>
  database.provisioners.flatMap(({ index, unicastRanges }) => {
    const left = withoutRanges(unicastRanges, cut);
    const count = (ranges: readonly AddressRange[]) =>
      ranges.reduce((sum, { low, high }) => sum + high - low + 1, 0);
    return count(left) === count(unicastRanges) ? [] : [rangesSplice(database, index, left)];
  });

/** Single addresses as ranges of those that follow each other. */
export const rangesOf = (addresses: readonly number[]): AddressRange[] =>
  uniteRanges(addresses.map((address) => ({ low: address, high: address })));
