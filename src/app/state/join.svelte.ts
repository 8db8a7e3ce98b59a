import {
  formatDatabase,
  newNetwork,
  parseDatabase,
  uuidDigits,
  type MeshDatabase,
} from '../../meshdb/index.ts';
import {
  DevicesAround,
  guideRecipe,
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
import type { VirtualDonor } from '../demo/virtual-donor.ts';
import { counted, unicast as addressText } from '../text/words.ts';
import type { Radio, RadioHost } from './radio-parts.ts';

const JSON_FILE = { description: 'Network database', accept: { 'application/json': ['.json'] } } as const;

/** A device joins the network: who is around, what it will be told, and what became of it. */
export class JoinState {
  database = $state.raw<MeshDatabase | null>(null);
  databaseName = $state('');
  /** Made here: there was none. */
  isNewNetwork = $state(false);
  scanning = $state(false);
  around = $state.raw<readonly DeviceAround[]>([]);
  chosen = $state<string | null>(null);
  name = $state('');
  staticOob = $state('');
  recipe = $state.raw<readonly RecipeLine[]>([]);
  outcomes = $state.raw<readonly LineOutcome[]>([]);
  joining = $state<'no' | 'linking' | 'talking' | 'configuring'>('no');
  joined = $state.raw<{
    readonly name: string;
    readonly unicast: number;
    readonly elementCount: number;
  } | null>(null);
  /** The database holds a key that is in this page alone. */
  unstored = $state(false);
  /** Kept in this browser since an earlier visit. */
  keptDatabase = $state.raw<KeptDatabase | null>(null);

  readonly #host: RadioHost;
  readonly #radio: Radio;
  #provisioner: Provisioner | null = null;
  #scan: { readonly ending: AbortController; readonly done: Promise<void> } | null = null;

  constructor(host: RadioHost, radio: Radio) {
    this.#host = host;
    this.#radio = radio;
    window.addEventListener('beforeunload', (event) => {
      if (this.unstored || this.joining !== 'no') event.preventDefault();
    });
    void recallDatabase()
      .then((kept) => (this.keptDatabase = kept))
      .catch(() => null);
  }

  /** The kit is gone, and with it what was under way. */
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
    } else {
      this.database = newNetwork(
        { name: 'BT Mesh', dialect: 'pyaci', appKeyNames: ['lights', 'locks'], now: currentDate() },
        randomBytes,
      );
      this.databaseName = 'mesh.json';
      this.isNewNetwork = true;
    }
    this.setRecipe(guideRecipe(this.database));
  }

  /** Start over with another database. */
  forgetPreparation(): void {
    if (this.joining !== 'no') return;
    this.database = null;
    this.joined = null;
    this.chosen = null;
    this.#provisioner = null;
  }

  setRecipe(recipe: readonly RecipeLine[]): void {
    this.recipe = recipe;
    this.outcomes = recipe.map(() => ({ state: 'waiting' }));
  }

  async startScan(): Promise<void> {
    await this.prepareProvisioning();
    const { database } = this;
    if (!database || !this.#radio.isOn || this.scanning) return;
    const kit = this.#radio.kitFor(database);
    const list = new DevicesAround(() => this.#radio.clock.now());
    const ending = new AbortController();
    this.around = [];
    this.#radio.error = null;
    this.scanning = true;
    const done = kit
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
    const { chosen, database } = this;
    if (!chosen || !database || !this.#radio.isOn || this.joining !== 'no') return;
    await this.stopScan();
    this.joining = 'linking';
    this.#radio.error = null;
    const oob = this.staticOob.trim();
    try {
      const provisioner = this.#provisionerFor(database);
      const device = await provisioner.provision({
        uuid: chosen,
        name: this.name.trim(),
        ...(unicast !== undefined && { unicast }),
        ...(oob && { chooseOob: async () => ({ staticValue: oobBytes(oob) }) }),
        onStep: (step) => this.#follow(step),
      });
      this.#noteJoined(device.unicast);
      await this.#configure(provisioner, device.unicast);
    } catch (error) {
      const { isUnstored = false } = this.#provisioner ?? {};
      this.unstored = isUnstored;
      if (this.#provisioner) this.database = this.#provisioner.database;
      if (isUnstored) this.#noteJoined(this.database!.nodes.at(-1)!.unicast);
      this.#radio.fail(error);
    } finally {
      this.joining = 'no';
    }
  }

  /** Go on with the lines of the recipe that are missing. */
  async goOn(): Promise<void> {
    const { joined, database } = this;
    if (!joined || !database || !this.#radio.isOn || this.joining !== 'no') return;
    this.#radio.error = null;
    try {
      await this.#configure(this.#provisionerFor(database), joined.unicast);
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

  /** For the tour: a network that did not exist before, and in it a lamp and the switch whose clones will be pressed. */
  async provisionSample(): Promise<void> {
    if (!(await this.#radio.connect('virtual'))) return;
    const { sampleStart } = await import('../demo/sample-donor.ts');
    const { database, name, joining } = await sampleStart(currentDate());
    this.forgetPreparation();
    this.database = database;
    this.databaseName = name;
    this.isNewNetwork = true;
    this.#radio.desk?.layOut(true);
    for (const { device, unicast, recipe } of joining) {
      this.joined = null;
      this.setRecipe(recipe);
      await this.startScan();
      this.chosen = await this.#hear(device);
      this.name = device;
      if (this.chosen) await this.provision(unicast);
      if (this.joined === null || this.outcomes.some(({ state }) => state !== 'done')) {
        this.joined = null;
        return;
      }
    }
  }

  /** For the tour: the board of the switch that joined, for a probe to read. */
  async virtualBoard(): Promise<VirtualDonor | null> {
    const { database, databaseName, joined } = this;
    const node = database?.nodes.find(({ unicast }) => unicast === joined?.unicast);
    if (!database || !node?.deviceKey) return null;
    const { joinedBoard } = await import('../demo/virtual-donor.ts');
    const { unicast, elementCount, deviceKey } = node;
    const identity = { unicast, elementCount, deviceKey, uuid: uuidDigits(node.uuid) };
    return joinedBoard(this.#host.engine, identity, database, databaseName);
  }

  async #hear(device: SampleDevice): Promise<string | null> {
    while (this.scanning) {
      const heard = this.around.find(({ uuid }) => this.#radio.desk?.deviceOf(uuid) === device);
      if (heard) return heard.uuid;
      await this.#radio.clock.sleep(200);
    }
    return null;
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

  #provisionerFor(database: MeshDatabase): Provisioner {
    const kit = this.#radio.kitFor(database);
    this.#provisioner ??= new Provisioner({
      bearer: kit,
      database,
      store: (changed) => this.#storeDatabase(changed),
      stamp: () => ({ now: currentDate(), timeZoneOffsetMinutes: currentDate().getTimezoneOffset() }),
      ivIndex: this.#radio.ivIndexOf(database),
      addresses: { reserved: this.#host.plan.reserved },
    });
    return this.#provisioner;
  }

  async #storeDatabase(database: MeshDatabase): Promise<void> {
    this.database = database;
    if (this.#radio.kind === 'virtual') return; // of a network that is nobody’s
    const kept = { name: this.databaseName, bytes: formatDatabase(database) };
    await keepDatabase(kept);
    this.keptDatabase = kept;
  }

  async #configure(provisioner: Provisioner, unicast: number): Promise<void> {
    this.joining = 'configuring';
    this.outcomes = this.recipe.map(() => ({ state: 'waiting' }));
    const outcomes = await provisioner.configure(unicast, this.recipe, (index, outcome) => {
      this.outcomes = this.outcomes.with(index, outcome);
    });
    const open = outcomes.filter(({ state }) => state !== 'done' && state !== 'already').length;
    this.#noteJoined(unicast);
    this.#host.announcements.said =
      open === 0 ? 'The node is configured.' : `${counted(open, 'line')} of the recipe are open.`;
  }

  #follow(step: ProvisioningStep): void {
    if (step.kind === 'link') this.joining = 'talking';
    if (step.kind === 'stored') this.#host.announcements.said = 'The device key is stored.';
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

/** Hex digits, at most 16 bytes; what is no hex is taken as text. */
function oobBytes(given: string): Uint8Array {
  const isHex = /^([0-9a-f]{2}){1,16}$/i.test(given);
  const bytes = isHex
    ? Uint8Array.from(given.match(/../g)!, (pair) => Number.parseInt(pair, 16))
    : new TextEncoder().encode(given);
  return bytes.slice(0, 16);
}
