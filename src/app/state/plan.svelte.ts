import { errorFrom, KnownError, reportOf, type ErrorReport } from '../../errors.ts';
import type { PlanWishes, RunPlan } from '../../clone/index.ts';
import type { UnicastRun } from '../../mesh/index.ts';
import type { CloneOption } from '../../kinds/index.ts';
import { LIMITS } from '../../limits.ts';
import type { Engine, KindView, PlanView } from '../../worker/index.ts';
import { readText } from '../browser/read-file.ts';
import { saveBlob } from '../browser/save.ts';
import { DEFAULT_SETTINGS, wishesOf, type PlanSettings } from './plan-settings.ts';
import { shownName } from '../../visible.ts';

export type PlanField =
  'count' | 'firstUnicast' | 'nameTemplate' | 'provisioner' | 'csv' | `option ${string}`;

const FIELDS: Readonly<Record<string, PlanField>> = {
  'app/bad-count': 'count',
  'app/bad-first-address': 'firstUnicast',
  'app/file-too-large': 'csv',
  'app/unreadable-file': 'csv',
  'clone/bad-count': 'count',
  'clone/name-twice': 'nameTemplate',
  'flashfs/address-collision': 'firstUnicast',
  'flashfs/not-unicast': 'firstUnicast',
  'meshdb/address-outside': 'firstUnicast',
  'meshdb/address-taken': 'firstUnicast',
  'meshdb/bad-identity': 'csv',
  'meshdb/bad-table': 'csv',
  'meshdb/duplicate-identity': 'csv',
  'meshdb/no-room': 'count',
  'meshdb/no-such-provisioner': 'provisioner',
  'meshdb/table-too-large': 'csv',
};

/** The field an error belongs to; `null` where it belongs to none. */
export const fieldOf = ({ code, facts }: ErrorReport): PlanField | null =>
  typeof facts['option'] === 'string' ? `option ${facts['option']}` : (FIELDS[code] ?? null);

/** What the plan knows of a kind of node. */
export type PlannedKind = Pick<KindView, 'donor' | 'options'>;

/** Long enough to type a number, short enough to feel immediate. */
const SETTLE_MS = 200;

export class PlanState {
  /** Of each kind of node, by its place in the project. */
  allSettings = $state.raw<readonly PlanSettings[]>([DEFAULT_SETTINGS]);
  /** Place of the kind of node whose settings are looked at. */
  active = $state(0);
  /** The last plan that worked; it stands while an error is being mended. */
  view = $state.raw<PlanView | null>(null);
  error = $state.raw<ErrorReport | null>(null);
  busy = $state(false);
  /** Addresses that are on boards already, although the database may not know them. */
  reserved: readonly UnicastRun[] = [];
  /** The kinds of node there are, and what may be chosen about their clones. */
  kinds = $state.raw<readonly PlannedKind[]>([]);
  /** What may be chosen about clones of the active one. */
  readonly options: readonly CloneOption[] = $derived(this.kinds[this.active]?.options ?? []);

  readonly #engine: Engine;
  #latest: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Those of the active kind of node. */
  get settings(): PlanSettings {
    return this.allSettings[this.active] ?? DEFAULT_SETTINGS;
  }
  set settings(settings: PlanSettings) {
    this.#setSettings(this.active, settings);
  }

  #setSettings(kind: number, settings: PlanSettings) {
    const length = Math.max(this.allSettings.length, kind + 1);
    this.allSettings = Array.from({ length }, (_, i) =>
      i === kind ? settings : (this.allSettings[i] ?? DEFAULT_SETTINGS),
    );
  }

  /** A table to fill in, or the plan as one: that holds the device keys of the clones. */
  async saveTable(what: 'template' | 'plan'): Promise<void> {
    const { name, bytes } = await (what === 'plan'
      ? this.#engine.plan.table()
      : this.#engine.plan.emptyTable());
    await saveBlob(name, new Blob([bytes as Uint8Array<ArrayBuffer>]), CSV_FILE).catch((error: unknown) => {
      this.error = reportOf(error);
    });
  }

  /** @returns the text of a table in a file; `null` when it cannot be read, which `error` then tells */
  async readTable(file: File): Promise<string | null> {
    try {
      return await readText(file, LIMITS.tableCharacters);
    } catch (error) {
      this.error = reportOf(error);
      return null;
    }
  }

  /** Change some settings; planned again once typing has settled. */
  change(changes: Partial<PlanSettings>) {
    this.settings = { ...this.settings, ...changes };
    this.busy = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), SETTLE_MS);
  }

  /**
   * Give one clone, by its place in the run, a name of its own, or with an empty one take it back. A name that cannot be leaves the plan as it was.
   *
   * @returns what is wrong with it; `null` when it is taken
   */
  async rename(index: number, name: string): Promise<ErrorReport | null> {
    const group = this.view?.groups[this.view.clones[index]?.group ?? 0];
    const kind = group?.kind ?? this.active;
    const place = index - (group?.first ?? 0);
    const before = this.allSettings[kind] ?? DEFAULT_SETTINGS;
    const { [place]: _, ...others } = before.names;
    const names = name.trim() === '' ? others : { ...others, [place]: name.trim() };
    this.#setSettings(kind, { ...before, names });
    await this.refresh();
    const { error } = this;
    if (error && this.allSettings[kind]?.names === names) {
      this.#setSettings(kind, before);
      await this.refresh();
    }
    return error;
  }

  /** Plan what the settings say. */
  refresh(): Promise<void> {
    return this.#attempt((signal) => this.#engine.plan.make(this.#wishes(), { signal }));
  }

  /** Of each kind of node; those of a kind without a donor are not looked at. */
  #wishes(): readonly PlanWishes[] {
    const several = this.kinds.filter(({ donor }) => donor).length > 1;
    return this.kinds.map(({ options, donor }, kind) => {
      const settings = this.allSettings[kind] ?? DEFAULT_SETTINGS;
      if (!donor) return {};
      try {
        return wishesOf(settings, options, this.reserved);
      } catch (error) {
        if (!several || !(error instanceof KnownError)) throw error;
        throw errorFrom({
          ...reportOf(error),
          message: `Clones of ${shownName(donor.name)}: ${error.message}`,
          facts: { ...error.facts, group: this.kinds.slice(0, kind).filter((one) => one.donor).length },
        });
      }
    });
  }

  /** Whether what is wrong is a setting of the active kind of node. */
  get errorIsHere(): boolean {
    const group = this.error?.facts['group'];
    return (
      typeof group !== 'number' ||
      this.kinds.flatMap(({ donor }, kind) => (donor ? [kind] : []))[group] === this.active
    );
  }

  /** See the plan from the kind of node that is looked at now; it stays as it is. */
  async look(): Promise<void> {
    if (this.view) this.view = await this.#engine.plan.look();
  }

  /** Go on with a kept plan as it was made. One of another donor is refused, which `error` then tells. */
  adopt(plan: RunPlan): Promise<void> {
    return this.#attempt((signal) => this.#engine.plan.adopt({ plan, reserved: this.reserved }, { signal }));
  }

  /** Only the latest attempt counts. */
  async #attempt(ask: (signal: AbortSignal) => Promise<PlanView>): Promise<void> {
    clearTimeout(this.#timer);
    this.#latest?.abort();
    const attempt = (this.#latest = new AbortController());
    const current = () => this.#latest === attempt;
    this.busy = true;
    try {
      const view = await ask(attempt.signal);
      if (!current()) return;
      this.view = view;
      this.error = null;
    } catch (error) {
      if (current() && !attempt.signal.aborted) this.error = reportOf(error);
    } finally {
      if (current()) this.busy = false;
    }
  }

  /** There is no donor any more. */
  clear() {
    clearTimeout(this.#timer);
    this.#latest?.abort();
    this.#latest = null;
    this.view = null;
    this.error = null;
    this.busy = false;
  }
}

const CSV_FILE: FilePickerAcceptType = { description: 'Table', accept: { 'text/csv': ['.csv'] } };
