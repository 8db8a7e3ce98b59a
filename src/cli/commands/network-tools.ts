/** Tools that keep a network's database in order: nodes that are gone, addresses, provisioners, parts for giving away. */
import { hex } from '../../bytes.ts';
import { besideOf, boardUuid, completeDonor, knownNode, recordOf } from '../../clone/index.ts';
import type { Finding } from '../../errors.ts';
import { readImage } from '../../kinds/index.ts';
import { elementsOf, formatRun } from '../../mesh/index.ts';
import {
  addProvisioner,
  databaseFromNode,
  exportPart,
  findNode,
  rangeOf,
  removeNodes,
  reserveAddresses,
  runOf,
  setUuids,
  type MeshDatabase,
} from '../../meshdb/index.ts';
import { changing, deriving, inputs } from '../change-databases.ts';
import { findingLine } from '../finding-line.ts';
import { clockNow, dumpFiles, dumpFlags, factoryWords, idsOf, readDumpFiles } from '../inputs.ts';
import { randomBytes } from '../random.ts';
import {
  UsageError,
  address,
  addressRuns,
  asGiven,
  flag,
  oneOf,
  optional,
  parseWords,
  required,
  text,
  whole,
  type Io,
  type Command,
} from '../words.ts';

const say = ({ stderr }: Io, findings: readonly Finding[]) => {
  for (const finding of findings) stderr.write(`${findingLine(finding)}\n`);
};

/** Nodes by index, address or name, separated by commas. A name that has commas is meant where there is such a node. */
const nodesNamed = (database: MeshDatabase, given: string): readonly number[] =>
  database.nodes.some(({ name }) => name === given)
    ? [findNode(database, given).index]
    : given.split(',').map((one) => findNode(database, one.trim()).index);

/** `remove-node DB.json --node I|0xNNNN|NAME[,...] [--iv-index N] [--output NEW.json]` */
export function parseRemoveNode(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { node: text, 'iv-index': text, output: text },
    { allowPositionals: true },
  );
  const [path] = inputs(positionals, 1, 'remove-node DB.json --node I|0xNNNN|NAME [--iv-index N]');
  const wanted = required(values.node, '--node');
  const { ivIndex } = optional('ivIndex', values['iv-index'], whole('--iv-index'));
  return changing(path, values.output, [], (before, io) => {
    const indexes = nodesNamed(before, wanted);
    const { database, excluded, notes } = removeNodes(before, indexes, ivIndex, clockNow());
    say(io, notes);
    const tell = (written: string) =>
      io.print(
        `${written}: ${before.nodes.length - database.nodes.length} removed, ${database.nodes.length} nodes left; not given away any more: ${excluded.map((one) => hex(one, 4)).join(', ') || 'none'}\n`,
      );
    return { database, tell };
  });
}

/** `reserve DB.json --addresses 0xNNNN-0xNNNN[,...] (--iv-index N | --for-good) [--output NEW.json]` */
export function parseReserve(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { addresses: text, 'iv-index': text, 'for-good': flag, output: text },
    { allowPositionals: true },
  );
  const [path] = inputs(
    positionals,
    1,
    'reserve DB.json --addresses 0x0010-0x001F --iv-index N | --for-good',
  );
  const runs = addressRuns('--addresses')(required(values.addresses, '--addresses'));
  const { ivIndex } = optional('ivIndex', values['iv-index'], whole('--iv-index'));
  if (values['for-good'] && ivIndex !== undefined)
    throw new UsageError('Give --iv-index or --for-good, not both');
  return changing(path, values.output, [], (before, io) => {
    const forGood = values['for-good'] === true || before.format === 'pyaci';
    if (!forGood && ivIndex === undefined)
      throw new UsageError('Give --iv-index N, the IV index of the network today, or --for-good');
    const database = reserveAddresses(before, runs, forGood ? 'for-good' : { ivIndex: ivIndex! }, clockNow());
    const tell = (written: string) =>
      io.print(
        `${written}: reserved ${forGood ? 'for good' : `until the IV index is ${ivIndex! + 2}`}: ${runs.map(formatRun).join(', ')}\n`,
      );
    return { database, tell };
  });
}

/** `add-provisioner DB.json --name NAME [--range 0xNNNN-0xNNNN] [--first] [--output NEW.json]` */
export function parseAddProvisioner(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { name: text, range: text, first: flag, output: text },
    { allowPositionals: true },
  );
  const [path] = inputs(positionals, 1, 'add-provisioner DB.json --name NAME [--range 0xNNNN-0xNNNN]');
  const name = required(values.name, '--name');
  const isFirst = values.first ?? false;
  const [range, ...more] = values.range === undefined ? [] : addressRuns('--range')(values.range);
  if (more.length > 0) throw new UsageError('--range takes one stretch of addresses');
  return changing(path, values.output, [], (before, io) => {
    const added = addProvisioner(
      before,
      { name, isFirst, ...(range && { range: rangeOf(range) }) },
      randomBytes,
      clockNow(),
    );
    say(io, added.notes);
    const own = added.unicast === undefined ? '' : `, itself at ${hex(added.unicast, 4)}`;
    const tell = (written: string) =>
      io.print(`${written}: provisioner ${name} has ${formatRun(runOf(added.range))}${own}\n`);
    return { database: added.database, tell };
  });
}

/** `export-partial DB.json --nodes I,0xNNNN,NAME --output PART.json` */
export function parseExportPartial(args: readonly string[]): Command {
  const { values, positionals } = parseWords(args, { nodes: text, output: text }, { allowPositionals: true });
  const [path] = inputs(positionals, 1, 'export-partial DB.json --nodes I,0xNNNN,NAME --output PART.json');
  const wanted = required(values.nodes, '--nodes');
  const output = required(values.output, '--output');
  return changing(path, output, [], (before, io) => {
    const database = exportPart(before, nodesNamed(before, wanted), clockNow());
    const tell = (written: string) =>
      io.print(
        `${written}: ${database.nodes.length} of ${before.nodes.length} nodes, without device keys; ${database.netKeys.length} network and ${database.appKeys.length} application keys\n`,
      );
    return { database, tell };
  });
}

/** `complete-donor DB.json --hex-input-file D.hex [--output NEW.json]` */
export function parseCompleteDonor(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { 'hex-input-file': { type: 'string', multiple: true }, output: text, ...dumpFlags },
    { allowPositionals: true },
  );
  const [path] = inputs(positionals, 1, 'complete-donor DB.json --hex-input-file D.hex');
  const dump = dumpFiles(required(values['hex-input-file'], '--hex-input-file'), values);
  return changing(path, values.output, dump.files, (before, io) => {
    const reading = readImage(readDumpFiles(io.files, dump).image);
    const database = completeDonor(reading, before, clockNow());
    const { unicast } = knownNode(reading);
    const tell = (written: string) => io.print(`${written}: the record of ${hex(unicast, 4)} is complete\n`);
    return { database, tell };
  });
}

/** `set-uuid DB.json (--node I|0xNNNN|NAME --uuid HEX32 | --hex-input-file D.hex [--ficr W,W,W,W]) [--output NEW.json]` */
export function parseSetUuid(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    {
      node: text,
      uuid: text,
      'hex-input-file': { type: 'string', multiple: true },
      ficr: text,
      output: text,
      ...dumpFlags,
    },
    { allowPositionals: true },
  );
  const usage =
    'set-uuid DB.json --node I|0xNNNN|NAME --uuid HEX32, or set-uuid DB.json --hex-input-file D.hex';
  const [path] = inputs(positionals, 1, usage);
  const files = values['hex-input-file'];
  if ((values.uuid === undefined) === (files === undefined)) throw new UsageError(`Expected: ${usage}`);
  const { ids: words } = optional('ids', values.ficr, factoryWords('--ficr'));
  const change = (before: MeshDatabase, index: number, uuid: string) => ({
    database: setUuids(before, new Map([[index, uuid]]), clockNow()),
    tell: (written: string, io: Io) =>
      io.print(`${written}: ${hex(before.node(index).unicast, 4)} has the UUID ${uuid}\n`),
  });
  if (files === undefined) {
    const wanted = required(values.node, '--node');
    return changing(path, values.output, [], (before, io) => {
      const { database, tell } = change(before, findNode(before, wanted).index, values.uuid!);
      return { database, tell: (written) => tell(written, io) };
    });
  }
  const given = dumpFiles(files, values);
  return changing(path, values.output, given.files, (before, io) => {
    const dump = readDumpFiles(io.files, given);
    const reading = readImage(dump.image, besideOf(dump));
    knownNode(reading);
    const { node, mismatch } = recordOf(reading, before);
    if (mismatch) throw mismatch;
    const { uuid, certain } = boardUuid(reading, words ?? idsOf(dump, reading));
    if (!certain) say(io, [PREFIX_ASSUMED]);
    const { database, tell } = change(before, node.index, uuid);
    return { database, tell: (written) => tell(written, io) };
  });
}

const PREFIX_ASSUMED: Finding = {
  severity: 'info',
  code: 'clone/uuid-differs',
  message:
    'In this release the application chooses the first half of the UUID; that of the SDK’s examples is taken.',
  hint: '',
};

/** `db-from-dump D.hex --to pyaci|android|ios --output NEW.json [--name NAME] [--network NAME] [--first-free 0xNNNN]` */
export function parseDatabaseFromDump(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { to: text, output: text, name: text, network: text, 'first-free': text, ...dumpFlags },
    { allowPositionals: true },
  );
  if (positionals.length === 0)
    throw new UsageError('Expected: db-from-dump D.hex --to pyaci|android|ios --output NEW.json');
  const dump = dumpFiles(positionals, values);
  const output = required(values.output, '--output');
  const wishes = {
    to: oneOf('--to', ['pyaci', 'android', 'ios'])(required(values.to, '--to')),
    ...optional('nodeName', values.name, asGiven),
    ...optional('meshName', values.network, asGiven),
    ...optional('firstFree', values['first-free'], address('--first-free')),
  };
  const derive = (io: Io) => {
    const known = knownNode(readImage(readDumpFiles(io.files, dump).image));
    const { database, assumed } = databaseFromNode(known, wishes, randomBytes, clockNow());
    say(io, assumed);
    const tell = () => {
      io.print(
        `${output}: the node at ${formatRun(elementsOf(known))}, ${known.netKeys.length} network and ${known.appKeys.length} application keys, IV index ${known.ivIndex}\n`,
      );
      return 0;
    };
    return { databases: [database], tell };
  };
  return deriving([], [output], derive, dump.files);
}
