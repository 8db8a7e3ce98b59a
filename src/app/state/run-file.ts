/**
 * A kept run as a file, device keys included: with it the run can be gone on with in any browser.
 *
 * `{ "meshpress": "run", "version": 2, … }` with the members of `KeptRun`: the bytes of files in base64, device keys as 32 hex
 * digits. A plan of several kinds of node has one of each in `groups`, and their dumps say their `kind`. Version 1 is what 0.1.0 saved: it has no plan, but a table of the clones in its settings.
 */
import { fromHex, toHex } from '../../bytes.ts';
import { foldedName, isSafeFileName } from '../../clone/file-names.ts';
import type { ClonePlan, PlannedClone, RunPlan } from '../../clone/index.ts';
import { isUnicast } from '../../mesh/index.ts';
import { badRunFile } from '../errors.ts';
import type { KeptRun, RunEnds } from '../browser/bench-memory.ts';
import { settingsFrom } from './plan-settings.ts';

/** Dump and database with room to spare; more is no run. */
const MOST_BYTES = 200 * 2 ** 20;
/** Of node in one run; each has at least one of its files. */
const MOST_KINDS = 1000;
/** Bytes at a time, as many as a call takes arguments. A multiple of three, so that pieces of base64 can stand in a row. */
const PIECE = 3 * 2 ** 13;

export function formatRun(run: KeptRun): string {
  const files = run.files.map(({ bytes, ...file }) => ({ ...file, base64: toBase64(bytes) }));
  const withText = (plan: ClonePlan) => ({
    ...plan,
    clones: plan.clones.map((clone) => ({ ...clone, deviceKey: toHex(clone.deviceKey) })),
  });
  const plan = run.version === 2 && {
    plan:
      run.plan.version === 1 ? withText(run.plan) : { ...run.plan, groups: run.plan.groups.map(withText) },
  };
  return `${JSON.stringify({ meshpress: 'run', ...run, ...plan, files }, null, 1)}\n`;
}

/**
 * A plan is taken as it was made: whether it is one of the donor in the files is asked where it is gone on with.
 *
 * @throws `app/bad-run-file`
 */
export function parseRun(text: string): KeptRun {
  if (text.length > MOST_BYTES) throw badRunFile('it is larger than any run');
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw badRunFile('its JSON is broken');
  }
  const run = objectOf(found);
  const { version, boards, network, clones, files } = run;
  if (run['meshpress'] !== 'run' || (version !== 1 && version !== 2))
    throw badRunFile('it does not call itself a run of version 1 or 2');
  if (boards !== 'usb' && boards !== 'virtual') throw badRunFile('its kind of boards is unknown');
  if (!isMeshUuid(network)) throw badRunFile('its network has no UUID');
  if (!Array.isArray(clones) || clones.length === 0 || !clones.every(isAddress))
    throw badRunFile('its clones have no unicast addresses');
  if (!Array.isArray(files) || files.length === 0) throw badRunFile('it has no files');
  const base = {
    id: textOf(run['id'], 'its name'),
    startedAt: textOf(run['startedAt'], 'its begin'),
    boards,
    network,
    clones,
    files: files.map((file) => fileOf(objectOf(file))),
    settings: settingsFrom(run['settings']),
    ...(Array.isArray(run['furtherSettings']) && {
      furtherSettings: run['furtherSettings'].map(settingsFrom),
    }),
    donor: textOf(run['donor'], 'its donor'),
    saved: true, // it lies in this file
    ...(run['ends'] !== undefined && { ends: endsOf(objectOf(run['ends'])) }),
    ...(typeof run['meshName'] === 'string' && { meshName: run['meshName'] }),
  } as const;
  if (version === 1) return { version, ...base };
  const plan = runPlanFrom(objectOf(run['plan']));
  const plans = plan.version === 1 ? [plan] : plan.groups;
  const planned = plans.flatMap((one) => one.clones);
  const isOther = planned.length !== clones.length || planned.some((one, i) => one.unicast !== clones[i]);
  if (isOther || plans.some(({ donor }) => donor.meshUuid !== network))
    throw badRunFile('its plan is one of other clones');
  return { version, ...base, plan };
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
function endsOf({ proof, protect }: Readonly<Record<string, unknown>>): RunEnds {
  if (proof !== 'none' && proof !== 'quick' && proof !== 'full')
    throw badRunFile('what is to be proved of its boards is unknown');
  return { proof, protect: protect === true };
}
const isAddress = (value: unknown): value is number => typeof value === 'number' && isUnicast(value);
const isMeshUuid = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw badRunFile(`${what} is missing`);
  return value;
}

function fileOf({ name, base64, kind }: Readonly<Record<string, unknown>>): KeptRun['files'][number] {
  try {
    return {
      name: textOf(name, 'the name of a file'),
      bytes: fromBase64(textOf(base64, 'a file')),
      ...(isCount(kind) && kind < MOST_KINDS && { kind }),
    };
  } catch (error) {
    if (error instanceof DOMException) throw badRunFile('a file in it is damaged');
    throw error;
  }
}

function runPlanFrom(given: Readonly<Record<string, unknown>>): RunPlan {
  const { version, groups } = given;
  if (version !== 2) return planOf(given);
  if (!Array.isArray(groups) || groups.length === 0) throw badRunFile('its plan has no clones');
  return { version, groups: groups.map((group) => planOf(objectOf(group))) };
}

function planOf({ version, donor, choices, clones, findings }: Readonly<Record<string, unknown>>): ClonePlan {
  if (version !== 1) throw badRunFile('its plan is missing, or one of a later version');
  if (!Array.isArray(clones) || !Array.isArray(findings)) throw badRunFile('its plan has no clones');
  const given = objectOf(donor);
  const { unicast, elementCount } = given;
  const planned = clones.map((clone) => cloneOf(objectOf(clone)));
  if (new Set(planned.map(({ fileName }) => foldedName(fileName))).size < planned.length)
    throw badRunFile('two clones of its plan have one file');
  if (!isAddress(unicast) || !isCount(elementCount)) throw badRunFile('the donor of its plan has no address');
  return {
    version,
    donor: {
      kind: textOf(given['kind'], 'the kind of its donor'),
      name: textOf(given['name'], 'the name of its donor'),
      unicast,
      elementCount,
      meshUuid: textOf(given['meshUuid'], 'the network of its donor'),
      imageSha256: textOf(given['imageSha256'], 'the dump of its donor'),
    },
    choices: settingsFrom({ choices }).choices,
    clones: planned,
    findings: findings.map((finding) => findingOf(objectOf(finding))),
  };
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1;

function cloneOf(given: Readonly<Record<string, unknown>>): PlannedClone {
  const { unicast, elementCount, deviceKey, label } = given;
  const key = typeof deviceKey === 'string' ? fromHex(deviceKey) : undefined;
  if (!isAddress(unicast) || !isCount(elementCount) || !isUnicast(unicast + elementCount - 1))
    throw badRunFile('a clone of its plan has no addresses');
  if (key?.length !== 16) throw badRunFile('a clone of its plan has no device key');
  const fileName = textOf(given['fileName'], 'the file of a clone');
  // it becomes a path in a zip, and whoever unpacks that follows it
  if (!isSafeFileName(fileName)) throw badRunFile('the file of a clone has a name that no clone’s file has');
  return {
    name: textOf(given['name'], 'the name of a clone'),
    unicast,
    elementCount,
    deviceKey: key,
    uuid: textOf(given['uuid'], 'the UUID of a clone'),
    ...(typeof label === 'string' && { label }),
    fileName,
  };
}

function findingOf(given: Readonly<Record<string, unknown>>): ClonePlan['findings'][number] {
  const { severity, hint } = given;
  if (severity !== 'error' && severity !== 'warning' && severity !== 'info')
    throw badRunFile('a note of its plan has no weight');
  return {
    severity,
    code: textOf(given['code'], 'the code of a note') as ClonePlan['findings'][number]['code'],
    message: textOf(given['message'], 'the text of a note'),
    hint: typeof hint === 'string' ? hint : '',
  };
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE)
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  return text;
}

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
