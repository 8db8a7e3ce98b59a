/** `provision`: a device joins the network through a kit on a serial port, and is told what the guide tells it. */
import { equalBytes, fromHex, hex } from '../../bytes.ts';
import {
  formatDatabase,
  newNetwork,
  parseDatabase,
  uuidDigits,
  type DatabaseForm,
  type MeshDatabase,
} from '../../meshdb/index.ts';
import {
  defaultName,
  DevicesAround,
  guideRecipe,
  Provisioner,
  type DeviceAround,
  type LineOutcome,
  type RecipeLine,
} from '../../provision/index.ts';
import type { MeshKit } from '../../serial/index.ts';
import * as errors from '../errors.ts';
import { inRun, readFile } from '../files/index.ts';
import { clockNow, readGiven } from '../inputs.ts';
import { randomBytes } from '../random.ts';
import { openRadio, RadioJournal } from '../radio.ts';
import {
  address,
  asGiven,
  oneOf,
  optional,
  parseWords,
  required,
  text,
  UsageError,
  whole,
  type Io,
  type Command,
} from '../words.ts';

const SCAN_SECONDS = 5;

interface ProvisionOptions {
  readonly port: string;
  readonly database: string;
  /** Make the network first, by this name. */
  readonly newNetwork?: string;
  readonly dialect?: DatabaseForm;
  readonly uuid?: string;
  readonly name?: string;
  readonly unicast?: number;
  readonly staticOob?: Uint8Array;
  readonly scanSeconds: number;
  readonly journal: string;
  readonly ivIndex?: number;
}

/** `provision --port FILE --db-input-file DB.json` */
export function parseProvision(args: readonly string[]): Command {
  const { values } = parseWords(args, {
    port: text,
    'db-input-file': text,
    'new-network': text,
    form: text,
    uuid: text,
    'node-name': text,
    'unicast-addr': text,
    'static-oob': text,
    scan: text,
    journal: text,
    'iv-index': text,
  });
  const database = required(values['db-input-file'], '--db-input-file');
  const options: ProvisionOptions = {
    port: required(values.port, '--port'),
    database,
    ...optional('newNetwork', values['new-network'], asGiven),
    ...optional('dialect', values.form, oneOf('--form', ['pyaci', 'android', 'ios'])),
    ...optional('uuid', values.uuid, uuidOf),
    ...optional('name', values['node-name'], asGiven),
    ...optional('unicast', values['unicast-addr'], address('--unicast-addr')),
    ...optional('staticOob', values['static-oob'], oobOf),
    scanSeconds: values.scan === undefined ? SCAN_SECONDS : whole('--scan')(values.scan),
    journal: values.journal ?? `${database}.radio`,
    ...optional('ivIndex', values['iv-index'], whole('--iv-index')),
  };
  return (io) => provision(options, io);
}

function uuidOf(given: string): string {
  const digits = uuidDigits(given);
  if (!/^[0-9a-f]{32}$/.test(digits)) throw new UsageError(`--uuid takes 32 hex digits, not ${given}`);
  return digits;
}

/** At most 16 bytes; shorter values are padded with zeros behind. The value itself is not repeated: it is a secret. */
function oobOf(given: string): Uint8Array {
  const value = fromHex(given);
  if (!value || value.length === 0 || value.length > 16)
    throw new UsageError('--static-oob takes 2 to 32 hex digits');
  return value;
}

async function provision(options: ProvisionOptions, io: Io): Promise<number> {
  if (options.newNetwork !== undefined) await makeNetwork(options, options.newNetwork, io);
  const file = new DatabaseFile(options.database, io);
  const { database } = file;
  const ivIndex = options.ivIndex ?? database.ivIndex ?? 0;
  const journal = new RadioJournal(io.files, options.journal);
  const radio = await openRadio({ port: options.port, clock: io.clock, database, journal, ivIndex });
  try {
    io.stderr.write(`Kit with examples/serial of ${radio.release}.\n`);
    await radio.kit.restart();
    const provisioner = new Provisioner({
      bearer: radio.kit,
      database,
      store: (now) => file.store(now),
      stamp: clockNow,
      ivIndex,
    });
    const uuid = options.uuid ?? (await findOnly(radio.kit, options.scanSeconds, io));
    const known = database.nodes.find((node) => uuidDigits(node.uuid) === uuid);
    const unicast = known?.unicast ?? (await join(provisioner, uuid, options, io));
    return await configure(provisioner, unicast, io);
  } finally {
    await radio.close();
  }
}

async function join(
  provisioner: Provisioner,
  uuid: string,
  options: ProvisionOptions,
  io: Io,
): Promise<number> {
  const { staticOob, unicast } = options;
  const device = await provisioner.provision({
    uuid,
    name: options.name ?? '',
    ...(unicast !== undefined && { unicast }),
    ...(staticOob && { chooseOob: async () => ({ staticValue: staticOob }) }),
    onStep: (step) => {
      if (step.kind === 'link') io.stderr.write('Link open.\n');
    },
  });
  const name = options.name ?? defaultName(device.unicast);
  io.print(`${name}  ${hex(device.unicast, 4)}  ${device.elementCount} elements  joined\n`);
  return device.unicast;
}

async function configure(provisioner: Provisioner, unicast: number, io: Io): Promise<number> {
  const recipe = guideRecipe(provisioner.database);
  const outcomes = await provisioner.configure(unicast, recipe, (index, outcome) => {
    if (outcome.state === 'running' || outcome.state === 'waiting') return;
    io.print(`  ${wordsOf(recipe[index]!)}: ${outcomeText(outcome)}\n`);
  });
  const isDone = outcomes.every(({ state }) => state === 'done' || state === 'already');
  if (!isDone) io.stderr.write('Run the same command again to go on with the lines that are missing.\n');
  return isDone ? 0 : 1;
}

function wordsOf(line: RecipeLine): string {
  switch (line.kind) {
    case 'composition':
      return 'composition data';
    case 'app-key':
      return `application key ${line.appKeyIndex}`;
    case 'bind':
      return `model ${line.model} bound to key ${line.appKeyIndex}`;
    case 'publication':
      return `model ${line.model} publishes to ${hex(line.address, 4)}`;
    case 'subscription':
      return `model ${line.model} listens to ${hex(line.address, 4)}`;
    case 'default-ttl':
      return `default TTL ${line.ttl}`;
  }
}

const outcomeText = (outcome: LineOutcome): string =>
  outcome.state === 'refused' ? `refused, ${outcome.status}` : outcome.state;

/** The one device around. @throws `cli/which-device` */
async function findOnly(kit: MeshKit, seconds: number, io: Io): Promise<string> {
  const around = new DevicesAround(() => io.clock.now());
  const ending = new AbortController();
  const cancel = io.clock.after(seconds * 1000, () => ending.abort());
  try {
    await kit.scan((beacon) => around.hear(beacon), ending.signal);
  } finally {
    cancel();
  }
  const [first, ...others] = around.devices;
  if (first && others.length === 0) return first.uuid;
  for (const device of around.devices) io.print(`${lineOf(device)}\n`);
  throw errors.whichDevice(around.devices.length, seconds);
}

const lineOf = ({ uuid, rssi, sign }: DeviceAround): string =>
  `${uuid}  ${rssi} dBm${sign === undefined ? '' : `  ${sign}`}`;

async function makeNetwork({ database, dialect = 'pyaci' }: ProvisionOptions, name: string, io: Io) {
  const made = newNetwork({ name, dialect, appKeyNames: ['lights', 'locks'], ...clockNow() }, randomBytes);
  if (io.files.stat(database)) throw errors.outputIsInput(database);
  const world = { ...io, onNote: (note: string) => void io.stderr.write(`${note}\n`) };
  await inRun(world, { made: [database], of: [] }, (run) => {
    run.claim([], []);
    run.prepare(database, [formatDatabase(made)]);
    run.commit();
  });
}

/** The database on disk: replaced whole at each step, and only as long as it is what we wrote last. */
class DatabaseFile {
  readonly database: MeshDatabase;
  #onDisk: Uint8Array;

  constructor(
    readonly path: string,
    readonly io: Io,
  ) {
    const given = readGiven(io.files, path);
    this.database = parseDatabase(given.bytes);
    this.#onDisk = given.onDisk;
  }

  /** @throws `cli/database-changed`, `cli/database-busy`, `cli/cannot-write`; then it lies beside, and the message says where */
  async store(database: MeshDatabase): Promise<void> {
    const bytes = formatDatabase(database);
    try {
      await this.#replace(bytes);
    } catch (error) {
      this.#rescue(bytes);
      throw error;
    }
  }

  async #replace(bytes: Uint8Array): Promise<void> {
    const { io, path } = this;
    const world = { ...io, onNote: (note: string) => void io.stderr.write(`${note}\n`) };
    await inRun(world, { updated: path }, (run) => {
      run.claim([], []);
      run.prepare(path, [bytes]);
      run.commit(() => {
        if (!equalBytes(readFile(io.files, path), this.#onDisk)) throw errors.databaseChanged(path);
      });
    });
    this.#onDisk = bytes;
  }

  /** A device key exists nowhere else: whatever became of the database, it is put beside it. */
  #rescue(bytes: Uint8Array): void {
    const { io, path } = this;
    const beside = `${path}.${io.machine.token()}.rescued`;
    io.files.append(beside, bytes);
    io.stderr.write(`The database with the new node is kept as ${beside}.\n`);
  }
}
