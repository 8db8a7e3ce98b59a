/**
 * The rules that single values of a database keep, and the catalogue's word for breaking them.
 *
 * Source: docs/database-formats.md; PyACI as its classes of release 5.0.0 behave, CDB as the importers of the nRF Mesh apps
 * for Android and iOS do.
 *
 * Long because it is one list of rules, each with its words.
 */
import { hex } from '../bytes.ts';
import type { DatabaseFormat } from './dialect.ts';
import { shown, type DatabaseCode, type Place } from './findings.ts';
import { describe, member, stringOf, type Json, type JsonNumber } from './json.ts';
import {
  extending,
  isExact,
  list,
  object,
  required,
  requiredBy,
  optional,
  scanUnknown,
  type FaultSink,
  type Rule,
} from './objects.ts';

const mendIt = 'Mend it in the provisioner, or export again.';
const readComposition = 'Read the composition data of the node again.';
const setAgain = 'Set it again with the provisioner.';

/** Nothing is asked of it but that it is harmless. */
export const anything: Rule = scanUnknown;

/** Android writes `null` for what a node has not told. */
export const orNull = (rule: Rule): Rule =>
  extending(rule, (value, place, faults) => {
    if (!isNull(value)) rule(value, place, faults);
  });
const isNull = (value: Json): boolean => value.kind === 'literal' && value.value === null;

function wrongForm(value: Json, wanted: string, place: Place, faults: FaultSink): void {
  faults.findings.fault(
    'E36',
    place,
    `${place.name} is ${describe(value)}; this format wants ${wanted}.`,
    mendIt,
  );
}

export const text: Rule = (value, place, faults) => {
  if (value.kind !== 'string') wrongForm(value, 'a text', place, faults);
};

export const flag: Rule = (value, place, faults) => {
  if (value.kind !== 'literal' || value.value === null) wrongForm(value, 'true or false', place, faults);
};

export const whole =
  (low: number, high: number): Rule =>
  (value, place, faults) => {
    if (isWhole(value, place, faults) && (value.value < low || value.value > high))
      outOfSpan(place, String(value.value), `${low} to ${high}`, faults);
  };
function isWhole(value: Json, place: Place, faults: FaultSink): value is JsonNumber {
  if (value.kind !== 'number') wrongForm(value, 'a number', place, faults);
  else if (!value.whole)
    faults.findings.fault('E36', place, `${place.name} ${value.value} is not a whole number.`, mendIt);
  else return isExact(value.value, place, faults);
  return false;
}
function outOfSpan(place: Place, found: string, allowed: string, faults: FaultSink): void {
  faults.findings.fault(
    'meshdb/out-of-span',
    place,
    `${place.name} is ${found}; ${allowed} is allowed.`,
    setAgain,
  );
}

/** A name for people. */
export const name: Rule = (value, place, faults) => {
  text(value, place, faults);
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  if (/[\u0000-\u001f\u007f]/.test(stringOf(value) ?? ''))
    faults.findings.fault(
      'meshdb/control-character',
      place,
      `${place.name} '${shown(stringOf(value)!)}' holds control characters.`,
      'Rename it in the provisioner; file names and lists leave these characters out.',
      'warning',
    );
};

/** What PyACI leaves out when it is empty, and then misses. */
export const notEmpty = (rule: Rule): Rule =>
  extending(rule, (value, place, faults) => {
    rule(value, place, faults);
    if (stringOf(value) === '' || (value.kind === 'array' && value.items.length === 0))
      faults.findings.fault(
        'meshdb/empty-member',
        place,
        `${place.name} is empty. PyACI loads that once, leaves it out when it stores, and then cannot load the file again.`,
        'Give it a value before PyACI stores the file.',
      );
  });

// ---- keys and UUIDs ----

/** A key of 16 bytes. Nothing of it is ever shown. */
export const key =
  (format: DatabaseFormat): Rule =>
  (value, place, faults) => {
    const hint = 'Take the key from a backup of the database; it is not shown here.';
    const what = place.name === 'deviceKey' ? 'the device key' : place.name;
    if (value.kind !== 'string') {
      faults.findings.fault('E36', place, `${what} is not a text; 32 hex digits are needed.`, hint);
      return;
    }
    // PyACI reads blanks between the bytes
    const digits = format === 'pyaci' ? value.value.replaceAll(' ', '') : value.value;
    const strange = digits.search(/[^0-9a-fA-F]/);
    if (strange !== -1)
      faults.findings.fault(
        'E11',
        place,
        `${what} contains a character that is not a hex digit (position ${strange}, counted from 0).`,
        hint,
      );
    else if (digits.length !== 32)
      faults.findings.fault('E10', place, `${what} has ${digits.length} hex digits, 32 are needed.`, hint);
  };

/** In a CDB a missing key may also be written as an empty text, but never as `null`. */
export const deviceKey =
  (format: DatabaseFormat): Rule =>
  (value, place, faults) => {
    if (isNull(value))
      faults.findings.fault(
        'E12',
        place,
        `the device key is null; ${format === 'pyaci' ? 'PyACI' : 'the Android app'} refuses the whole file.`,
        'Export the whole network with device keys, or take the key from a backup.',
      );
    else if (format === 'pyaci' || stringOf(value) !== '') key(format)(value, place, faults);
  };

export const uuid =
  (format: DatabaseFormat): Rule =>
  (value, place, faults) => {
    const found = stringOf(value);
    if (found === undefined) {
      wrongForm(value, 'a text', place, faults);
      return;
    }
    const isPlain = /^[0-9a-f]{32}$/i.test(found);
    const isDashed = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(found);
    if (isPlain || (isDashed && format === 'cdb')) return;
    const what = place.name === 'UUID' ? 'the UUID' : place.name;
    faults.findings.fault(
      'E26',
      place,
      isDashed
        ? `${what} is written with dashes; PyACI accepts 32 hex digits only.`
        : `${what} '${shown(found)}' must have 32 hex digits.`,
      format === 'pyaci' ? 'Write 32 hex digits without dashes.' : mendIt,
    );
  };

export const securityWord =
  (format: DatabaseFormat): Rule =>
  (value, place, faults) => {
    const found = stringOf(value);
    const allowed = format === 'pyaci' ? ['low', 'high'] : ['secure', 'insecure', 'low', 'high'];
    if (found === undefined) wrongForm(value, 'a text', place, faults);
    else if (!allowed.includes(found))
      faults.findings.fault(
        'E27',
        place,
        `${place.name} is '${shown(found)}'; ` +
          (format === 'pyaci' ? "PyACI knows only 'low' and 'high'." : "expected 'secure' or 'insecure'."),
        'Write one of these words.',
      );
  };

/** Of a key refresh; whether a running one matters is for `check.ts` to say, which knows the donor. */
export const phase: Rule = whole(0, 2);

// ---- hex texts ----

/** Four hex digits, or as many as `pattern` says. A number is what Android misreads. */
const digits =
  (pattern: RegExp, code: DatabaseCode, problem: (found: string) => string, severity?: 'warning'): Rule =>
  (value, place, faults) => {
    const found = stringOf(value);
    if (found === undefined) wrongForm(value, wantedDigits(value), place, faults);
    else if (!pattern.test(found))
      faults.findings.fault(code, place, problem(shown(found)), readComposition, severity);
  };
/** Android takes the decimal digits of a number for hex ones. */
function wantedDigits(value: Json): string {
  if (value.kind !== 'number' || !value.whole || value.value < 0) return 'a text of hex digits';
  const misread = hex(Number.parseInt(String(value.value), 16), 4);
  return `the text '${hex(value.value, 4).slice(2)}'. The Android app would read it as ${misread}`;
}

const FOUR_DIGITS = /^[0-9a-f]{4}$/i;
/** `cid`, `pid`, `vid`, scene numbers. */
export const fourDigits: Rule = (value, place, faults) =>
  digits(FOUR_DIGITS, 'meshdb/bad-digits', (found) => `${place.name} '${found}' must have 4 hex digits.`)(
    value,
    place,
    faults,
  );
export const modelId = digits(
  /^([0-9a-f]{4}|[0-9a-f]{8})$/i,
  'E35',
  (found) => `model id '${found}' must have 4 (SIG) or 8 (vendor) hex digits.`,
);
/** PyACI reads any length and fills it up. */
export const location = (format: DatabaseFormat): Rule =>
  format === 'pyaci'
    ? digits(
        FOUR_DIGITS,
        'E46',
        (found) => `location '${found}' must have 4 hex digits; PyACI fills it up.`,
        'warning',
      )
    : digits(
        FOUR_DIGITS,
        'E46',
        (found) => `location '${found}' must have 4 hex digits; iOS refuses the file.`,
      );

/** After reading the composition PyACI stores a number, after the next load its hex text. */
export const crplOfPyaci: Rule = (value, place, faults) => {
  if (value.kind !== 'number') fourDigits(value, place, faults);
  else if (isWhole(value, place, faults) && value.value > 0xffff)
    faults.findings.fault(
      'meshdb/crpl-too-big',
      place,
      `crpl ${value.value} is above 65535; PyACI would store it with more than 4 digits.`,
      readComposition,
    );
};

// ---- addresses ----

type AddressKind = 'unicast' | 'group' | 'scene';
const SPANS: Readonly<Record<AddressKind, readonly [low: number, high: number]>> = {
  unicast: [0x0001, 0x7fff],
  group: [0xc000, 0xfeff],
  scene: [0x0001, 0xffff],
};

/** An address of one kind: a number in PyACI, four hex digits in CDB. */
export const address =
  (format: DatabaseFormat, kind: AddressKind): Rule =>
  (value, place, faults) => {
    const found = format === 'pyaci' ? numberOrHex(value, place, faults) : hexOnly(value, place, faults);
    const [low, high] = SPANS[kind];
    if (found === undefined || (found >= low && found <= high)) return;
    faults.findings.fault(
      'E13',
      place,
      `${place.name} ${found < 0 ? found : hex(found, 4)} is ${addressClass(found)}; ${hex(low, 4)} to ${hex(high, 4)} is allowed.`,
      mendIt,
    );
  };
function addressClass(address: number): string {
  if (address < 0 || address > 0xffff) return 'no address';
  if (address === 0) return 'the unassigned address';
  if (address < 0x8000) return 'a unicast address';
  return address < 0xc000
    ? 'a virtual address, not a unicast address'
    : 'a group address, not a unicast address';
}
/** PyACI reads `"0010"` and `"0x0010"` too, and stores a number. */
function numberOrHex(value: Json, place: Place, faults: FaultSink): number | undefined {
  return hexAddress(value) ?? (isWhole(value, place, faults) ? value.value : undefined);
}
function hexOnly(value: Json, place: Place, faults: FaultSink): number | undefined {
  digits(FOUR_DIGITS, 'E13', (found) => `${place.name} '${found}' is no address; 4 hex digits are needed.`)(
    value,
    place,
    faults,
  );
  return FOUR_DIGITS.test(stringOf(value) ?? '') ? hexAddress(value) : undefined;
}
function hexAddress(value: Json | undefined): number | undefined {
  const found = /^(?:0x)?([0-9a-f]{1,4})$/i.exec(stringOf(value) ?? '')?.[1];
  return found === undefined ? undefined : Number.parseInt(found, 16);
}

/** A number, or the hex text of a CDB, which PyACI reads just as well. */
export const unicastOfPyaci: Rule = (value, place, faults) => {
  if (value.kind === 'string')
    faults.findings.fault(
      'E28',
      place,
      `${place.name} is a text, as in the phone app format (CDB); PyACI reads it as hex and stores a number.`,
      'Make sure that the file is what one program wrote.',
      'warning',
    );
  address('pyaci', 'unicast')(value, place, faults);
};

/** Two ends of a range, the first not above the second. */
export function range(format: DatabaseFormat, kind: AddressKind): Rule {
  const [lowKey, highKey] =
    kind === 'scene' ? (['firstScene', 'lastScene'] as const) : (['lowAddress', 'highAddress'] as const);
  const end = address(format, kind);
  const shape = object(format, required(format, { [lowKey]: end, [highKey]: end }));
  const endOf = (json: Json | undefined) => (json?.kind === 'number' ? json.value : hexAddress(json));
  return extending(shape, (value, place, faults) => {
    shape(value, place, faults);
    const low = endOf(member(value, lowKey));
    const high = endOf(member(value, highKey));
    if (low !== undefined && high !== undefined && low > high)
      faults.findings.fault(
        'E22',
        place,
        `range ${hex(low, 4)} to ${hex(high, 4)} is backwards.`,
        'Exchange its two ends in the provisioner.',
      );
  });
}

/** Where messages go in PyACI: a number, and no labels. */
export const destinationOfPyaci =
  (lowest: 0 | 1): Rule =>
  (value, place, faults) => {
    const isLabel = /^[0-9a-f-]{32,36}$/i.test(stringOf(value) ?? '');
    const found = isLabel ? 0x8000 : numberOrHex(value, place, faults);
    if (found === undefined) return;
    if (found >= 0x8000 && found < 0xc000)
      faults.findings.fault(
        'E33',
        place,
        'PyACI has no working support for virtual (label) addresses and refuses the database.',
        'Remove it from the file to make the database loadable.',
      );
    else if (found < lowest || found > 0xffff)
      outOfSpan(place, String(found), `${hex(lowest, 4)} to 0xFFFF`, faults);
  };

/** Where messages go in a CDB: four digits or a label. */
export const destinationOfCdb: Rule = (value, place, faults) =>
  digits(
    /^([0-9a-f]{4}|[0-9a-f]{32})$/i,
    'meshdb/bad-address',
    (found) => `${place.name} '${found}' is no address; 4 hex digits or a label of 32 are needed.`,
  )(value, place, faults);

// ---- sending ----

type RepeatSetting = 'networkTransmit' | 'relayRetransmit' | 'publish retransmit';
/** Milliseconds between two transmissions come in steps of so many, 1 to 32 of them. */
const stepOf = (what: RepeatSetting): number => (what === 'publish retransmit' ? 50 : 10);

/** A repeat setting: how often, and how many milliseconds apart. */
export const transmit = (
  format: DatabaseFormat,
  what: RepeatSetting,
  span: readonly [fewest: number, most: number],
): Rule => (format === 'pyaci' ? pyaciTransmit(what, span) : cdbTransmit(what, span));

function pyaciTransmit(what: RepeatSetting, [fewest, most]: readonly [number, number]): Rule {
  const step = stepOf(what);
  const within =
    (isAllowed: (found: number) => boolean, allowed: string): Rule =>
    (value, place, faults) => {
      if (isWhole(value, place, faults) && !isAllowed(value.value))
        outOfRepeat(
          place,
          `${what} ${place.name} ${value.value} is outside ${allowed}; PyACI refuses the database.`,
          faults,
        );
    };
  // it takes a missing interval or 0 for the first step
  const isLax = what === 'publish retransmit';
  const interval = within(
    (found) => (found % step === 0 && found >= step && found <= 32 * step) || (isLax && found === 0),
    `${step} to ${32 * step} ms in steps of ${step}`,
  );
  return object('pyaci', {
    ...required('pyaci', {
      count: within((found) => found >= fewest && found <= most, `${fewest} to ${most}`),
    }),
    ...(isLax ? optional({ interval }) : required('pyaci', { interval })),
  });
}

/**
 * The two apps do not refuse the same. Network transmit 0: an error for Android, not set for iOS. Intervals between the
 * steps: iOS refuses the file, Android reads small ones as steps, as it once wrote them, and skips others.
 *
 * Source: Android-nRF-Mesh-Library, transport/NodeDeserializer.java and issue 317; IOS-nRF-Mesh-Library, Mesh Model/Node.swift.
 */
function cdbTransmit(what: RepeatSetting, [fewest, most]: readonly [number, number]): Rule {
  const step = stepOf(what);
  const count: Rule = (value, place, faults) => {
    if (!isWhole(value, place, faults) || (value.value >= fewest && value.value <= most)) return;
    const found = `${what} ${place.name} ${value.value} is outside ${fewest} to ${most}`;
    if (value.value === 0)
      outOfRepeat(
        place,
        `${found}; the Android app refuses the whole file, iOS takes it as not set.`,
        faults,
        'warning',
      );
    else outOfRepeat(place, `${found}; both phone apps refuse the whole file.`, faults);
  };
  const interval: Rule = (value, place, faults) => {
    if (!isWhole(value, place, faults) || value.value === 0) return;
    const found = value.value;
    if (found % step === 0 && found > 0 && found <= 32 * step) return;
    const asSteps =
      found > 0 && found <= 32
        ? ` Old Android versions export steps of ${step} ms, and Android reads it as ${(found + 1) * step} ms.`
        : '';
    outOfRepeat(
      place,
      `${what} ${place.name} ${found} is not one of ${step} to ${32 * step} ms in steps of ${step}; the iOS app refuses the whole file.${asSteps}`,
      faults,
      'warning',
    );
  };
  return object('cdb', required('cdb', { count, interval }));
}

const outOfRepeat = (place: Place, message: string, faults: FaultSink, severity?: 'warning') =>
  faults.findings.fault('E31', place, message, setAgain, severity);

const DEFAULT_TTL = 255;
export const publishTtl =
  (format: DatabaseFormat): Rule =>
  (value, place, faults) => {
    if (value.kind !== 'number' || value.value !== DEFAULT_TTL) whole(0, 127)(value, place, faults);
    else if (format === 'pyaci')
      faults.findings.fault(
        'E32',
        place,
        "publish ttl 255 (use the node's default) is valid in the mesh, but PyACI refuses the database.",
        'Set the publication with a ttl of 0 to 127.',
      );
  };

const periodSteps = object(
  'cdb',
  required('cdb', {
    numberOfSteps: whole(0, 63),
    resolution: (value, place, faults) => {
      if (isWhole(value, place, faults) && ![100, 1000, 10_000, 600_000].includes(value.value))
        outOfSpan(place, String(value.value), '100, 1000, 10000 or 600000', faults);
    },
  }),
);

/** Milliseconds in PyACI, which stops at 63 minutes; steps in a CDB, and milliseconds in exports of version 1.0.0. */
export const publishPeriod = (format: DatabaseFormat): Rule =>
  format === 'pyaci'
    ? (value, place, faults) => {
        if (value.kind === 'object') faults.foreign(value.keys[0] ?? 'period', place);
        else whole(0, 3_780_000)(value, place, faults);
      }
    : extending(periodSteps, (value, place, faults) => {
        if (value.kind === 'number') whole(0, 37_800_000)(value, place, faults);
        else periodSteps(value, place, faults);
      });
export const keyIndex = whole(0, 4095);
const indexAndPhase = object('pyaci', {
  ...required('pyaci', { index: keyIndex }),
  ...optional({ phase: whole(0, 2) }),
});
const indexAndUpdated = object('cdb', {
  ...required('cdb', { index: keyIndex }),
  ...requiredBy('iOS', { updated: flag }),
});
/** Which keys a node has: plain numbers in PyACI, which also reads `{index, phase}`; `{index, updated}` in a CDB. */
export const keyIndexes = (format: DatabaseFormat): Rule =>
  list(
    format === 'pyaci'
      ? extending(indexAndPhase, (value, place, faults) =>
          (value.kind === 'object' ? indexAndPhase : keyIndex)(value, place, faults),
        )
      : extending(indexAndUpdated, (value, place, faults) => {
          if (value.kind === 'number') faults.foreign(place.name, place);
          else indexAndUpdated(value, place, faults);
        }),
  );

/** RFC 3339, as both apps write it. */
export const timestamp: Rule = (value, place, faults) => {
  const found = stringOf(value);
  if (found === undefined) wrongForm(value, 'a text', place, faults);
  else if (
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/i.test(found) ||
    Number.isNaN(Date.parse(found.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')))
  )
    faults.findings.fault(
      'E41',
      place,
      `${place.name} '${shown(found)}' is not a date; the Android app sets it to 1970, iOS to year 1.`,
      'Nothing needs to be done; the apps replace it.',
      'warning',
    );
};
