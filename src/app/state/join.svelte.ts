import { reportOf, type Finding } from '../../errors.ts';
import { newUuid } from '../../mesh/index.ts';
import {
  formatDatabase,
  newNetwork,
  parseDatabase,
  parseUuid,
  uuidDigits,
  type MeshDatabase,
} from '../../meshdb/index.ts';
import {
  DevicesAround,
  guideRecipe,
  readFeatures,
  Provisioner,
  type DeviceAround,
  type LineOutcome,
  type ProvisioningStep,
  type RecipeLine,
} from '../../provision/index.ts';
import { currentDate, randomBytes } from '../browser/platform.ts';
import { forgetDatabase, keepDatabase, recallDatabase, type KeptDatabase } from '../browser/radio-memory.ts';
import { saveBlob } from '../browser/save.ts';
import type { SampleDevice } from '../demo/sample-donor.ts';
import { counted, unicast as addressText } from '../text/words.ts';
import { badUuid } from '../errors.ts';
import { OobState } from './oob.svelte.ts';
import { PendingState } from './pending.svelte.ts';
import type { Radio, RadioBearer, RadioHost } from './radio-parts.ts';

const JSON_FILE = { description: 'Network database', accept: { 'application/json': ['.json'] } } as const;

/** A device that was chosen by its name alone shows itself for so long, where its firmware can. */
const ATTENTION_SECONDS = 5;

/** A device joins the network: who is around, what it will be told, and what became of it. */
export class JoinState {
  database = $state.raw<MeshDatabase | null>(null);
  databaseName = $state('');
  /** Made here: there was none. */
  isNewNetwork = $state(false);
  /** In the demo, what waits to join: with the sample, the switch that it is about. */
  waiting: readonly SampleDevice[] = ['lamp'];
  scanning = $state(false);
  around = $state.raw<readonly DeviceAround[]>([]);
  chosen = $state<string | null>(null);
  name = $state('');
  /** As the chip or a label tells it; a browser does not. One is made up where it is empty. */
  uuid = $state('');
  recipe = $state.raw<readonly RecipeLine[]>([]);
  outcomes = $state.raw<readonly LineOutcome[]>([]);
  joining = $state<'no' | 'linking' | 'talking' | 'configuring'>('no');
  joined = $state.raw<{
    readonly name: string;
    readonly unicast: number;
    readonly elementCount: number;
  } | null>(null);
  /** Of its features, once it is configured: all its clones will have them. */
  findings = $state.raw<readonly Finding[]>([]);
  /** The database holds a key that is in this page alone. */
  unstored = $state(false);
  /** One that was given its keys and has not said whether it took them. */
  readonly pending: PendingState;
  /** How the node proves that it is the right one. */
  readonly oob = new OobState();
  /** Kept in this browser since an earlier visit. */
  keptDatabase = $state.raw<KeptDatabase | null>(null);

  readonly #host: RadioHost;
  readonly #radio: Radio;
  #provisioner: Provisioner | null = null;
  #bearer: RadioBearer | null = null;
  #joins = { uuid: '', name: '' };
  #scan: { readonly ending: AbortController; readonly done: Promise<void> } | null = null;

  constructor(host: RadioHost, radio: Radio) {
    this.#host = host;
    this.#radio = radio;
    this.pending = new PendingState(() => radio.isVirtual);
    window.addEventListener('beforeunload', (event) => {
      if (this.unstored || this.joining !== 'no') event.preventDefault();
    });
    const recall = () =>
      Promise.all([this.pending.recall(), recallDatabase().then((kept) => (this.keptDatabase = kept))]);
    // what does not open is told where the page begins, and one that keeps nothing is no failure
    const look = () => recall().catch(() => null);
    host.events.on('keptOpened', look);
    void look();
  }

  /** Whether something is chosen that can be provisioned. */
  get isReady(): boolean {
    const { isOn, way, purpose } = this.#radio;
    return isOn && (way === 'bluetooth' ? purpose === 'join' : this.chosen !== null);
  }

  /** The radio is gone, and with it what was under way. */
  async leave(): Promise<void> {
    await this.stopScan();
    if (!this.unstored) this.#provisioner = null;
  }

  /** The database that is open, or a new network. */
  async prepareProvisioning(): Promise<void> {
    if (this.database) return;
    const { view, files } = this.#host.project;
    const file = files.find(({ name }) => name === view.database?.fileName);
    if (file) {
      this.database = parseDatabase(new Uint8Array(await file.arrayBuffer()));
      this.databaseName = file.name;
      this.isNewNetwork = false;
      this.waiting = this.#host.demo !== null && view.donor !== null ? ['switch', 'lamp'] : ['lamp'];
    } else {
      this.database = newNetwork(
        { name: 'BT Mesh', dialect: 'pyaci', appKeyNames: ['lights', 'locks'], now: currentDate() },
        randomBytes,
      );
      this.databaseName = 'mesh.json';
      this.isNewNetwork = true;
      this.waiting = ['lamp'];
    }
    this.setRecipe(guideRecipe(this.database));
  }

  /** Start over with another database. */
  forgetPreparation(): void {
    if (this.joining !== 'no') return;
    this.database = null;
    this.joined = null;
    this.findings = [];
    this.chosen = null;
    this.#provisioner = null;
  }

  setRecipe(recipe: readonly RecipeLine[]): void {
    this.recipe = recipe;
    this.outcomes = recipe.map(() => ({ state: 'waiting' }));
  }

  /** In the demo: something waits to be provisioned. */
  layOut(): void {
    this.#radio.desk?.layOut(this.waiting);
  }

  async startScan(): Promise<void> {
    await this.prepareProvisioning();
    this.layOut();
    const { database } = this;
    if (!database || !this.#radio.isOn || this.#radio.way !== 'kit' || this.scanning) return;
    const bearer = await this.#radio.bearerFor(database);
    const list = new DevicesAround(() => this.#radio.clock.now());
    const ending = new AbortController();
    this.around = [];
    this.#radio.error = null;
    this.scanning = true;
    const done = bearer
      .scan((beacon) => {
        list.hear(beacon);
        this.around = list.devices;
      }, ending.signal)
      .catch((error: unknown) => this.#radio.fail(error))
      .finally(() => (this.scanning = false));
    this.#scan = { ending, done };
  }

  async stopScan(): Promise<void> {
    this.#scan?.ending.abort();
    await this.#scan?.done;
    this.#scan = null;
  }

  /**
   * Provision the chosen device, and tell it what the recipe says.
   *
   * @param unicast  its first address; the next free one where left out
   */
  async provision(unicast?: number): Promise<void> {
    const { database } = this;
    if (!database || !this.isReady || this.joining !== 'no') return;
    const isBluetooth = this.#radio.way === 'bluetooth';
    await this.stopScan();
    this.joining = 'linking';
    this.#radio.error = null;
    this.#radio.desk?.awaitPerson(this.oob.needsPerson);
    try {
      const uuid = isBluetooth ? this.#uuidOfChosen() : this.chosen!;
      const provisioner = await this.#provisionerFor(database, { uuid, name: this.name.trim() });
      const device = await provisioner.provision({
        uuid,
        name: this.name.trim(),
        ...(unicast !== undefined && { unicast }),
        attentionSeconds: isBluetooth ? ATTENTION_SECONDS : 0,
        chooseOob: async (capabilities) => this.oob.choose(capabilities),
        readTyped: (action, size) => this.oob.askFor(action, size, this.#radio.desk?.shown ?? null),
        show: (action, value) => this.oob.show(action, value),
        onStep: (step) => this.#follow(step),
      });
      this.#radio.purpose = 'reach'; // the same node is the way to all others now
      this.#noteJoined(device.unicast);
      await this.#configure(provisioner, device.unicast);
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.oob.close();
      this.#radio.desk?.awaitPerson(false);
      this.joining = 'no';
    }
  }

  async #failed(error: unknown): Promise<void> {
    const { isUnstored = false } = this.#provisioner ?? {};
    this.unstored = isUnstored;
    if (this.#provisioner) this.database = this.#provisioner.database;
    if (isUnstored) this.#noteJoined(this.database!.nodes.at(-1)!.unicast);
    const { code } = reportOf(error);
    // in all other ways to fail, the device was not given its keys or is in the database
    if (code !== 'mesh/complete-lost' && code !== 'provision/database-not-stored')
      await this.pending.forget();
    this.#radio.fail(error);
  }

  /** Ask the device that may have joined, and go on with it if it has. */
  async askPending(): Promise<void> {
    const pending = this.pending.device;
    if (!pending || !this.#radio.isOn || this.joining !== 'no') return;
    this.joining = 'talking';
    this.#radio.error = null;
    try {
      this.database = parseDatabase(pending.database.bytes);
      this.databaseName = pending.database.name;
      this.#provisioner = null;
      const provisioner = await this.#provisionerFor(this.database, pending);
      await provisioner.confirmPending(pending, pending.device);
      this.setRecipe(guideRecipe(this.database));
      this.#noteJoined(pending.device.unicast);
      await this.#configure(provisioner, pending.device.unicast);
    } catch (error) {
      this.#radio.fail(error);
    } finally {
      this.joining = 'no';
    }
  }

  #uuidOfChosen(): string {
    const given = this.uuid.trim();
    const uuid = given === '' ? newUuid(randomBytes) : parseUuid(given);
    if (!uuid) throw badUuid(given);
    return uuidDigits(uuid);
  }

  /** Go on with the lines of the recipe that are missing. */
  async goOn(): Promise<void> {
    const { joined, database } = this;
    if (!joined || !database || !this.#radio.isOn || this.joining !== 'no') return;
    this.#radio.error = null;
    try {
      await this.#configure(await this.#provisionerFor(database), joined.unicast);
    } catch (error) {
      this.#radio.fail(error);
    } finally {
      this.joining = 'no';
    }
  }

  async storeAgain(): Promise<void> {
    try {
      await this.#provisioner?.storeAgain();
      this.unstored = false;
    } catch (error) {
      this.#radio.fail(error);
    }
  }

  /** @returns whether it was saved */
  async saveDatabase(): Promise<boolean> {
    if (!this.database) return false;
    try {
      const blob = new Blob([formatDatabase(this.database) as Uint8Array<ArrayBuffer>]);
      const saved = await saveBlob(this.databaseName, blob, JSON_FILE);
      if (saved) {
        this.unstored = false;
        await forgetDatabase().catch(() => undefined);
        this.keptDatabase = null;
      }
      return saved;
    } catch (error) {
      this.#radio.fail(error);
      return false;
    }
  }

  /** The database with the new node is the one to go on with. */
  async useDatabase(goOn: 'donor' | 'tour' = 'donor'): Promise<void> {
    if (!this.database) return;
    const bytes = formatDatabase(this.database) as Uint8Array<ArrayBuffer>;
    await this.#host.open([new File([bytes], this.databaseName, { type: 'application/json' })], goOn);
  }

  /** Take up the database that an earlier visit left here. */
  useKept(): void {
    if (!this.keptDatabase) return;
    this.database = parseDatabase(this.keptDatabase.bytes);
    this.databaseName = this.keptDatabase.name;
    this.isNewNetwork = false;
    this.setRecipe(guideRecipe(this.database));
    const last = this.database.nodes.at(-1);
    if (last) this.#noteJoined(last.unicast);
  }

  /** @param joins  the device that is to be provisioned */
  async #provisionerFor(
    database: MeshDatabase,
    joins: { readonly uuid: string; readonly name: string } | null = null,
  ): Promise<Provisioner> {
    if (joins) this.#joins = joins;
    const bearer = await this.#radio.bearerFor(database);
    if (this.#provisioner && this.#bearer === bearer) return this.#provisioner;
    this.#bearer = bearer;
    return (this.#provisioner = new Provisioner({
      bearer,
      database,
      store: (changed) => this.#storeDatabase(changed),
      storePending: (device) =>
        this.pending.keep(
          {
            database: {
              name: this.databaseName,
              bytes: formatDatabase(this.#provisioner?.database ?? database),
            },
            ...this.#joins,
          },
          device,
        ),
      stamp: () => ({ now: currentDate(), timeZoneOffsetMinutes: currentDate().getTimezoneOffset() }),
      ivIndex: this.#radio.ivIndexOf(database),
      addresses: { reserved: this.#host.plan.reserved },
    }));
  }

  async #storeDatabase(database: MeshDatabase): Promise<void> {
    this.database = database;
    if (!this.#radio.isVirtual) {
      const kept = { name: this.databaseName, bytes: formatDatabase(database) };
      await keepDatabase(kept);
      this.keptDatabase = kept;
    } // a virtual network is nobody’s
    const waiting = this.pending.device?.device;
    if (waiting && database.nodes.some(({ unicast }) => unicast === waiting.unicast))
      await this.pending.forget();
  }

  async #configure(provisioner: Provisioner, unicast: number): Promise<void> {
    this.joining = 'configuring';
    this.outcomes = this.recipe.map(() => ({ state: 'waiting' }));
    const channel = await provisioner.openNode(unicast);
    let open: number;
    try {
      const outcomes = await provisioner.configureOver(channel, this.recipe, (index, outcome) => {
        this.outcomes = this.outcomes.with(index, outcome);
      });
      open = outcomes.filter(({ state }) => state !== 'done' && state !== 'already').length;
      this.#noteJoined(unicast);
      if (open === 0) this.findings = (await readFeatures(channel)).findings;
    } finally {
      await channel.close();
    }
    this.#host.announcements.said =
      open === 0 ? 'The node is configured.' : `${counted(open, 'line')} of the recipe are open.`;
  }

  #follow(step: ProvisioningStep): void {
    if (step.kind === 'link') this.joining = 'talking';
    if (step.kind !== 'stored') return;
    this.oob.close();
    this.#radio.desk?.awaitPerson(false);
    this.#host.announcements.said = 'The device key is stored.';
  }

  #noteJoined(unicast: number): void {
    const node = this.database?.nodes.find((other) => other.unicast === unicast);
    this.joined = {
      name: node?.name || addressText(unicast),
      unicast,
      elementCount: node?.elementCount ?? 1,
    };
  }
}
