/**
 * The proof of a batch: every clone asked over the air, with a verdict each.
 *
 * One quick pass goes over all, several at a time where the bearer can; those that stay silent come last, slowly, after a restart
 * and once more with fresh sequence numbers. The bearer is restarted before its replay list is full. It can be paused and cancelled
 * between nodes at any time, and goes on from the results it has. Below lie a bearer and `ask-node.ts`; above lies whoever keeps the results.
 */
import { KnownError, type Finding } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { MeshBearer } from '../mesh/index.ts';
import { askNode, GLANCE, PLAIN, QUICK, SLOW, type NodeReport, type Try } from './ask-node.ts';
import { findings } from './findings.ts';
import { questionsFor, type CloneToProve, type OnAirResult, type ProofLevel } from './results.ts';

/** The kit tells of lost state, of a full list or a leaked slot, or says nothing: a restart mends all of these. */
const MENDED_BY_RESTART: ReadonlySet<string> = new Set([
  'serial/device-restarted',
  'serial/refused',
  'serial/no-response',
]);
const MOST_RESTARTS_PER_NODE = 3;
/** Findings that are not the clone's fault. */
const HARMLESS: ReadonlySet<string> = new Set(['on-air/old-numbers', 'on-air/cut-answer']);
const SCAN_MS = 5000;
/** Clones not written yet that are asked where one is silent. */
const MOST_UNWRITTEN = 2;

export interface ProofOptions {
  readonly bearer: MeshBearer;
  readonly clock: Clock;
  readonly now: () => Date;
  readonly level: ProofLevel;
  /** The node the clones were pressed from, to tell what went wrong. */
  readonly donor?: { readonly unicast: number; readonly deviceKey: Uint8Array; readonly netKeyIndex: number };
  /** Clones that should be on no board yet: one that answers all the same was written in the place of a silent one. */
  readonly unwritten?: readonly CloneToProve[];
  /** Results of an interrupted run: their clones are left out. */
  readonly known?: readonly OnAirResult[];
  readonly ttl?: number;
  /** Resolves when the run may go on; asked before each node. */
  readonly gate?: () => Promise<void>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ProofEvent) => void;
  /** Resolves once the result would survive a power loss; asked before the next node. */
  readonly keep?: (result: OnAirResult) => Promise<void>;
}

export type ProofEvent =
  | { readonly kind: 'restarting'; readonly freshNumbers: boolean }
  | { readonly kind: 'asking'; readonly unicast: number; readonly pass: AskingPass }
  /** It did not answer at first and comes again at the end. */
  | { readonly kind: 'put-off'; readonly unicast: number }
  | { readonly kind: 'scanning' }
  /** It is silent, and looked for where it should not be. */
  | { readonly kind: 'looking-elsewhere'; readonly unicast: number }
  | { readonly kind: 'result'; readonly result: OnAirResult };

type AskingPass = 'quick' | 'slow' | 'fresh';
type Pass = AskingPass | 'elsewhere';

export interface Proof {
  /** One for each clone, in the order given. */
  readonly results: readonly OnAirResult[];
  /** What concerns them all. */
  readonly findings: readonly Finding[];
}

/**
 * Prove clones.
 *
 * @throws the signal's reason when it was cancelled; what the bearer throws when it is lost: results kept so far stand
 */
export const proveClones = (clones: readonly CloneToProve[], options: ProofOptions): Promise<Proof> =>
  new ProofRun(clones, options).run();

class ProofRun {
  readonly #results = new Map<number, OnAirResult>();
  readonly #options: ProofOptions;
  readonly #bearer: MeshBearer;
  /** Devices heard as unprovisioned that are none of the clones. */
  #strangers = 0;
  /** Then keys and IV index are right, whoever is silent. */
  #isDonorHeard = false;

  constructor(
    readonly clones: readonly CloneToProve[],
    options: ProofOptions,
  ) {
    this.#options = options;
    this.#bearer = options.bearer;
    for (const result of options.known ?? []) this.#results.set(result.unicast, result);
  }

  async run(): Promise<Proof> {
    const open = this.clones.filter(({ unicast }) => !this.#results.has(unicast));
    if (open.length > 0) {
      await this.#restart(false);
      const putOff = await this.#quickPass(open);
      if (putOff.length > 0) await this.#slowPasses(putOff);
    }
    return {
      results: this.clones.map(({ unicast }) => this.#results.get(unicast)!),
      findings: this.#summary(),
    };
  }

  async #quickPass(clones: readonly CloneToProve[]): Promise<readonly CloneToProve[]> {
    const putOff = new Set<CloneToProve>();
    await this.#each(clones, async (clone) => {
      const report = await this.#ask(clone, 'quick');
      if (report.outcome === 'answered') await this.#conclude(clone, report, report.findings);
      else {
        putOff.add(clone);
        this.#emit({ kind: 'put-off', unicast: clone.unicast });
      }
    });
    return clones.filter((clone) => putOff.has(clone));
  }

  /** A silence is final only after a restart: our own device may have ignored what they sent. */
  async #slowPasses(clones: readonly CloneToProve[]): Promise<void> {
    const before = this.#bearer.ownUnicast;
    await this.#restart(false);
    const hadSameAddress = this.#bearer.ownUnicast === before;
    let silent: readonly CloneToProve[] = await this.#slowPass(clones, 'slow', []);
    if (silent.length > 0 && hadSameAddress) {
      await this.#restart(true);
      silent = await this.#slowPass(silent, 'fresh', [findings.oldNumbers()]);
    }
    if (silent.length > 0) await this.#explainSilence(silent);
  }

  /** Those that are silent still. */
  async #slowPass(
    clones: readonly CloneToProve[],
    pass: 'slow' | 'fresh',
    notes: readonly Finding[],
  ): Promise<readonly CloneToProve[]> {
    const silent = new Set<CloneToProve>();
    await this.#each(clones, async (clone) => {
      const report = await this.#ask(clone, pass);
      if (report.outcome === 'answered') await this.#conclude(clone, report, [...report.findings, ...notes]);
      else if (report.outcome === 'delivered') await this.#concludeWrongKey(clone, report);
      else silent.add(clone);
    });
    return clones.filter((clone) => silent.has(clone));
  }

  /** As many clones beside each other as the bearer speaks to; the first failure ends it, once all are done with theirs. */
  async #each(clones: readonly CloneToProve[], work: (clone: CloneToProve) => Promise<void>): Promise<void> {
    const waiting = clones.values();
    const failures: unknown[] = [];
    const takeTurns = async () => {
      for (const clone of waiting) {
        await work(clone).catch((error: unknown) => failures.push(error));
        if (failures.length > 0) return;
      }
    };
    await Promise.all(Array.from({ length: this.#bearer.nodesAtATime }, takeTurns));
    if (failures.length > 0) throw failures[0];
  }

  async #concludeWrongKey(clone: CloneToProve, report: NodeReport): Promise<void> {
    const { donor } = this.#options;
    const keepsDonorKey = donor
      ? await this.#answers({ ...clone, deviceKey: donor.deviceKey }, 'slow')
      : false;
    await this.#conclude(
      clone,
      report,
      [keepsDonorKey ? findings.donorKey() : findings.wrongDeviceKey()],
      'wrong-device-key',
    );
  }

  async #explainSilence(silent: readonly CloneToProve[]): Promise<void> {
    const { donor } = this.#options;
    this.#isDonorHeard = donor !== undefined && (await this.#answers(donorAsClone(donor), 'quick'));
    const donorNote = donor && this.#isDonorHeard ? [findings.donorAnswers(donor.unicast)] : [];
    const unprovisioned = await this.#scan();
    const strangers = new Set(unprovisioned);
    for (const clone of silent) {
      const own = [...unprovisioned].filter((uuid) => isUuidOf(clone, uuid));
      for (const uuid of own) strangers.delete(uuid);
      const cause = own.length > 0 ? findings.unprovisioned() : await this.#lookElsewhere(clone);
      await this.#conclude(clone, NOTHING, [cause ?? findings.silent(), ...donorNote], 'silent');
    }
    this.#strangers = strangers.size;
  }

  /**
   * Its own key at the addresses around the planned one, and the clones beside it in the plan that should be on no board yet. Where
   * nobody else was heard the fault is ours, and nothing is looked for.
   */
  async #lookElsewhere(clone: CloneToProve): Promise<Finding | undefined> {
    const isAnybodyHeard =
      this.#isDonorHeard || [...this.#results.values()].some(({ verdict }) => verdict !== 'silent');
    if (!isAnybodyHeard && this.clones.length > 1) return undefined;
    await this.#options.gate?.();
    this.#options.signal?.throwIfAborted();
    this.#emit({ kind: 'looking-elsewhere', unicast: clone.unicast });
    for (const unicast of addressesAround(clone))
      if (unicast !== this.#bearer.ownUnicast && (await this.#answers({ ...clone, unicast }, 'elsewhere')))
        return findings.otherAddress(unicast);
    for (const other of nearest(clone, this.#options.unwritten ?? []))
      if (await this.#answers(other, 'elsewhere')) return findings.otherImage(other.name, other.unicast);
    return undefined;
  }

  async #answers(clone: CloneToProve, pass: Pass): Promise<boolean> {
    const questions = questionsFor(clone, 'probe');
    const report = await this.#withRestarts(() => this.#askNode(clone, pass, questions));
    return report.outcome === 'answered';
  }

  async #ask(clone: CloneToProve, pass: AskingPass): Promise<NodeReport> {
    await this.#options.gate?.();
    this.#options.signal?.throwIfAborted();
    this.#emit({ kind: 'asking', unicast: clone.unicast, pass });
    const questions = questionsFor(clone, this.#options.level);
    return this.#withRestarts(() => this.#askNode(clone, pass, questions));
  }

  async #askNode(
    clone: CloneToProve,
    pass: Pass,
    questions: ReturnType<typeof questionsFor>,
  ): Promise<NodeReport> {
    if (this.#bearer.sourcesHeard >= this.#bearer.sourcesPerRun) await this.#restart(false);
    const { ttl, signal } = this.#options;
    return askNode(this.#bearer, clone, {
      questions,
      tries: this.#tries(pass),
      ...(ttl !== undefined && { ttl }),
      ...(signal && { signal }),
    });
  }

  #tries(pass: Pass): readonly Try[] {
    if (pass === 'elsewhere') return GLANCE;
    if (!this.#bearer.reportsDelivery) return PLAIN;
    return pass === 'slow' ? SLOW : QUICK;
  }

  async #withRestarts<T>(work: () => Promise<T>): Promise<T> {
    for (let left = MOST_RESTARTS_PER_NODE; ; left--)
      try {
        return await work();
      } catch (error) {
        const isMended = error instanceof KnownError && MENDED_BY_RESTART.has(error.code);
        if (!isMended || left === 0) throw error;
        await this.#restart(false);
      }
  }

  async #restart(freshNumbers: boolean): Promise<void> {
    this.#emit({ kind: 'restarting', freshNumbers });
    await this.#bearer.restart({ freshNumbers });
  }

  /** UUIDs of the devices that beacon as unprovisioned. */
  async #scan(): Promise<ReadonlySet<string>> {
    this.#emit({ kind: 'scanning' });
    const heard = new Set<string>();
    const { clock } = this.#options;
    const ending = new AbortController();
    const cancel = clock.after(SCAN_MS, () => ending.abort());
    try {
      await this.#bearer.scan(({ uuid }) => heard.add(uuid), ending.signal);
    } finally {
      cancel();
    }
    return heard;
  }

  async #conclude(
    clone: CloneToProve,
    { rttMs, rssi, hops }: NodeReport,
    notes: readonly Finding[],
    verdict: OnAirResult['verdict'] = notes.some(({ code }) => !HARMLESS.has(code)) ? 'differs' : 'alive',
  ): Promise<void> {
    const result: OnAirResult = {
      name: clone.name,
      unicast: clone.unicast,
      elementCount: clone.elementCount,
      ...(clone.uuid !== undefined && { uuid: clone.uuid }),
      verdict,
      rttMs,
      rssi,
      hops,
      findings: notes,
      at: this.#options.now().toISOString(),
    };
    await this.#options.keep?.(result);
    this.#results.set(clone.unicast, result);
    this.#emit({ kind: 'result', result });
  }

  #summary(): readonly Finding[] {
    const results = [...this.#results.values()];
    const isDead =
      !this.#isDonorHeard && results.length > 1 && results.every(({ verdict }) => verdict === 'silent');
    return [
      ...(isDead ? [findings.nobody()] : []),
      ...(this.#strangers > 0 ? [findings.unprovisionedAround(this.#strangers)] : []),
    ];
  }

  #emit(event: ProofEvent): void {
    this.#options.onEvent?.(event);
  }
}

const NOTHING: NodeReport = { outcome: 'nothing', rttMs: null, rssi: null, hops: null, findings: [] };

const donorAsClone = (donor: NonNullable<ProofOptions['donor']>): CloneToProve => ({
  name: '',
  elementCount: 1,
  appKeyIndexes: [],
  models: [],
  ...donor,
});

/** Where a clone might be by mistake: one address or one node off. */
function addressesAround({ unicast, elementCount }: CloneToProve): readonly number[] {
  const steps = new Set([-elementCount, elementCount, -1, 1]);
  return [...steps].map((step) => unicast + step).filter((address) => address >= 1 && address <= 0x7fff);
}

/** Those of the plan that stand next to it. */
function nearest(clone: CloneToProve, others: readonly CloneToProve[]): readonly CloneToProve[] {
  const distance = ({ unicast }: CloneToProve) => Math.abs(unicast - clone.unicast);
  return others.toSorted((a, b) => distance(a) - distance(b)).slice(0, MOST_UNWRITTEN);
}

/**
 * Whether a beacon is that of a clone's board. Firmware of the SDK makes its UUID of the chip's DEVICEID: the first eight bytes, where
 * later releases put the version into bytes 6 to 8, or the last eight behind a prefix of the example.
 */
function isUuidOf({ uuid, chipId }: CloneToProve, heard: string): boolean {
  if (uuid === heard) return true;
  if (chipId === undefined) return false;
  const inMemory = chipId.match(/../g)!.reverse().join('');
  return heard.startsWith(inMemory.slice(0, 12)) || heard.endsWith(inMemory);
}
