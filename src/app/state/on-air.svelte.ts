import type { Finding } from '../../errors.ts';
import { parseDatabase, uuidDigits, type MeshDatabase } from '../../meshdb/index.ts';
import {
  cloneOf,
  proveClones,
  type CloneToProve,
  type OnAirResult,
  type ProofEvent,
} from '../../on-air/index.ts';
import { currentDate } from '../browser/platform.ts';
import type { RecordSet } from '../browser/radio-memory.ts';
import { chipsOf, isOnBoard, powered, toBeAsked, unwrittenOf } from '../text/on-air.ts';
import { counted, unicast as addressText } from '../text/words.ts';
import type { OnAirRow } from './on-air-row.ts';
import { OnAirRows, type VerdictCounts } from './on-air-rows.svelte.ts';
import type { Radio, RadioHost } from './radio-parts.ts';
import { shownName } from '../../visible.ts';

/** A board that was just started needs a moment to be in the network. */
const FOLLOW_MS = 5000;

/** Clones on air: who was asked, what they answered, and a light to switch. */
export class OnAirState {
  readonly list = new OnAirRows();
  findings = $state.raw<readonly Finding[]>([]);
  /** The network that is asked, clones of the plan included. */
  database = $state.raw<MeshDatabase | null>(null);
  proving = $state(false);
  paused = $state(false);
  stage = $state('');
  /** Clones are asked by themselves, a few seconds after their boards are verified. */
  following = $state(false);

  get rows(): readonly OnAirRow[] {
    return this.list.all;
  }
  get counts(): VerdictCounts {
    return this.list.counts;
  }

  readonly #host: RadioHost;
  readonly #radio: Radio;
  #ending: AbortController | null = null;
  #isAnew = false;
  #openGate: () => void = () => {};
  #gate: Promise<void> = Promise.resolve();

  constructor(host: RadioHost, radio: Radio) {
    this.#host = host;
    this.#radio = radio;
  }

  get #planned(): readonly number[] {
    return this.#host.plan.view?.clones.map(({ unicast }) => unicast) ?? [];
  }
  get #jobs() {
    return this.#host.bench?.view?.jobs ?? [];
  }

  /** Nodes to be proven: the planned clones, or all nodes of the database. */
  async prepareProof(): Promise<void> {
    if (this.proving) return;
    const database = await this.#wholeDatabase();
    this.database = database;
    if (!database) return this.list.replace([]);
    const planned = toBeAsked(this.#planned, this.#jobs);
    const nodes = database.nodes.filter(
      ({ unicast, isProvisioner, excluded }) =>
        !isProvisioner && !excluded && (planned.size === 0 || planned.has(unicast)),
    );
    const chips = chipsOf(this.#jobs);
    this.#clones = nodes
      .flatMap((node) => cloneOf(node) ?? [])
      .map((clone) => {
        const chipId = chips.get(clone.unicast);
        return chipId ? { ...clone, chipId } : clone;
      });
    const unwritten = unwrittenOf(this.#planned, planned);
    this.#unwritten = database.nodes
      .filter(({ unicast }) => unwritten.has(unicast))
      .flatMap((node) => cloneOf(node) ?? []);
    const { airRecords } = this.#host;
    await airRecords.look(this.recordSet);
    this.list.replace(this.#clones, airRecords.resultsOf(this.recordSet, database.meshUuid, nodes));
  }
  #clones: readonly CloneToProve[] = [];
  /** Of the plan, and on no board yet. */
  #unwritten: readonly CloneToProve[] = [];

  /** In the demo: those of the network that have power are on the air. */
  async layOut(): Promise<void> {
    const database = await this.#wholeDatabase();
    if (!database) return;
    this.#radio.desk?.populate(
      database,
      powered(database.nodes, this.#planned, this.#jobs),
      this.#radio.ivIndexOf(database),
    );
  }

  /** Which node the proxy is, once it was connected to: whether it is one of this network shows then. */
  proxy = $state('');
  async meetProxy(): Promise<void> {
    const database = await this.#wholeDatabase();
    if (!database || !this.#radio.isOn || this.#radio.way !== 'bluetooth') return;
    try {
      const bearer = await this.#radio.bearerFor(database);
      await bearer.restart();
      const { proxyUnicast } = bearer;
      const node = database.nodes.find(({ unicast }) => unicast === proxyUnicast);
      this.proxy = proxyUnicast ? `${shownName(node?.name || 'A node')} ${addressText(proxyUnicast)}` : '';
    } catch (error) {
      this.#radio.fail(error);
    }
  }

  /** Ask each clone a few seconds after its board was verified, while the next is written; until told otherwise. */
  follow(wanted: boolean): void {
    this.following = wanted;
    this.#stopFollowing();
    if (!wanted) return;
    this.#stopFollowing = $effect.root(() => {
      $effect(() => {
        if (!this.#radio.isOn || this.proving) return; // before the records are looked at: they grow meanwhile
        const known = this.#knownResults;
        if (!this.#jobs.some((job) => isOnBoard(job) && !known.has(job.unicast))) return;
        const timer = setTimeout(() => void this.prove('full', 'new'), FOLLOW_MS);
        return () => clearTimeout(timer);
      });
    });
  }
  #stopFollowing: () => void = () => {};

  get #knownResults(): ReadonlyMap<number, OnAirResult> {
    const { project, plan, airRecords } = this.#host;
    return airRecords.resultsOf(
      this.recordSet,
      project.view.database?.meshUuid ?? '',
      plan.view?.clones ?? [],
    );
  }
  /** Virtual boards and virtual radios go together. */
  get recordSet(): RecordSet {
    return this.#host.bench?.desk ? 'virtual' : this.#radio.recordSet;
  }

  /** Ask every clone that has not answered yet, or only those that nobody asked. */
  async prove(level: 'probe' | 'full', whom: 'unanswered' | 'new' = 'unanswered'): Promise<void> {
    await this.prepareProof();
    const { database } = this;
    if (!database || !this.#radio.isOn || this.proving) return;
    this.proving = true;
    this.paused = false;
    this.#radio.error = null;
    this.findings = [];
    this.#ending = new AbortController();
    const network = uuidDigits(database.meshUuid);
    this.#radio.desk?.populate(
      database,
      powered(database.nodes, this.#planned, this.#jobs),
      this.#radio.ivIndexOf(database),
    );
    const donor = this.#donorIn(database);
    const known = this.rows.flatMap(({ result }) =>
      result && (whom === 'new' || result.verdict === 'alive') ? [result] : [],
    );
    try {
      const bearer = await this.#radio.bearerFor(database);
      if (this.#isAnew) bearer.forgetHeard?.(this.#clones);
      this.#isAnew = false;
      const proof = await proveClones(this.#clones, {
        bearer,
        clock: this.#radio.clock,
        now: currentDate,
        level,
        known,
        unwritten: this.#unwritten,
        ...(donor && { donor }),
        signal: this.#ending.signal,
        gate: () => this.#gate,
        keep: (result) =>
          this.#host.airRecords.keep(this.#radio.recordSet, { kind: 'on-air', network, ...result }),
        onEvent: (event) => this.#show(event),
      });
      this.findings = proof.findings;
      this.#host.announcements.said = `${counted(this.counts.alive, 'clone')} answered.`;
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#radio.fail(error);
    } finally {
      this.proving = false;
      this.stage = '';
      this.list.settle();
    }
  }

  togglePause(): void {
    this.paused = !this.paused;
    if (this.paused) this.#gate = new Promise((resolve) => (this.#openGate = resolve));
    else this.#openGate();
  }
  cancel(): void {
    this.#ending?.abort();
    this.#openGate();
  }
  /** What was heard counts no more: everybody is asked again, also after a reload. Boards may have been written again meanwhile. */
  async askAgain(): Promise<void> {
    if (!this.database) return;
    try {
      await this.#host.airRecords.keep(this.recordSet, {
        kind: 'ask-again',
        network: uuidDigits(this.database.meshUuid),
        clones: this.rows.map(({ unicast }) => unicast),
        at: currentDate().toISOString(),
      });
      this.#isAnew = true;
      this.list.replace(this.#clones);
      this.findings = [];
    } catch (error) {
      this.#radio.fail(error);
    }
  }

  async #wholeDatabase(): Promise<MeshDatabase | null> {
    const { project, plan, engine } = this.#host;
    if (plan.view && !plan.error) {
      const { bytes } = await engine.plan.database({});
      return parseDatabase(bytes);
    }
    const file = project.files.find(({ name }) => name === project.view.database?.fileName);
    return file ? parseDatabase(new Uint8Array(await file.arrayBuffer())) : this.#radio.join.database;
  }

  #donorIn(database: MeshDatabase) {
    const index = this.#host.project.view.donor?.nodeIndex;
    return index === undefined || index === null ? undefined : cloneOf(database.node(index));
  }

  #show(event: ProofEvent): void {
    switch (event.kind) {
      case 'restarting':
        this.stage =
          (this.#radio.way === 'kit' ? 'Setting the kit up' : 'Connecting to the proxy') +
          (event.freshNumbers ? ' anew, with fresh numbers' : '');
        break;
      case 'asking':
        this.stage = event.pass === 'quick' ? 'Asking' : 'Asking the silent ones again';
        this.list.mark(event.unicast, 'asking');
        break;
      case 'put-off':
        this.list.mark(event.unicast, 'put-off');
        break;
      case 'looking-elsewhere':
        this.stage = 'Looking for a silent one elsewhere';
        this.list.mark(event.unicast, 'asking');
        break;
      case 'scanning':
        this.stage = 'Listening for unprovisioned devices';
        break;
      case 'result':
        this.list.conclude(event.result.unicast, event.result);
        break;
    }
  }
}
