/** `verify-on-air`: every node of a database asked over the air, through a kit on a serial port. */
import { isConfirmed, Ledger, parseJournal } from '../../bench/reading.ts';
import { hex } from '../../bytes.ts';
import { parseDatabase, uuidDigits, type MeshDatabase } from '../../meshdb/index.ts';
import {
  cloneOf,
  isGood,
  proveClones,
  resultsIn,
  type CloneToProve,
  type OnAirResult,
  type Proof,
  type ProofLevel,
  type RadioRecord,
} from '../../on-air/index.ts';
import * as errors from '../errors.ts';
import { readGiven } from '../inputs.ts';
import { openRadio, RadioJournal } from '../radio.ts';
import { findingLine } from '../finding-line.ts';
import { flag, oneOf, optional, parseWords, required, text, whole, type Io, type Command } from '../words.ts';

interface VerifyOptions {
  readonly port: string;
  readonly database: string;
  /** Index of the first node to prove. */
  readonly from: number;
  readonly donor?: number;
  readonly level: ProofLevel;
  /** Ask those again that were alive in an earlier run. */
  readonly anew: boolean;
  readonly json: boolean;
  readonly journal: string;
  /** Of the bench: which clones are on boards, and on which chips. */
  readonly boards?: string;
  readonly ivIndex?: number;
}

/** Who is asked, and who should be on no board yet. */
interface Clones {
  readonly asked: readonly CloneToProve[];
  readonly unwritten: readonly CloneToProve[];
}

/** `verify-on-air --port FILE --db-input-file DB.json` */
export function parseVerifyOnAir(args: readonly string[]): Command {
  const { values } = parseWords(args, {
    port: text,
    'db-input-file': text,
    from: text,
    'start-node': text,
    level: text,
    anew: flag,
    json: flag,
    journal: text,
    'board-journal': text,
    'iv-index': text,
  });
  const database = required(values['db-input-file'], '--db-input-file');
  const options: VerifyOptions = {
    port: required(values.port, '--port'),
    database,
    from: values.from === undefined ? 0 : whole('--from')(values.from),
    ...optional('donor', values['start-node'], whole('--start-node')),
    level: values.level === undefined ? 'full' : oneOf('--level', ['probe', 'full'])(values.level),
    anew: values.anew ?? false,
    json: values.json ?? false,
    journal: values.journal ?? `${database}.radio`,
    ...optional('boards', values['board-journal'], String),
    ...optional('ivIndex', values['iv-index'], whole('--iv-index')),
  };
  return (io) => verify(options, io);
}

/** The exit code is 1 when one of them is not alive. */
async function verify(options: VerifyOptions, io: Io): Promise<number> {
  const database = parseDatabase(readGiven(io.files, options.database).bytes);
  const { asked, unwritten } = clonesOf(database, options, io);
  if (asked.length === 0) throw errors.noClones(options.database);
  const journal = new RadioJournal(io.files, options.journal);
  const ivIndex = options.ivIndex ?? database.ivIndex ?? 0;
  const radio = await openRadio({ port: options.port, clock: io.clock, database, journal, ivIndex });
  try {
    io.stderr.write(`Kit with examples/serial of ${radio.release}.\n`);
    if (unwritten.length > 0) io.stderr.write(`${unwritten.length} on no board yet: not asked.\n`);
    if (options.anew) await journal.append(askAgain(asked, radio.network));
    const donor = options.donor === undefined ? undefined : cloneOf(database.node(options.donor));
    const before = resultsIn(journal.records, radio.network, asked);
    const known = asked.flatMap(({ unicast }) => before.get(unicast) ?? []).filter(isGood);
    const chips = new Map(asked.map(({ unicast, chipId }) => [unicast, chipId]));
    const proof = await proveClones(asked, {
      bearer: radio.kit,
      clock: io.clock,
      now: () => new Date(),
      level: options.level,
      ...(donor && { donor }),
      known,
      unwritten,
      keep: (result) => journal.append({ kind: 'on-air', network: radio.network, ...result }),
      onEvent: (event) => {
        if (event.kind === 'result' && !options.json)
          printResult(event.result, chips.get(event.result.unicast), io);
      },
    });
    if (options.json) io.print(`${JSON.stringify(reportOf(proof, chips, unwritten), null, 2)}\n`);
    else printSummary(proof.results, known.length, io);
    for (const finding of proof.findings) io.stderr.write(`${findingLine(finding)}\n`);
    return proof.results.every(isGood) ? 0 : 1;
  } finally {
    await radio.close();
  }
}

/** Also those of a run that is cut off are then asked again. */
const askAgain = (clones: readonly CloneToProve[], network: string): RadioRecord => ({
  kind: 'ask-again',
  network,
  clones: clones.map(({ unicast }) => unicast),
  at: new Date().toISOString(),
});

/**
 * Nodes from a place of the database on. With a journal of the bench those that are on boards by it; the others after the first of
 * them are clones that nobody has written yet.
 *
 * @throws `cli/no-boards`, what a journal is refused with
 */
function clonesOf(database: MeshDatabase, { from, boards }: VerifyOptions, io: Io): Clones {
  const nodes = database.nodes.filter(
    ({ index, isProvisioner, excluded }) => index >= from && !isProvisioner && !excluded,
  );
  if (boards === undefined) return { asked: nodes.flatMap((node) => cloneOf(node) ?? []), unwritten: [] };
  const ledger = Ledger.of(parseJournal(new TextDecoder().decode(readGiven(io.files, boards).bytes)));
  const network = uuidDigits(database.meshUuid);
  const accounts = new Map(nodes.map(({ unicast }) => [unicast, ledger.find({ network, unicast })]));
  const isOnBoard = ({ unicast }: { readonly unicast: number }) => {
    const account = accounts.get(unicast);
    return account !== undefined && isConfirmed(account.state);
  };
  const first = nodes.findIndex(isOnBoard);
  if (first === -1) throw errors.noBoards(boards, database.meshName);
  return {
    asked: nodes.filter(isOnBoard).flatMap((node) => {
      const clone = cloneOf(node);
      const { chipId = '' } = accounts.get(node.unicast) ?? {};
      return clone ? [{ ...clone, ...(chipId !== '' && { chipId }) }] : [];
    }),
    unwritten: nodes
      .slice(first)
      .filter((node) => !isOnBoard(node))
      .flatMap((node) => cloneOf(node) ?? []),
  };
}

/** As JSON: what was found, with the chips where a journal tells them, and who was not asked. */
const reportOf = (
  { results, findings }: Proof,
  chips: ReadonlyMap<number, string | undefined>,
  unwritten: readonly CloneToProve[],
) => ({
  results: results.map((result) => {
    const chipId = chips.get(result.unicast);
    return { ...result, ...(chipId !== undefined && { chipId }) };
  }),
  findings,
  unwritten: unwritten.map(({ name, unicast, elementCount }) => ({ name, unicast, elementCount })),
});

function printResult(result: OnAirResult, chipId: string | undefined, { print }: Io): void {
  const { name, unicast, verdict, rttMs, rssi, hops } = result;
  const numbers = [
    rttMs === null ? '' : `${Math.round(rttMs)} ms`,
    rssi === null ? '' : `${rssi} dBm`,
    hops === null ? '' : `${hops} ${hops === 1 ? 'hop' : 'hops'}`,
    chipId === undefined ? '' : `chip ${chipId}`,
  ].filter(Boolean);
  print([name, hex(unicast, 4), verdict, ...numbers].join('  ') + '\n');
  for (const finding of result.findings) print(`  ${findingLine(finding)}\n`);
}

function printSummary(results: readonly OnAirResult[], known: number, { print }: Io): void {
  const alive = results.filter(isGood).length;
  const before = known === 0 ? '' : ` (${known} of them in an earlier run)`;
  print(`${alive} of ${results.length} alive${before}\n`);
}
