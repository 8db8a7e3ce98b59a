/** The settings of the Plan step: as typed, as they are kept, and as the wishes they stand for. */
import type { PlanWishes } from '../../clone/index.ts';
import type { CloneOption, OptionChoices } from '../../kinds/index.ts';
import { HIGHEST_UNICAST, isUnicast } from '../../mesh/index.ts';
import { badCount, badFirstAddress, badSkip } from '../errors.ts';
import { takenChoice } from '../text/options.ts';

/** What the fields of the Plan step hold, as typed. */
export interface PlanSettings {
  readonly count: string;
  /** Hex, with or without `0x`; empty for the next free address. */
  readonly first: string;
  /** Empty for the engine's own. */
  readonly nameTemplate: string;
  readonly allocation: 'after-highest' | 'lowest-fit';
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
  allocation: 'after-highest',
  provisioner: '',
  choices: {},
  csv: '',
  names: {},
};

/** A table as it may be shown to anybody: whatever may be a key, or half of one, is dots. */
export const withoutKeys = (csv: string): string => csv.replaceAll(/[0-9a-f]{16,}/gi, '•••• ••••');

/** How 0.1.0 called its default for addresses, which is one with another now. */
const AS_PROVISIONER = 'as-provisioner';

/** In 0.1.0 each option had a member of its own; the number that went with `skip` stood in another. */
const OPTIONS_OF_0_1_0: Readonly<Record<string, string>> = {
  sequence: 'sequence',
  ownPublications: 'own-publications',
  replayCache: 'replay-cache',
  advertiserAddress: 'advertiser-address',
};

/**
 * Settings as they were kept, by this version or by 0.1.0. What is not text, or not known, is left out: they are the plan's own as
 * typed, so it judges them as it does typing.
 */
export function settingsFrom(kept: unknown): PlanSettings {
  const given = objectOf(kept);
  const texts = Object.entries(DEFAULT_SETTINGS).filter(
    ([member, value]) =>
      typeof value === 'string' && typeof given[member] === 'string' && given[member] !== AS_PROVISIONER,
  );
  const old = Object.entries(OPTIONS_OF_0_1_0).map(([member, id]) => [
    id,
    given[member] === 'skip' ? `+${String(given['skipAhead'])}` : given[member],
  ]);
  return {
    ...DEFAULT_SETTINGS,
    ...Object.fromEntries(texts.map(([member]) => [member, given[member]])),
    choices: { ...textsOf(old), ...textsOf(Object.entries(objectOf(given['choices']))) },
    names: textsOf(Object.entries(objectOf(given['names']))),
  };
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const textsOf = (entries: readonly (readonly unknown[])[]): Readonly<Record<string, string>> =>
  Object.fromEntries(entries.filter(([, value]) => typeof value === 'string')) as Record<string, string>;

/** @throws `app/bad-count`, `app/bad-first-address`, `app/bad-skip` */
export function wishesOf(
  settings: PlanSettings,
  options: readonly CloneOption[],
  reserved: NonNullable<PlanWishes['reserved']>,
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
    allocation,
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
  return isUnicast(address) ? address : null;
}

/** A choice as it is kept: a number behind it without what people part thousands with. */
function chosen(option: CloneOption, text: string): string {
  const taken = takenChoice(option, text);
  if (!taken?.number) return text;
  const { value, number } = taken;
  const typed = text.slice(value.length);
  const given = wholeNumber(typed);
  if (given === null || given < number.lowest || given > number.highest)
    throw badSkip(option.id, typed, number);
  return `${value}${given}`;
}
