/** `verify-on-air`: every node of a database asked over the air, through a kit on a serial port. */
import { hex } from '../../bytes.ts';
import { systemClock } from '../../clock.ts';
import { parseDatabase, type MeshDatabase } from '../../meshdb/index.ts';
import {
  cloneOf,
  isGood,
  proveClones,
  resultsIn,
  type CloneToProve,
  type OnAirResult,
  type ProofLevel,
} from '../../on-air/index.ts';
import * as errors from '../errors.ts';
import { readGiven } from '../inputs.ts';
import { openRadio, RadioJournal } from '../radio.ts';
import { findingLine } from '../finding-line.ts';
import { flag, oneOf, optional, parseWords, required, text, whole, type Io, type Run } from '../words.ts';

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
  readonly ivIndex?: number;
}

/** `verify-on-air --port FILE --db-input-file DB.json` */
export function parseVerifyOnAir(args: readonly string[]): Run {
  const { values } = parseWords(args, {
    port: text,
    'db-input-file': text,
    from: text,
    'start-node': text,
    level: text,
    anew: flag,
    json: flag,
    journal: text,
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
    ...optional('ivIndex', values['iv-index'], whole('--iv-index')),
  };
  return (io) => verify(options, io);
}

/** The exit code is 1 when one of them is not alive. */
async function verify(options: VerifyOptions, io: Io): Promise<number> {
  const database = parseDatabase(readGiven(io.files, options.database).bytes);
  const clones = clonesOf(database, options);
  if (clones.length === 0) throw errors.noClones(options.database);
  const journal = new RadioJournal(io.files, options.journal);
  const ivIndex = options.ivIndex ?? database.ivIndex ?? 0;
  const radio = await openRadio({ port: options.port, database, journal, ivIndex });
  try {
    io.stderr.write(`Kit with examples/serial of ${radio.release}.\n`);
    const donor = options.donor === undefined ? undefined : cloneOf(database.node(options.donor));
    const before = resultsIn(journal.records, radio.network, clones);
    const known = options.anew
      ? []
      : clones.flatMap(({ unicast }) => before.get(unicast) ?? []).filter(isGood);
    const proof = await proveClones(clones, {
      bearer: radio.kit,
      clock: systemClock,
      now: () => new Date(),
      level: options.level,
      ...(donor && { donor }),
      known,
      keep: (result) => journal.append({ kind: 'on-air', network: radio.network, ...result }),
      onEvent: (event) => {
        if (event.kind === 'result' && !options.json) printResult(event.result, io);
      },
    });
    if (options.json) io.print(`${JSON.stringify(proof, null, 2)}\n`);
    else printSummary(proof.results, known.length, io);
    for (const finding of proof.findings) io.stderr.write(`${findingLine(finding)}\n`);
    return proof.results.every(isGood) ? 0 : 1;
  } finally {
    await radio.close();
  }
}

const clonesOf = (database: MeshDatabase, { from }: VerifyOptions): readonly CloneToProve[] =>
  database.nodes
    .filter(({ index, isProvisioner, excluded }) => index >= from && !isProvisioner && !excluded)
    .flatMap((node) => cloneOf(node) ?? []);

function printResult(result: OnAirResult, { print }: Io): void {
  const { name, unicast, verdict, rttMs, rssi, hops } = result;
  const numbers = [
    rttMs === null ? '' : `${Math.round(rttMs)} ms`,
    rssi === null ? '' : `${rssi} dBm`,
    hops === null ? '' : `${hops} ${hops === 1 ? 'hop' : 'hops'}`,
  ].filter(Boolean);
  print([name, hex(unicast, 4), verdict, ...numbers].join('  ') + '\n');
  for (const finding of result.findings) print(`  ${findingLine(finding)}\n`);
}

function printSummary(results: readonly OnAirResult[], known: number, { print }: Io): void {
  const alive = results.filter(isGood).length;
  const before = known === 0 ? '' : ` (${known} of them in an earlier run)`;
  print(`${alive} of ${results.length} alive${before}\n`);
}
