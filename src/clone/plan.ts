/**
 * Who the clones will be. A plan is plain data: a person can read it before a byte is written, it crosses to other threads, and
 * kept with a run it stays what it was, whatever a later version of the planner would decide. Making one changes nothing.
 */
import { concatenate, fromHex, indexOfBytes, isFilledWith, toHex } from '../bytes.ts';
import type { Finding } from '../errors.ts';
import { describeUicr, type Patch } from '../image/index.ts';
import {
  checkChoices,
  dropsUicr,
  keepsExternalFlash,
  type CloneRecipe,
  type OptionChoices,
} from '../kinds/index.ts';
import type { HasElements, Identity, UnicastRun } from '../mesh/index.ts';
import {
  allocate,
  checkDatabase,
  cloneName,
  cloneNotes,
  newDeviceKeys,
  newUuids,
  parseNodeValues,
  uuidDigits,
  type AllocationPolicy,
  type MeshDatabase,
  type NodeValues,
  type RandomBytes,
} from '../meshdb/index.ts';
import { referenceTo, type Donor, type DonorReference } from './donor.ts';
import * as errors from './errors.ts';
import { distinctStems } from './file-names.ts';
import { recipeOf } from './recipe.ts';

/** What a person asks for, in a form or by flags. All of it may be left out. */
export interface PlanWishes {
  /** 1..32,766; as many as the `table` has rows when left out, else one. */
  readonly count?: number;
  /** For the first clone; the others follow behind it. */
  readonly firstUnicast?: number;
  readonly firstName?: string;
  /** 16 bytes, for the first clone; the others get random ones. */
  readonly firstDeviceKey?: Uint8Array;
  /** `{donor}`, `{address}` (four hex digits) and `{number}` (from 1) are filled in. Default: `{donor}_{address}`. */
  readonly nameTemplate?: string;
  readonly allocation?: AllocationPolicy;
  /** Name or UUID of the provisioner whose ranges the addresses come from. */
  readonly provisioner?: string;
  /** By id of the option, as the donor's kind of image offers them. */
  readonly choices?: OptionChoices;
  /** CSV, or a spreadsheet's clipboard, with values for each clone in turn; what it leaves out is allocated. */
  readonly table?: string;
  /** Names given one by one, by the clone's place from 0; they go before those of the table. */
  readonly names?: Readonly<Record<number, string>>;
  /** Addresses that earlier clones have and the database does not know yet. */
  readonly reserved?: readonly UnicastRun[];
}

/** One clone: who it is, and what it is called. */
export interface PlannedClone extends Identity, HasElements {
  readonly name: string;
  /** 36 characters with dashes: a placeholder, since the real one comes from the chip. */
  readonly uuid: string;
  readonly label?: string;
  /** Name of its image in a zip: `light_0053.hex`. */
  readonly fileName: string;
}

export interface ClonePlan {
  readonly version: 1;
  readonly donor: DonorReference;
  readonly choices: OptionChoices;
  readonly clones: readonly PlannedClone[];
  /** What to know before pressing: from database, addresses and choices. */
  readonly findings: readonly Finding[];
}

/**
 * Decide who the clones will be.
 *
 * With a fixed `randomBytes` the plan is the same every time.
 *
 * @throws `clone/bad-count`, `clone/broken-database`, `clone/bad-device-key`, `clone/device-key-taken`, `clone/uuid-taken`,
 *   `clone/name-twice`, and what reading the table, the allocation of addresses and the options throw
 */
export function planClones(donor: Donor, wishes: PlanWishes, randomBytes: RandomBytes): ClonePlan {
  const { database } = donor;
  const { reserved, allocation, provisioner, choices = {} } = wishes;
  const rows = wishes.table?.trim() ? parseNodeValues(wishes.table) : undefined;
  const count = wishes.count ?? rows?.length ?? 1;
  if (!Number.isSafeInteger(count) || count < 1 || count > errors.MAX_CLONES) throw errors.badCount(count);
  const databaseFindings = checkForCloning(database, donor.node.index);
  checkChoices(donor.reading, choices);
  const recipe = recipeOf(donor, { choices });
  const values = valuesOf(wishes, rows);
  const { addresses, notes } = allocate(database, {
    elementCount: donor.elementCount,
    count,
    ...(allocation && { policy: allocation }),
    ...(wishes.firstUnicast !== undefined && { policy: { start: wishes.firstUnicast } }),
    ...(provisioner !== undefined && { provisioner }),
    ...(reserved && { reserved }),
    // never ahead of the network's, so it frees no address of a removed node too early
    currentIvIndex: recipe.ivIndex ?? donor.reading.settled.ivIndex,
    wanted: values.map((one) => one.unicast),
  });
  const names = addresses.map(
    (unicast, index) =>
      wishes.names?.[index] ?? values[index]?.name ?? nameOf(donor, wishes.nameTemplate, unicast, index),
  );
  refuseDoubles(database, names, values);
  const given = {
    keys: values.flatMap(({ deviceKey }) => deviceKey ?? []),
    uuids: values.flatMap(({ uuid }) => uuid ?? []),
  };
  const deviceKeys = newDeviceKeys(database, count, randomBytes, given.keys);
  const uuids = newUuids(database, count, randomBytes, given.uuids);
  const stems = fileStems(names, addresses);
  const clones = addresses.map((unicast, index): PlannedClone => {
    const { label, deviceKey = deviceKeys[index]!, uuid = uuids[index]! } = values[index] ?? {};
    const fileName = `${stems[index]!}.hex`;
    const clone = {
      name: names[index]!,
      unicast,
      elementCount: donor.elementCount,
      deviceKey,
      uuid,
      fileName,
    };
    return label === undefined ? clone : { ...clone, label };
  });
  return {
    version: 1,
    donor: referenceTo(donor),
    choices,
    clones,
    findings: [
      ...databaseFindings,
      ...cloneNotes(database, donor.node.index, count),
      ...notes,
      ...recipe.notes,
      ...keyInExternalFlash(donor, choices),
      ...bootloaderLeftOut(donor, choices),
      ...findingsOfClones(recipe, clones),
    ],
  };
}

/** External flash is copied as it is, whatever the application kept there. */
function keyInExternalFlash({ dump, deviceKey }: Donor, choices: OptionChoices): Finding[] {
  if (!dump.beside || !keepsExternalFlash(choices)) return [];
  const bytes = concatenate(dump.beside.external.runs.map((run) => run.bytes));
  if (indexOfBytes(bytes, deviceKey) === -1) return [];
  return [
    {
      severity: 'warning',
      code: 'clone/key-in-external-flash',
      message:
        'The external flash in the dump holds the donor’s device key, and every clone would hold it too.',
      hint: 'Leave external flash out, or provision the donor anew after cloning.',
    },
  ];
}

/** Without the word that names it a board does not start its bootloader, unless the MBR is told in flash. */
function bootloaderLeftOut({ dump, reading }: Donor, choices: OptionChoices): Finding[] {
  if (!dropsUicr(choices)) return [];
  const [named] = describeUicr(dump.image, reading.chip.chip).filter(
    ({ register }) => register === 'NRFFW[0]',
  );
  if (!named || !isFilledWith(dump.image.read(MBR_BOOTLOADER, 4), 0xff)) return [];
  return [
    {
      severity: 'warning',
      code: 'clone/bootloader-left-out',
      message: `The UICR that is left out is what names the donor’s ${named.says}.`,
      hint: 'A board whose own UICR does not name it starts the application without its bootloader, and cannot be updated over the air. Keep the UICR, unless the boards have the word already.',
    },
  ];
}
/** Where an MBR of SDK 15 and later looks first for the address of a bootloader. */
const MBR_BOOTLOADER = 0xff8;

/**
 * What is wrong with the database, as far as one may go on.
 *
 * @throws `clone/broken-database` when one may not
 */
export function checkForCloning(database: MeshDatabase, donorIndex: number): readonly Finding[] {
  const findings = checkDatabase(database, { donorIndex });
  const faults = findings.filter(({ severity }) => severity === 'error');
  if (faults.length > 0) throw errors.brokenDatabase(faults);
  return findings;
}

/** What is to be known about single clones, one finding for each kind: that of the first clone it is true of. */
function findingsOfClones(recipe: CloneRecipe, clones: readonly PlannedClone[]): Finding[] {
  const kinds = new Map<string, { readonly finding: Finding; more: number }>();
  for (const clone of clones) {
    for (const finding of recipe.findingsFor?.(clone) ?? []) {
      const known = kinds.get(finding.code);
      if (known) known.more++;
      else kinds.set(finding.code, { finding, more: 0 });
    }
  }
  return [...kinds.values()].map(({ finding, more }) =>
    more === 0 ? finding : { ...finding, message: `${finding.message} The same for ${more} more clones.` },
  );
}

/** Wishes for the first clone are those of a list with one line. */
function valuesOf(
  { firstName, firstDeviceKey }: PlanWishes,
  values: readonly NodeValues[] = [],
): readonly NodeValues[] {
  if (firstName === undefined && firstDeviceKey === undefined) return values;
  const first = {
    ...(firstName !== undefined && { name: firstName }),
    ...(firstDeviceKey && { deviceKey: firstDeviceKey }),
    ...values[0],
  };
  return [first, ...values.slice(1)];
}

function nameOf(donor: Donor, template: string | undefined, unicast: number, index: number): string {
  const byAddress = cloneName(donor.name, donor.unicast, unicast);
  if (template === undefined) return byAddress;
  return template
    .replaceAll('{donor}', byAddress.slice(0, -5)) // without its own `_` and address
    .replaceAll('{address}', byAddress.slice(-4))
    .replaceAll('{number}', String(index + 1));
}

/** The name of each clone's file without its ending: its own name as far as every file system takes it, told apart by its address. */
const fileStems = (names: readonly string[], addresses: readonly number[]): string[] =>
  distinctStems(
    names,
    addresses.map((unicast) => unicast.toString(16).padStart(4, '0')),
    'clone',
  );

/** Names, and device keys and UUIDs that a person gave, must be unlike each other and everybody else's. */
function refuseDoubles(
  database: MeshDatabase,
  names: readonly string[],
  values: readonly NodeValues[],
): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw errors.nameTwice(name);
    seen.add(name);
  }
  const keys = new Map<string, string>();
  const uuids = new Map<string, string>();
  for (const { name, index, uuid, deviceKey } of database.nodes) {
    if (deviceKey) keys.set(toHex(deviceKey), `node ${index} (${name})`);
    uuids.set(uuidDigits(uuid), `node ${index} (${name})`);
  }
  for (const [index, { deviceKey, uuid }] of values.entries()) {
    const name = names[index]!;
    const holder = deviceKey && claimed(keys, toHex(deviceKey), `clone ${name}`);
    if (holder !== undefined) throw errors.deviceKeyTaken(name, holder);
    const owner = uuid === undefined ? undefined : claimed(uuids, uuidDigits(uuid), `clone ${name}`);
    if (owner !== undefined) throw errors.uuidTaken(name, owner);
  }
}

/** @returns who has it already */
function claimed(holders: Map<string, string>, digits: string, who: string): string | undefined {
  const holder = holders.get(digits);
  if (holder === undefined) holders.set(digits, who);
  return holder;
}

/**
 * A device key as a person writes it.
 *
 * @throws `clone/bad-device-key`, which does not repeat it
 */
export function parseDeviceKey(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes?.length !== 16) throw errors.badDeviceKey(text.length);
  if (bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 0xff))
    throw errors.trivialDeviceKey();
  return bytes;
}

/** The whole difference between the donor and one clone, by rising flash address. */
export function patchesOf(donor: Donor, plan: ClonePlan, clone: PlannedClone): Patch[] {
  const recipe = recipeOf(donor, plan);
  return [...recipe.shared, ...recipe.patchesFor(clone)].sort((a, b) => a.address - b.address);
}

/**
 * A kept plan, to go on with: it stays as it was made.
 *
 * @throws `clone/plan-of-another-donor` when it was made for another dump, node or network
 */
export function adoptPlan(donor: Donor, plan: ClonePlan): ClonePlan {
  const here = referenceTo(donor);
  const names = Object.keys(here) as (keyof DonorReference)[];
  if (names.some((name) => name !== 'name' && plan.donor[name] !== here[name]))
    throw errors.planOfAnotherDonor(plan.donor.name, here.name);
  return plan;
}
