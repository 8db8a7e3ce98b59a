import { reportOf, type ErrorReport } from '../../errors.ts';
import type { PlanWishes } from '../../clone/index.ts';
import type { CloneOption, OptionChoices } from '../../kinds/index.ts';
import { LIMITS } from '../../limits.ts';
import { HIGHEST_UNICAST } from '../../mesh/index.ts';
import type { Engine, PlanView } from '../../worker/index.ts';
import { readText } from '../browser/read-file.ts';
import { saveBlob } from '../browser/save.ts';
import { badCount, badFirstAddress, badSkip } from '../errors.ts';

/** What the fields of the Plan step hold, as typed. */
export interface PlanSettings {
  readonly count: string;
  /** Hex, with or without `0x`; empty for the next free address. */
  readonly first: string;
  /** Empty for the engine's own. */
  readonly nameTemplate: string;
  /** `as-provisioner`: what the database's own provisioner would take next. */
  readonly allocation: 'after-highest' | 'lowest-fit' | 'as-provisioner';
  /** Name or UUID; empty for the database's first. */
  readonly provisioner: string;
  /** By id of the option; a number behind its choice is as typed. Those left out are at their defaults. */
  readonly choices: OptionChoices;
  readonly csv: string;
  /** Given one by one, by the clone's place from 0. */
  readonly names: Readonly<Record<number, string>>;
}

export const DEFAULT_SETTINGS: PlanSettings = {
  count: '20',
  first: '',
  nameTemplate: '',
  allocation: 'as-provisioner',
  provisioner: '',
  choices: {},
  csv: '',
  names: {},
};

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

/** Long enough to type a number, short enough to feel immediate. */
const SETTLE_MS = 200;

export class PlanState {
  settings = $state.raw(DEFAULT_SETTINGS);
  /** The last plan that worked; it stands while an error is being mended. */
  view = $state.raw<PlanView | null>(null);
  error = $state.raw<ErrorReport | null>(null);
  busy = $state(false);
  /** Addresses that are on boards already, although the database may not know them. */
  reserved: NonNullable<PlanWishes['reserved']> = [];
  /** What may be chosen about clones of this donor. */
  options = $state.raw<readonly CloneOption[]>([]);

  readonly #engine: Engine;
  #latest: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
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
   * Give one clone a name of its own, or with an empty one take it back. A name that cannot be leaves the plan as it was.
   *
   * @returns what is wrong with it; `null` when it is taken
   */
  async rename(index: number, name: string): Promise<ErrorReport | null> {
    const before = this.settings;
    const { [index]: _, ...others } = before.names;
    const names = name.trim() === '' ? others : { ...others, [index]: name.trim() };
    this.settings = { ...before, names };
    await this.refresh();
    const { error } = this;
    if (error && this.settings.names === names) {
      this.settings = before;
      await this.refresh();
    }
    return error;
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    this.#latest?.abort();
    const attempt = (this.#latest = new AbortController());
    const current = () => this.#latest === attempt;
    this.busy = true;
    try {
      const wishes = wishesOf(this.settings, this.options, this.reserved);
      const view = await this.#engine.plan.make(wishes, { signal: attempt.signal });
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

/** @throws `app/bad-count`, `app/bad-first-address`, `app/bad-skip` */
function wishesOf(
  settings: PlanSettings,
  options: readonly CloneOption[],
  reserved: PlanState['reserved'],
): PlanWishes {
  const { nameTemplate, provisioner, csv, names, allocation } = settings;
  const count = wholeNumber(settings.count);
  if (count === null || count < 1 || count >= HIGHEST_UNICAST) throw badCount(settings.count);
  const firstUnicast = settings.first.trim() === '' ? undefined : parseUnicast(settings.first);
  if (firstUnicast === null) throw badFirstAddress(settings.first);
  return {
    count,
    reserved,
    names,
    choices: Object.fromEntries(
      options.map((option) => [option.id, chosen(option, settings.choices[option.id] ?? option.default)]),
    ),
    ...(allocation !== 'as-provisioner' && { allocation }),
    ...(firstUnicast !== undefined && { firstUnicast }),
    ...(nameTemplate.trim() !== '' && { nameTemplate: nameTemplate.trim() }),
    ...(provisioner.trim() !== '' && { provisioner: provisioner.trim() }),
    ...(csv.trim() !== '' && { table: csv }),
  };
}

/** Thousands may be parted by commas, thin or common blanks. */
function wholeNumber(text: string): number | null {
  const digits = text.replaceAll(/[,\s\u2009\u202f]/g, '');
  return /^\d{1,8}$/.test(digits) ? Number(digits) : null;
}

/** Always hex, as everywhere in the field: `0x0053`, `0053` and `53` are the same. */
export function parseUnicast(text: string): number | null {
  const digits = /^\s*(?:0x)?([0-9a-f]{1,4})\s*$/i.exec(text)?.[1];
  const address = digits === undefined ? 0 : Number.parseInt(digits, 16);
  return address >= 1 && address <= 0x7fff ? address : null;
}

/** A choice as it is kept: a number behind it without what people part thousands with. */
function chosen({ id, choices }: CloneOption, text: string): string {
  const taken = choices.find(({ value, number }) => number && text.startsWith(value));
  if (!taken) return text;
  const { value, number } = taken;
  const typed = text.slice(value.length);
  const given = wholeNumber(typed);
  if (given === null || given < number!.lowest || given > number!.highest) throw badSkip(id, typed, number!);
  return `${value}${given}`;
}

const CSV_FILE: FilePickerAcceptType = { description: 'Table', accept: { 'text/csv': ['.csv'] } };
