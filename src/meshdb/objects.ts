/** How a table of members is held against an object of a file. The tables are in `shapes.ts`, the rules in `rules.ts`. */
import type { DatabaseFormat } from './dialect.ts';
import { shown, type DatabaseCode, type Findings, type Place } from './findings.ts';
import { describe, type Json, type JsonObject } from './json.ts';

/** Where the faults of a file go. */
export interface FaultSink {
  readonly findings: Findings;
  /** A member of the other format; all of them make one finding. */
  foreign(key: string, place: Place): void;
  /** A member that PyACI does not know; all of them make one finding. */
  unknown(key: string, place: Place): void;
}

/** Checks one value; what is wrong with it goes to the sink. */
export interface Rule {
  (value: Json, place: Place, faults: FaultSink): void;
  /** What an object of this rule may hold, or the objects of a list; nothing where all inside is left alone. */
  readonly inside?: Members;
}
const withInside = (inside: Members | undefined, check: Rule): Rule =>
  inside === undefined ? check : Object.assign(check, { inside });
/** A rule that asks something beyond another one. */
export const extending = (rule: Rule, check: Rule): Rule => withInside(rule.inside, check);

export interface Member {
  readonly rule: Rule;
  /** What it means when the member is missing; nothing when it may be. */
  readonly missing?: Missing;
}
interface Missing {
  readonly code: DatabaseCode;
  readonly severity: 'error' | 'warning';
  /** Ends the sentence `phase is missing; ...`. */
  readonly consequence: string;
}
export type Members = Readonly<Record<string, Member>>;

/** Names that ordinary JavaScript objects trip over. Members are kept in arrays here, so they are only reported. */
const TREACHEROUS_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Members that a CDB has and PyACI knows nowhere. */
const CDB_KEYS = new Set(
  [
    'provisionerName allocatedSceneRange firstScene lastScene updated excluded blacklisted heartbeatPub heartbeatSub',
    'numberOfSteps resolution timestamp scenes networkExclusions partial version id number scene addresses',
  ].flatMap((keys) => keys.split(' ')),
);

/** An object with these members; what else it holds is judged by its format. */
export const object = (format: DatabaseFormat, members: Members): Rule =>
  withInside(members, (value, place, faults) => {
    if (value.kind === 'object') checkMembers(value, place, faults, members, unknownMember[format]);
    else wrongContainer('an object', value, place, faults);
  });

/** A list whose items keep a rule; `label` says what to call them in messages. */
export const list = (rule: Rule, label?: (item: Json, index: number) => string): Rule =>
  extending(rule, (value, place, faults) => {
    if (value.kind !== 'array') {
      wrongContainer('a list', value, place, faults);
      return;
    }
    for (const [i, item] of value.items.entries())
      rule(item, place.item(i, label && (() => label(item, i))), faults);
  });

function wrongContainer(wanted: string, value: Json, place: Place, faults: FaultSink): void {
  const found = value.kind === 'string' ? 'a text' : describe(value);
  faults.findings.fault(
    'E08',
    place,
    `${place.name} must be ${wanted}, found ${found}.`,
    'Copy the database again, or restore it from a backup.',
  );
}

export function checkMembers(
  object: JsonObject,
  place: Place,
  faults: FaultSink,
  members: Members,
  unknown: (key: string, value: Json, place: Place, faults: FaultSink) => void,
): void {
  for (const [i, key] of object.keys.entries()) {
    const value = object.values[i]!;
    const at = place.member(key);
    if (TREACHEROUS_KEYS.has(key)) {
      reportTreacherous(key, at, faults);
      scanUnknown(value, at, faults);
    } else if (Object.hasOwn(members, key)) members[key]!.rule(value, at, faults);
    else unknown(key, value, at, faults);
  }
  for (const [key, { missing }] of Object.entries(members))
    if (missing && !object.keys.includes(key)) reportMissing(key, missing, place.member(key), faults);
}

function reportMissing(
  key: string,
  { code, severity, consequence }: Missing,
  place: Place,
  faults: FaultSink,
): void {
  const message = `${place.prefix}${key} is missing; ${consequence}.`;
  const hint = 'Copy or export the database again, or mend it in the provisioner.';
  // what only one of the apps asks for is often missing in every record
  if (severity === 'error') faults.findings.add(severity, code, place, message, hint);
  else faults.findings.addOnce(`${code} ${key}`, severity, code, place, message, hint);
}

/** What a member means that no table lists. */
const unknownMember: Record<
  DatabaseFormat,
  (key: string, value: Json, place: Place, faults: FaultSink) => void
> = {
  /** PyACI ends with an exception at any member it does not know below the top level; forks of it know more. */
  pyaci(key, value, place, faults) {
    scanUnknown(value, place, faults);
    if (CDB_KEYS.has(key)) faults.foreign(key, place);
    else faults.unknown(key, place);
  },
  /** The apps skip what they do not know, and other makers add members of their own. */
  cdb(_, value, place, faults) {
    scanUnknown(value, place, faults);
  },
};

/** At the top level PyACI skips in silence what it does not know, and drops it when it stores. */
export function unknownAtTop(key: string, value: Json, place: Place, faults: FaultSink): void {
  scanUnknown(value, place, faults);
  if (key === 'version' || key === 'id') faults.foreign(key, place);
  else
    faults.findings.add(
      'warning',
      'meshdb/ignored-member',
      place,
      `PyACI does not know the top-level key '${shown(key)}'; it skips it and drops it when it stores the file.`,
      'Keep a copy of the file if you need it.',
    );
}

/** A value no table describes is looked through for what is dangerous anywhere. */
export function scanUnknown(value: Json, place: Place, faults: FaultSink): void {
  if (value.kind === 'number') isExact(value.value, place, faults);
  if (value.kind === 'array')
    for (const [i, item] of value.items.entries()) scanUnknown(item, place.item(i), faults);
  if (value.kind === 'object')
    for (const [i, key] of value.keys.entries()) {
      const at = place.member(key);
      if (TREACHEROUS_KEYS.has(key)) reportTreacherous(key, at, faults);
      scanUnknown(value.values[i]!, at, faults);
    }
}

function reportTreacherous(key: string, place: Place, faults: FaultSink): void {
  faults.findings.fault(
    'E43',
    place,
    `unknown key '${key}'; PyACI stops at unknown keys, and this one can upset programs that are less careful.`,
    'Remove it from the file: no provisioner writes it.',
  );
}

/** Whether every program reads the same number; a fraction is not for this to judge. */
export function isExact(value: number, place: Place, faults: FaultSink): boolean {
  if (Number.isSafeInteger(value) || (!Number.isInteger(value) && Number.isFinite(value))) return true;
  faults.findings.fault(
    'meshdb/number-too-big',
    place,
    `${place.path} is a number beyond 2^53, which programs read differently.`,
    'No value of a mesh network is that big; mend it in the provisioner.',
  );
  return false;
}

// ---- rows of a table ----

export const optional = (rules: Readonly<Record<string, Rule>>): Members =>
  Object.fromEntries(Object.entries(rules).map(([key, rule]) => [key, { rule }]));

/** Members without which the programs of this format refuse the file. */
export const required = (
  format: DatabaseFormat,
  rules: Readonly<Record<string, Rule>>,
  code: DatabaseCode = 'meshdb/missing-member',
  consequence = format === 'pyaci' ? 'PyACI refuses the database' : 'both phone apps refuse the file',
): Members => needed(rules, { code, severity: 'error', consequence });

/** Members that only one of the two phone apps insists on. */
export const requiredBy = (app: 'iOS' | 'Android', rules: Readonly<Record<string, Rule>>): Members =>
  needed(rules, {
    code: 'meshdb/missing-member',
    severity: 'warning',
    consequence: `the ${app} app refuses the file`,
  });

const needed = (rules: Readonly<Record<string, Rule>>, missing: Missing): Members =>
  Object.fromEntries(Object.entries(rules).map(([key, rule]) => [key, { rule, missing }]));
