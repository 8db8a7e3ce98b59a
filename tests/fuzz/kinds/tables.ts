/** Tables of values for clones, and journals as CSV and JSON. */
import {
  formatJournalCsv,
  formatJournalJson,
  Journal,
  MemoryStore,
  parseJournal,
  PROOF_STEPS,
  RECORD_KINDS,
  type JournalRecord,
} from '../../../src/bench/index.ts';
import { parseCsv } from '../../../src/csv.ts';
import { parseNodeValues } from '../../../src/meshdb/index.ts';
import { newUuid } from '../../../src/mesh/index.ts';
import type { Pick } from '../../kinds/pick.ts';
import { toHex } from '../../../src/bytes.ts';
import { someBytes } from '../mutate/bytes.ts';
import { changed, once, oneOf } from '../mutate/choose.ts';
import { HARMLESS_JSON_CHANGES, JSON_CHANGES, TEXT_CHANGES, textOf, treeOf } from '../mutate/json.ts';
import { CSV_CHANGES, csvOf, TABLE_AT_THE_DOOR, TABLE_CHANGES, type Table } from '../mutate/rows.ts';
import { FLASHFS_DUMPS, somePair, ZEPHYR_DUMPS } from '../projects.ts';
import type { FuzzKind } from '../run.ts';
import { must } from '../trial.ts';
import { openPair, pressAndLook } from '../whole-way.ts';

/** Values for one to five clones, each with some of them. */
function someValues(pick: Pick): Table {
  const columns = ['name', 'unicastAddress', 'deviceKey', 'UUID', 'label'];
  const rows = Array.from({ length: 1 + pick(3) }, (_, i) => [
    once(2, pick) ? `light ${i}` : '',
    once(2, pick) ? `0x${(0x2000 + 0x10 * i).toString(16)}` : '',
    once(2, pick) ? toHex(someBytes(16, pick)) : '',
    once(2, pick) ? newUuid((count) => someBytes(count, pick)) : '',
    once(2, pick) ? `shelf ${i}` : '',
  ]);
  return { columns, rows };
}

const table: FuzzKind = {
  name: 'table',
  title: 'tables of values (CSV)',
  weight: 1,
  faults: ['flashfs/wrong-clone'],
  async run(pick, trial) {
    const note = (text: string) => trial.note(text);
    const pair = somePair(FLASHFS_DUMPS, pick);
    const values = changed(someValues(pick), once(8, pick) ? TABLE_AT_THE_DOOR : TABLE_CHANGES, pick, note);
    const keys = values.columns.indexOf('deviceKey');
    for (const row of values.rows) if (row[keys] !== undefined) trial.secret(row[keys].trim());
    for (const row of [values.columns, ...values.rows])
      for (const [i, cell] of row.entries()) if (i !== keys) trial.isPublic(cell);
    const written = csvOf(values, pick);
    const text = once(10, pick) ? changed(written, CSV_CHANGES, pick, note) : written;
    const read = parseNodeValues(text);
    trial.accept();
    const { session, database } = await openPair(pair, trial);
    const count = Math.max(1, Math.min(3, read.length));
    const kept = await pressAndLook(session, database, trial, pick, { table: text, count });
    for (const [i, clone] of kept.clones.entries()) {
      const wish = read[i] ?? {};
      must(
        (wish.name ?? clone.name) === clone.name && (wish.unicast ?? clone.unicast) === clone.unicast,
        `Row ${i} is not what the clone has`,
      );
    }
    const again = parseNodeValues(new TextDecoder().decode(session.plan.table().bytes));
    must(
      again.every(
        ({ name, unicast }, i) => name === kept.clones[i]!.name.trim() && unicast === kept.clones[i]!.unicast,
      ),
      'The table of the plan says something else than the plan',
    );
  },
};

/** What a bench may have written, and what it would not. */
function someRecords(pick: Pick): JournalRecord[] {
  const network = toHex(someBytes(16, pick));
  return Array.from({ length: 1 + pick(12) }, (_, i): JournalRecord => {
    const kind = oneOf(RECORD_KINDS, pick);
    const isProof = kind === 'proved' || kind === 'disproved' || kind === 'unprovable';
    const unicast = 0x50 + pick(6);
    return {
      run: `run-${pick(2)}`,
      number: i + 1,
      at: new Date(Date.UTC(2026, 10, 26) + 1000 * i).toISOString(),
      kind,
      identity:
        kind === 'unlocking'
          ? null
          : { network, clone: `light_${unicast}`, unicast, elementCount: 1 + pick(3) },
      chipId: `00000000000000a${pick(4)}`,
      probe: oneOf(['', 'J-Link 682', 'DAPLink'], pick),
      imageSha256: kind === 'verified' ? toHex(someBytes(32, pick)) : '',
      result: kind === 'failed' ? 'probe/disconnected' : '',
      ...(isProof && { proof: { step: oneOf(PROOF_STEPS, pick), ms: pick(5000) } }),
      ...(once(4, pick) && { uuid: newUuid((count) => someBytes(count, pick)) }),
    };
  });
}

function someJournal(pick: Pick, note: (text: string) => void): string {
  const records = someRecords(pick);
  if (once(2, pick)) {
    const tree = treeOf(JSON.parse(formatJournalJson(records)) as unknown);
    const written = textOf(
      once(4, pick) ? tree : changed(tree, once(2, pick) ? JSON_CHANGES : HARMLESS_JSON_CHANGES, pick, note),
      oneOf([2, 0], pick),
    );
    return once(10, pick) ? changed(written, TEXT_CHANGES, pick, note) : written;
  }
  const [head, ...rows] = [...parseCsv(formatJournalCsv(records), () => new Error('Ours is no CSV'))];
  const values = { columns: head!.cells, rows: rows.map(({ cells }) => cells) };
  const written = csvOf(
    once(4, pick) ? values : changed(values, once(8, pick) ? TABLE_AT_THE_DOOR : TABLE_CHANGES, pick, note),
    pick,
  );
  return once(10, pick) ? changed(written, CSV_CHANGES, pick, note) : written;
}

/** Plans beside which a journal claims addresses; they are opened once. */
const opened = new Map<string, ReturnType<typeof openPair>>();

const journal: FuzzKind = {
  name: 'journal',
  title: 'journals (CSV and JSON)',
  weight: 14,
  async run(pick, trial) {
    const text = someJournal(pick, (one) => trial.note(one));
    const records = parseJournal(text);
    trial.accept();
    const ours = await Journal.open(new MemoryStore(), { run: 'ours', now: () => new Date(0) });
    const report = await ours.import(records);
    trial.tells([report, ours.records]);
    must(report.added + report.alreadyThere === records.length, 'Some records are neither new nor known');
    for (const format of [formatJournalCsv, formatJournalJson]) {
      const again = parseJournal(format(ours.records));
      must(JSON.stringify(again) === JSON.stringify(ours.records), `${format.name} loses something`);
    }
    const network = ours.records.find(({ identity }) => identity)?.identity?.network ?? '';
    const pair = somePair(once(2, pick) ? FLASHFS_DUMPS.slice(0, 8) : ZEPHYR_DUMPS.slice(0, 2), pick, [
      'pyaci',
      'ios',
    ]);
    let session = opened.get(pair.name);
    if (!session) opened.set(pair.name, (session = openPair(pair, trial)));
    const reserved = ours.ledger.claims(network);
    const plan = (await session).session.plan.make({ count: 3, reserved });
    trial.tells(plan.addresses);
    const isTaken = (address: number) =>
      reserved.some(({ start, count }) => address >= start && address < start + count);
    for (const { unicast, elementCount } of plan.clones)
      for (let i = 0; i < elementCount; i++) must(!isTaken(unicast + i), `${unicast + i} is given twice`);
  },
};

export const TABLES: readonly FuzzKind[] = [table, journal];
