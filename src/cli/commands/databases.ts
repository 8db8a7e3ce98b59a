/** What else one does with databases: write one as another program would, bring two together, share one out, load keys. */
import { hex } from '../../bytes.ts';
import { readImage } from '../../kinds/index.ts';
import {
  bluezImport,
  convertDatabase,
  databaseOf,
  mergeDatabases,
  notesOnShares,
  pyaciSetup,
  renewSharedUuids,
  splitRange,
  usedAddresses,
  type MeshDatabase,
} from '../../meshdb/index.ts';
import { deriving, inputs } from '../change-databases.ts';
import { noNetwork } from '../errors.ts';
import { numberedPath } from '../files/index.ts';
import { findingLine } from '../finding-line.ts';
import { clockNow, dumpFiles, dumpFlags, readDatabase, readDumpFiles } from '../inputs.ts';
import { randomBytes } from '../random.ts';
import { oneOf, optional, parseWords, required, text, whole, type Io, type Command } from '../words.ts';

/** `convert-db DB.json --to pyaci|android|ios --output NEW.json` */
export function parseConvertDatabase(args: readonly string[]): Command {
  const { values, positionals } = parseWords(args, { to: text, output: text }, { allowPositionals: true });
  const [path] = inputs(positionals, 1, 'convert-db DB.json --to pyaci|android|ios --output NEW.json');
  const to = oneOf('--to', ['pyaci', 'android', 'ios'])(required(values.to, '--to'));
  const output = required(values.output, '--output');
  return deriving([path], [output], ({ stderr, files }) => {
    const { database, lost } = convertDatabase(readDatabase(files, path), to, clockNow());
    for (const finding of lost) stderr.write(`${findingLine(finding)}\n`);
    return { databases: [database], tell: () => 0 };
  });
}

/** `merge-db A.json B.json --output C.json`; conflicts are listed, and A's side of them is kept. */
export function parseMergeDatabases(args: readonly string[]): Command {
  const { values, positionals } = parseWords(args, { output: text }, { allowPositionals: true });
  const [first, second] = inputs(positionals, 2, 'merge-db A.json B.json --output C.json');
  const output = required(values.output, '--output');
  return deriving([first, second], [output], ({ print, files }) => {
    const [ours, theirs] = [readDatabase(files, first), readDatabase(files, second)];
    const { database, conflicts } = mergeDatabases(ours, theirs, clockNow());
    for (const conflict of conflicts) print(`${findingLine(conflict)}\n`);
    const tell = () => {
      print(`${output}: ${database.nodes.length} nodes, ${conflicts.length} conflicts\n`);
      return conflicts.some(({ severity }) => severity === 'error') ? 1 : 0;
    };
    return { databases: [database], tell };
  });
}

/** `read-network D.hex --output NEW.json`: what a provisioner keeps of its network in its own flash. */
export function parseReadNetwork(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { output: text, ...dumpFlags },
    { allowPositionals: true },
  );
  const [path] = inputs(positionals, 1, 'read-network D.hex --output NEW.json');
  const output = required(values.output, '--output');
  return deriving(
    [],
    [output],
    ({ print, stderr, files }) => {
      const { network } = readImage(readDumpFiles(files, dumpFiles([path], values)).image);
      if (!network) throw noNetwork(path);
      const { database, lost } = databaseOf(network, randomBytes, clockNow());
      for (const finding of lost) stderr.write(`${findingLine(finding)}\n`);
      const tell = () => {
        print(`${output}: ${database.nodes.length} nodes, ${database.netKeys.length} network keys\n`);
        return 0;
      };
      return { databases: [database], tell };
    },
    [path],
  );
}

/** `renew-uuids DB.json --output NEW.json`: all but the first of the nodes that share a UUID get one of their own. */
export function parseRenewUuids(args: readonly string[]): Command {
  const { values, positionals } = parseWords(args, { output: text }, { allowPositionals: true });
  const [path] = inputs(positionals, 1, 'renew-uuids DB.json --output NEW.json');
  const output = required(values.output, '--output');
  return deriving([path], [output], ({ print, files }) => {
    const before = readDatabase(files, path);
    const database = renewSharedUuids(before, randomBytes, clockNow());
    const renewed = database.nodes.filter(({ uuid }, index) => uuid !== before.nodes[index]!.uuid);
    const tell = () => {
      print(`${output}: ${renewed.length} of ${database.nodes.length} nodes have a new UUID\n`);
      return 0;
    };
    return { databases: [database], tell };
  });
}

/** `split-range DB.json --shares K --output OUT.json`: one database for each bench. `--stations` is the flag's older name. */
export function parseSplitRange(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { shares: text, stations: text, provisioner: text, output: text },
    { allowPositionals: true },
  );
  const [path] = inputs(positionals, 1, 'split-range DB.json --shares K --output OUT.json');
  const count = whole('--shares')(required(values.shares ?? values.stations, '--shares'));
  const output = required(values.output, '--output');
  // whether so many shares can be made is for the engine to say
  const files = Math.min(Math.max(count, 1), MOST_SHARES);
  const outputs = Array.from({ length: files }, (_, index) => numberedPath(output, index));
  return deriving([path], outputs, ({ print, stderr, files }) => {
    const database = readDatabase(files, path);
    const shares = splitRange(database, values.provisioner, count, clockNow());
    for (const note of notesOnShares(database, values.provisioner)) stderr.write(`${findingLine(note)}\n`);
    const tell = () => {
      for (const [index, share] of shares.entries()) {
        print(`${outputs[index]!}: ${rangesOf(share, values.provisioner)}\n`);
      }
      return 0;
    };
    return { databases: shares, tell };
  });
}

/** As many as there are unicast addresses. */
const MOST_SHARES = 0x7fff;

/** `device-keys DB.json --for pyaci|bluez [--from I]`: what makes a provisioner know the nodes. Prints keys. */
export function parseDeviceKeys(args: readonly string[]): Command {
  const { values, positionals } = parseWords(args, { for: text, from: text }, { allowPositionals: true });
  const [path] = inputs(positionals, 1, 'device-keys DB.json --for pyaci|bluez [--from I]');
  const audience = oneOf('--for', ['pyaci', 'bluez'])(required(values.for, '--for'));
  const { from = 0 } = optional('from', values.from, whole('--from'));
  return ({ print, files }: Io) => {
    const database = readDatabase(files, path);
    const indexes = database.nodes.map(({ index }) => index).filter((index) => index >= from);
    print(audience === 'pyaci' ? pyaciSetup(database, indexes) : bluezImport(database, indexes));
    return 0;
  };
}

function rangesOf(database: MeshDatabase, provisioner: string | undefined): string {
  const { ranges } = usedAddresses(database, provisioner === undefined ? {} : { provisioner });
  return ranges.map(({ low, high }) => `${hex(low, 4)}–${hex(high, 4)}`).join(', ');
}
