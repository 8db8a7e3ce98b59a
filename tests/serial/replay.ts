/**
 * Does what PyACI did in a transcript, with our own code and the same inputs.
 *
 * Whole stories (provisioning, configuring, verifying) run through `MeshKit`, `Provisioner` and `askNode`. Single commands are read
 * from the transcript's frames by their declared layouts and sent again: there the transcript gives the parameters, and only names and
 * order of the members are proven, not their origin.
 */
import { toHex } from '../../src/bytes.ts';
import { KnownError } from '../../src/errors.ts';
import type { NodeChannel } from '../../src/mesh/index.ts';
import { configuration, genericOnOff, requests, type Request } from '../../src/mesh/access/index.ts';
import { importKeyPair } from '../../src/mesh/index.ts';
import { formatDatabase, parseDatabase, type MeshDatabase } from '../../src/meshdb/index.ts';
import { askNode, QUICK, type ProofQuestion } from '../../src/on-air/index.ts';
import { DevicesAround, Provisioner, type RecipeLine } from '../../src/provision/index.ts';
import {
  COMMANDS,
  MemoryOwnAddresses,
  MeshKit,
  provisionDevice,
  SerialDevice,
  SerialLine,
  serialRelease,
  type SerialRelease,
} from '../../src/serial/index.ts';
import { DiscreteClock } from '../../src/virtual/index.ts';
import {
  bytesOf,
  inOrder,
  isFromHost,
  TranscriptPort,
  type Order,
  type Transcript,
  type TranscriptFrame,
  type TranscriptStep,
} from './transcript.ts';

export interface Replay {
  readonly compared: number;
  readonly differences: readonly string[];
  /** What was left unsaid, or said otherwise for a reason. */
  readonly notes: readonly string[];
  readonly database: MeshDatabase | undefined;
  readonly databaseAfterProvision: MeshDatabase | undefined;
  readonly longestWrite: number;
}

export async function replay(transcript: Transcript, order: Order): Promise<Replay> {
  const run = new Run(transcript, order);
  await run.play();
  return run.result();
}

class Run {
  readonly #port: TranscriptPort;
  readonly #clock = new DiscreteClock(() => new Promise((resolve) => setImmediate(resolve)));
  readonly #line: SerialLine;
  readonly #device: SerialDevice;
  readonly #kit: MeshKit;
  readonly #differences: string[] = [];
  readonly #notes: string[] = [];
  #provisioner: Provisioner | undefined;
  #channel: NodeChannel | undefined;
  #afterProvision: MeshDatabase | undefined;
  #beforeReset: MeshDatabase | undefined;
  #tid = 0;
  #pending: Promise<unknown> = Promise.resolve();

  constructor(
    readonly transcript: Transcript,
    order: Order,
  ) {
    const frames = inOrder(
      transcript.steps.flatMap(({ frames: all }) => all),
      order,
    );
    this.#port = new TranscriptPort(frames);
    this.#line = new SerialLine(this.#port, {
      clock: this.#clock,
      randomBytes: (count) => new Uint8Array(count),
    });
    this.#device = new SerialDevice(this.#line, serialRelease(transcript.release)!);
    this.#kit = this.#makeKit();
  }

  result(): Replay {
    return {
      compared: this.#port.compared,
      differences: [
        ...this.#differences,
        ...this.#port.differences,
        ...this.#port.left.map(({ hex }) => `never came to ${hex}`),
      ],
      notes: this.#notes,
      database: this.#beforeReset ?? this.#provisioner?.database,
      databaseAfterProvision: this.#afterProvision,
      longestWrite: this.#port.longestWrite,
    };
  }

  async play(): Promise<void> {
    for (const step of this.transcript.steps) {
      try {
        await this.#step(step);
      } catch (error) {
        this.#differences.push(`${step.call}: ${(error as Error).message}`);
      }
    }
    await this.#pending;
  }

  #makeKit(): MeshKit {
    const { netKey, appKeys, ivIndex, ownUnicast } = this.transcript.inputs ?? NO_INPUTS;
    const database = this.transcript.databaseBefore && this.#databaseBefore();
    const block = this.#journalledBlock();
    const network = {
      id: '00'.repeat(16),
      ivIndex,
      isIvUpdating: false,
      netKeys: database
        ? database.netKeys.map(({ index, key }) => ({ index, key: key! }))
        : [{ index: this.#netKeyIndex(), key: bytesOf(netKey) }],
      appKeys: database
        ? database.appKeys.map(({ index, boundNetKey, key }) => ({ index, boundNetKey, key: key! }))
        : this.#keysGiven(appKeys),
      ownAddresses: [ownUnicast],
    };
    const known =
      block === undefined
        ? []
        : [{ network: network.id, unicast: ownUnicast, ivIndex, nextSequence: block, at: '' }];
    return new MeshKit(this.#device, network, {
      clock: this.#clock,
      now: () => new Date(0),
      randomBytes: (count) => new Uint8Array(count),
      store: new MemoryOwnAddresses(known),
      keyAgreement: { generate: () => this.#clock.hold(this.#keyPair()) },
    });
  }

  /** Those of the application keys that PyACI's script gave to the device. */
  #keysGiven(appKeys: readonly string[]) {
    const given = this.transcript.steps
      .flatMap(({ frames }) => frames)
      .filter(({ name }) => name === 'AppkeyAdd');
    return appKeys
      .map((key, index) => ({ index, boundNetKey: 0, key: bytesOf(key) }))
      .filter(({ key }) => given.some(({ hex }) => hex.endsWith(toHex(key))));
  }

  #netKeyIndex(): number {
    const added = this.transcript.steps
      .flatMap(({ frames }) => frames)
      .find(({ name }) => name === 'SubnetAdd');
    const decoded = added && COMMANDS.subnetAdd.decode(bytesOf(added.hex).subarray(2));
    return decoded?.netKeyIndex ?? 0;
  }

  /** What an earlier session wrote down: where the sequence numbers of our address go on. */
  #journalledBlock(): number | undefined {
    const step = this.transcript.steps.find(({ call }) => call === 'restore sequence number');
    const frame = step?.frames.find(isFromHost);
    return frame && COMMANDS.netStateSet.decode(bytesOf(frame.hex).subarray(2))?.nextSequenceBlock;
  }

  #keyPair() {
    const { hostPrivateKey, hostPublicX, hostPublicY } = this.transcript.inputs;
    const [d, x, y] = [hostPrivateKey, hostPublicX, hostPublicY].map(bytesOf);
    return importKeyPair(crypto.subtle, d!, x!, y!);
  }

  #databaseBefore(): MeshDatabase {
    return parseDatabase(JSON.stringify(this.transcript.databaseBefore));
  }

  async #step(step: TranscriptStep): Promise<void> {
    const frames = step.frames.filter(isFromHost);
    const call = step.call.replace(/^(\d+(-\d+)?|\+) /, '');
    if (step.unicast !== undefined && step.deviceKey !== undefined) return this.#verify(step);
    const known = CALLS.find(({ pattern }) => pattern.test(call));
    if (frames.length === 0) return;
    if (known) return known.run(this.#parts, pattern(known.pattern, call), step);
    return this.#repeat(step);
  }

  /** What the calls below may touch. */
  readonly #parts: Parts = {
    transcript: () => this.transcript,
    kit: () => this.#kit,
    device: () => this.#device,
    clock: () => this.#clock,
    note: (text) => this.#notes.push(text),
    differ: (text) => this.#differences.push(text),
    keyPair: () => this.#clock.hold(this.#keyPair()),
    repeat: (step) => this.#repeat(step),
    later: (work) => {
      this.#pending = Promise.all([this.#pending, work]);
    },
    provisioner: () => this.#provisioner!,
    start: () => {
      this.#provisioner = new Provisioner({
        bearer: this.#kit,
        database: this.#databaseBefore(),
        store: async () => {},
        stamp: () => ({ now: new Date(0), timestamp: 'TIMESTAMP' }),
        ivIndex: this.transcript.inputs.ivIndex,
      });
    },
    provisioned: async (unicast) => {
      this.#afterProvision = this.#provisioner!.database;
      this.#channel = await this.#provisioner!.openNode(unicast);
    },
    beforeReset: () => {
      this.#beforeReset = this.#provisioner!.database;
    },
    channel: () => this.#channel!,
    tid: () => this.#tid++,
  };

  async #verify(step: TranscriptStep): Promise<void> {
    const { steps } = this.transcript;
    // what the script asks is an input: it is told by a clone that answered everything
    const model = steps.find(({ verdict: good }) => good === 'ok') ?? step;
    const questions = questionsIn(model.frames, model.unicast!, this.#device.release);
    const bound = questions.find((question) => question.kind === 'bindings');
    const clone = {
      name: step.call,
      unicast: step.unicast!,
      elementCount: 1,
      deviceKey: bytesOf(step.deviceKey!),
      netKeyIndex: 0,
      appKeyIndexes: [],
      models: bound ? [{ element: bound.element, model: bound.model, bindings: [0] }] : [],
    };
    const report = await askNode(this.#kit, clone, { questions, tries: QUICK, repeats: 1 });
    const codes = report.findings.map(({ code }) => code);
    const verdict: string =
      report.outcome === 'delivered'
        ? 'wrong-device-key'
        : report.outcome === 'nothing'
          ? 'silent'
          : codes.includes('on-air/not-bound')
            ? 'no-binding'
            : 'ok';
    if (step.verdict === undefined || verdict === step.verdict) return;
    // without tokens a wrong device key cannot be told from silence
    if (!this.#kit.reportsDelivery && step.verdict === 'wrong-device-key' && verdict === 'silent')
      this.#notes.push(`${step.call}: a wrong device key shows as silence before 3.1.0`);
    else this.#differences.push(`${step.call}: ${verdict} instead of ${step.verdict}`);
  }

  /** The same commands again, one after another, with the parameters the transcript has. */
  async #repeat(step: TranscriptStep): Promise<void> {
    const { release } = this.#device;
    for (const frame of step.frames.filter(isFromHost)) {
      const [, opcode = 0, ...rest] = bytesOf(frame.hex);
      const parameters = Uint8Array.from(rest);
      if (opcode === COMMANDS.radioReset.opcode) await this.#line.reset();
      else if (opcode === COMMANDS.echo.opcode) await this.#line.echo(parameters);
      else if (opcode === release.packetSend.opcode) {
        const decoded = release.packetSend.decode(parameters)!;
        await this.#device.sendPacket({ friendshipCredential: 0, ...decoded });
      } else {
        const command = Object.values(COMMANDS).find((one) => one.opcode === opcode);
        const decoded = command?.decode(parameters);
        if (command && decoded) await this.#device.attempt(command as never, decoded as never);
        else await this.#line.command(step.call, { opcode, parameters }); // wrong on purpose
      }
    }
  }
}

const NO_INPUTS: Transcript['inputs'] = {
  netKey: '00'.repeat(16),
  appKeys: [],
  ivIndex: 0,
  hostPrivateKey: '',
  hostPublicX: '',
  hostPublicY: '',
  ownUnicast: 1,
};

interface Parts {
  transcript(): Transcript;
  kit(): MeshKit;
  device(): SerialDevice;
  clock(): DiscreteClock;
  note(text: string): void;
  differ(text: string): void;
  keyPair(): ReturnType<typeof importKeyPair>;
  repeat(step: TranscriptStep): Promise<void>;
  later(work: Promise<unknown>): void;
  provisioner(): Provisioner;
  start(): void;
  provisioned(unicast: number): Promise<void>;
  beforeReset(): void;
  channel(): NodeChannel;
  /** Of the next OnOff Set: PyACI counts them. */
  tid(): number;
}
type Words = (index: number) => string;
interface Call {
  readonly pattern: RegExp;
  run(parts: Parts, words: Words, step: TranscriptStep): Promise<void>;
}

const pattern = (expression: RegExp, call: string): Words => {
  const match = expression.exec(call)!;
  return (index) => match[index] ?? '';
};

const number = (text: string): number => Number(text.trim());
/** `mt.ModelId(0x1000)` and `mt.ModelId(0x0001, 0x0059)`: model, then company. */
function modelOf(text: string): string {
  const [model = 0, company] = (/ModelId\(([^)]*)\)/.exec(text)?.[1] ?? '0x1000').split(',').map(number);
  const digits = (value: number) => value.toString(16).padStart(4, '0');
  return company === undefined ? digits(model) : digits(company) + digits(model);
}

/** One line of a recipe, as the provisioner runs it. */
async function configure(parts: Parts, line: RecipeLine): Promise<void> {
  const [outcome] = await parts.provisioner().configureOver(parts.channel(), [line]);
  if (outcome?.state !== 'done') parts.differ(`${line.kind}: ${outcome?.state}`);
}

async function ask<Answer>(
  parts: Parts,
  request: Request<Answer>,
  segmented = true,
): Promise<Answer | undefined> {
  const { heard } = await parts.channel().ask(request, { segmented });
  if (!heard) parts.differ(`${request.name}: no answer`);
  return heard?.answer;
}

/** The questions in a step's frames, with elements by their place. */
function questionsIn(
  frames: readonly TranscriptFrame[],
  unicast: number,
  { packetSend }: SerialRelease,
): readonly ProofQuestion[] {
  return frames.filter(isFromHost).flatMap(({ hex }): readonly ProofQuestion[] => {
    const bytes = bytesOf(hex);
    const access = bytes[1] === packetSend.opcode ? packetSend.decode(bytes.subarray(2))?.rest : undefined;
    if (!access) return [];
    const bindings =
      configuration.sigModelAppGet.decode(access) ?? configuration.vendorModelAppGet.decode(access);
    const publication = configuration.publicationGet.decode(access);
    const { element = 0, model = '' } = bindings ?? publication ?? {};
    const place = { element: element - unicast, model };
    if (configuration.compositionDataGet.decode(access)) return [{ kind: 'composition' }];
    if (configuration.defaultTtlGet.decode(access)) return [{ kind: 'default-ttl' }];
    if (configuration.appKeyGet.decode(access)) return [{ kind: 'app-keys' }];
    if (bindings) return [{ kind: 'bindings', ...place }];
    if (publication) return [{ kind: 'publication', ...place }];
    return genericOnOff.get.decode(access) ? [{ kind: 'on-off', element: 0, appKeyIndex: 0 }] : [];
  });
}

const provisionCommand = (parts: Parts, step: TranscriptStep) => {
  const frame = step.frames.find(isFromHost)!;
  const decoded = parts.device().release.provision.decode(bytesOf(frame.hex).subarray(2))!;
  return { attentionSeconds: 0, ...decoded };
};

const CALLS: readonly Call[] = [
  {
    pattern: /^p = Provisioner/,
    run: (parts) => {
      parts.start();
      return parts.kit().setUp(true);
    },
  },
  {
    pattern: /^p\.scan_start/,
    async run(parts, _, { frames }) {
      const beacons = frames.filter(({ name }) => name === 'ProvUnprovisionedReceived');
      const around = new DevicesAround(() => parts.clock().now());
      const ending = new AbortController();
      let heard = 0;
      const scan = parts.kit().scan((beacon) => {
        around.hear(beacon);
        if (++heard === beacons.length) ending.abort();
      }, ending.signal);
      await scan; // sends ScanStop at its end
      const distinct = new Set(beacons.map(({ fields }) => String(fields?.['uuid'])));
      if (around.devices.length !== distinct.size) parts.differ(`${around.devices.length} devices around`);
    },
  },
  { pattern: /^p\.scan_stop/, run: async () => {} },
  {
    pattern: /^p\.provision\((?:name=)?["']([^"']*)["']/,
    async run(parts, words) {
      const uuid = parts.transcript().nodeUuid!;
      const device = await parts.provisioner().provision({ uuid, name: words(1) });
      if (toHex(device.deviceKey) !== parts.transcript().derivation?.['deviceKey'])
        parts.differ('device key');
      await parts.provisioned(device.unicast);
    },
  },
  { pattern: /^cc\.composition_data_get/, run: (parts) => configure(parts, { kind: 'composition' }) },
  {
    pattern: /^cc\.appkey_add\((\d+)\)/,
    run: (parts, words) => configure(parts, { kind: 'app-key', appKeyIndex: number(words(1)) }),
  },
  {
    pattern: /^cc\.model_app_bind\(([^,]+),([^,]+),(.*)\)$/,
    run(parts, words) {
      const element = number(words(1)) - parts.channel().node.unicast;
      const model = modelOf(words(3));
      return configure(parts, { kind: 'bind', element, model, appKeyIndex: number(words(2)) });
    },
  },
  {
    pattern: /^cc\.model_publication_set\(([^,]+),(.*ModelId\([^)]*\)),.*Publish\((.*)\)\)$/,
    run(parts, words) {
      const element = number(words(1)) - parts.channel().node.unicast;
      const model = modelOf(words(2));
      const [address = '0', ...rest] = words(3).split(',');
      const named = new Map(
        rest.map((pair) => pair.split('=').map((part) => part.trim()) as [string, string]),
      );
      const value = (key: string) => number(named.get(key) ?? '0');
      return configure(parts, {
        kind: 'publication',
        element,
        model,
        address: number(address),
        appKeyIndex: value('index'),
        ttl: value('ttl'),
        periodMs: value('period'),
        retransmitCount: 0,
        retransmitIntervalMs: 50,
      });
    },
  },
  {
    pattern: /^cc\.model_(publication|app)_get/,
    async run(parts, words, { frames }) {
      // the call is noted without its arguments: element and model are those of the frame
      const { unicast } = parts.channel().node;
      const [question] = questionsIn(frames, unicast, parts.device().release);
      if (question?.kind !== 'publication' && question?.kind !== 'bindings') return parts.differ(words(0));
      const element = unicast + question.element;
      if (words(1) === 'publication') await ask(parts, requests.publication(element, question.model));
      else await ask(parts, requests.modelApps(element, question.model));
    },
  },
  {
    pattern: /^cc\.appkey_get\((\d+)\)/,
    async run(parts, words, { frames }) {
      const request = requests.appKeys(number(words(1)));
      const sent = frames.find(isFromHost)!;
      if (sent.hex.endsWith(toHex(request.access))) return void (await ask(parts, request));
      // PyACI of 2.x leaves the network key index out; no node answers that
      parts.note('AppKey Get without its network key index, as PyACI of 2.x sends it');
      await parts.channel().ask({ ...request, access: request.access.slice(0, 2) });
    },
  },
  {
    pattern: /default_ttl_get/,
    async run(parts, _, { call }) {
      const answer = await ask(parts, requests.defaultTtl(), !/force_segmented = False/.test(call));
      const { unicast } = parts.channel().node;
      if (answer) await parts.provisioner().record(unicast, { kind: 'default-ttl', ttl: answer.ttl });
    },
  },
  {
    pattern: /^GenericOnOffClient\.get\(\)(?: with app key handle (\d+))?/,
    run: async (parts, words) => void (await ask(parts, requests.onOff(number(words(1) || '0')), false)),
  },
  {
    pattern: /^GenericOnOffClient\.set\((\d)\)/,
    run: async (parts, words) =>
      void (await ask(parts, requests.onOffSet(0, words(1) === '1', parts.tid()), false)),
  },
  {
    pattern: /^cc\.node_reset/,
    async run(parts) {
      parts.beforeReset();
      await ask(parts, requests.nodeReset());
      parts.note('PyACI keeps a node in its file that was reset');
    },
  },

  // ---- verifying ----
  { pattern: /^device reset$/, run: (parts) => parts.kit().reset() },
  {
    pattern: /^restore sequence number$/,
    async run(parts) {
      await parts.kit().takeOwnAddress();
      await parts.kit().restoreNetState();
    },
  },
  { pattern: /^own address, subnet, app key$/, run: (parts) => parts.kit().setUp() },
  { pattern: /^keep for next time$/, run: (parts) => parts.kit().rememberSequence() },

  // ---- provisioning by its commands ----
  {
    pattern: /^KeypairSet$/,
    async run(parts) {
      const { privateKey, publicX, publicY } = await parts.keyPair();
      await parts.device().call(COMMANDS.keypairSet, { privateKey, publicX, publicY });
    },
  },
  {
    pattern: /^Provision \(attention/,
    async run(parts, _, step) {
      const {
        context: _context,
        uuid,
        ivUpdate,
        keyRefresh,
        attentionSeconds,
        ...data
      } = provisionCommand(parts, step);
      const { steps } = parts.transcript();
      const authData = steps.find(({ call }) => call.startsWith('AuthData'))?.frames.find(isFromHost);
      const given = parts.transcript().staticOob ?? '';
      const isWrong = steps.some(({ call }) => call.includes('(wrong value)'));
      const staticValue = bytesOf(isWrong ? authData!.hex.slice(6) : given);
      const expected = parts.transcript().ecdhSecret;
      const pair = await parts.keyPair();
      const outcome = await provisionDevice(
        parts.device(),
        toHex(uuid),
        { ...data, isIvUpdating: ivUpdate === 1, isKeyRefreshing: keyRefresh === 1 },
        {
          ...pair,
          secretWith: async (x, y) => {
            const secret = await parts.clock().hold(pair.secretWith(x, y));
            if (toHex(secret) !== expected) parts.differ('ECDH secret');
            return secret;
          },
        },
        { onCapabilities: async () => ({ staticValue }), onComplete: async () => {} },
        attentionSeconds,
      ).catch((error: unknown) => error);
      if (!(outcome instanceof KnownError)) {
        if (isWrong) parts.differ('a wrong static value was accepted');
      } else if (!isWrong || outcome.facts['code'] !== 4) parts.differ(outcome.message);
    },
  },
  { pattern: /^(OobUse static|EcdhSecret|AuthData.*)$/, run: async () => {} }, // within the step above
  {
    pattern: /^Provision an absent device$/,
    async run(parts, _, step) {
      const {
        context: _context,
        uuid,
        ivUpdate,
        keyRefresh,
        attentionSeconds,
        ...data
      } = provisionCommand(parts, step);
      const absent = provisionDevice(
        parts.device(),
        toHex(uuid),
        { ...data, isIvUpdating: ivUpdate === 1, isKeyRefreshing: keyRefresh === 1 },
        await parts.keyPair(),
        { onCapabilities: async () => 'none', onComplete: async () => {} },
        attentionSeconds,
      ).then(
        () => parts.differ('an absent device was provisioned'),
        (error: KnownError) => {
          if (error.code !== 'serial/link-timeout') parts.differ(error.code);
        },
      );
      parts.later(absent);
      await parts.clock().sleep(100); // until its command is answered
    },
  },
  {
    pattern: /^Provision (again while the link opens|with context \d)$/,
    async run(parts, _, step) {
      await parts
        .device()
        .startProvisioning(provisionCommand(parts, step))
        .then(
          () => parts.differ(`${step.call}: accepted`),
          (error: KnownError) => {
            if (error.code !== 'serial/refused') parts.differ(error.code);
          },
        );
    },
  },
];

/** A database as plain data, without the time stamp. */
export const plain = (database: MeshDatabase): unknown => {
  const { timestamp: _, ...others } = JSON.parse(
    new TextDecoder().decode(formatDatabase(database)),
  ) as Record<string, unknown>;
  return others;
};
