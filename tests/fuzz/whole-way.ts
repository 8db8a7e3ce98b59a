/**
 * The whole way of a person: open the files, plan three clones, press, and read back what came out with readers that know nothing of
 * how it was made.
 */
import { unzipSync } from 'fflate';
import { equalBytes } from '../../src/bytes.ts';
import { readDump, type ClonePlan, type PlanWishes } from '../../src/clone/index.ts';
import { foldedName } from '../../src/clone/file-names.ts';
import { errorFrom, type ErrorReport } from '../../src/errors.ts';
import { MemoryImage, type NodeState } from '../../src/image/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { isClear } from '../../src/mesh/index.ts';
import { checkDatabase, parseDatabase } from '../../src/meshdb/index.ts';
import type { GivenFile, PlanView, Session } from '../../src/session/index.ts';
import type { Pick } from '../kinds/pick.ts';
import { sessionHere } from '../support/session.ts';
import { oneOf } from './mutate/choose.ts';
import type { Pair } from './projects.ts';
import { Broken, must, type Trial } from './trial.ts';

/** Everything in a dump that is a key. */
export function keepSecretsOf(image: MemoryImage, trial: Trial): void {
  for (const { address, length } of readImage(image).secrets) trial.secret(image.read(address, length));
}

const refuse = (report: ErrorReport): never => {
  if (report.code === 'bug/unexpected') throw new Broken(report.message);
  throw errorFrom(report);
};

/**
 * Open two files, of which one is the input.
 *
 * @throws why the input was not taken
 */
export async function openBoth(beside: GivenFile, tried: GivenFile, trial: Trial): Promise<Session> {
  const session = sessionHere(tried.name);
  trial.gives(beside.name, beside.bytes);
  trial.gives(tried.name, tried.bytes);
  const view = await session.project.open([tried, beside]);
  trial.tells(view);
  // parts of a dump are rejected together: a database that is taken for one is rejected with it
  const [rejected] = view.rejected;
  if (rejected) refuse(rejected.error);
  trial.accept();
  if (view.refusal) refuse(view.refusal);
  must(view.donor, 'Nobody says why there is no donor');
  return session;
}

/** Two files as they are, for what is tried beside them. */
export async function openPair(
  { name, hex, database }: Pair,
  trial: Trial,
): Promise<{ readonly session: Session; readonly database: Uint8Array }> {
  const session = sessionHere(name);
  const bytes = new TextEncoder().encode(database);
  const view = await session.project.open([
    { name: 'dump.hex', bytes: new TextEncoder().encode(hex) },
    { name: 'mesh.json', bytes },
  ]);
  trial.note(name);
  if (view.refusal) refuse(view.refusal);
  must(view.donor, 'A pair is no donor');
  return { session, database: bytes };
}

const WISHES: readonly PlanWishes[] = [
  {},
  { count: 3 },
  { count: 3, allocation: 'lowest-fit' },
  { count: 3, nameTemplate: '{donor}-{number}' },
];

/** Plan, press, and look at all that came out. */
export async function pressAndLook(
  session: Session,
  database: Uint8Array,
  trial: Trial,
  pick: Pick,
  wishes: PlanWishes = { ...oneOf(WISHES, pick), count: 3 },
): Promise<ClonePlan> {
  const plan = session.plan.make(wishes);
  trial.tells(plan);
  return pressAndLookAt(session, database, trial, pick, plan);
}

/** The same with a plan that is there. */
export async function pressAndLookAt(
  session: Session,
  database: Uint8Array,
  trial: Trial,
  pick: Pick,
  plan: PlanView,
): Promise<ClonePlan> {
  const form = oneOf(['full', 'full', 'pages'] as const, pick);
  const parts: Uint8Array[] = [];
  const pressed = await session.plan.press({
    form,
    sink: { write: (bytes) => void parts.push(bytes.slice()) },
  });
  trial.tells(pressed);
  const files = unzipped(Buffer.concat(parts));
  for (const [name, bytes] of files)
    if (/^(?:manifest|README)/.test(name)) trial.tells(Buffer.from(bytes).toString());
  const kept = session.plan.kept();
  must(kept.version === 1, 'One donor gives a plan of version 1');
  const [release] = readImage(MemoryImage.of(session.project.donorImage().segments)).releases.likely;
  for (const [index, clone] of kept.clones.entries()) {
    const image = await imageOf(session, index, form, files, clone.fileName);
    // by the release of its donor: records that a clone is rid of may have told it
    const { settled, refusal } = readImage(image, release === undefined ? {} : { release });
    must(!refusal, `The clone ${index} is refused: ${refusal?.code}`);
    must(isNode(settled, clone), `The clone ${index} is another node than planned`);
  }
  const name = plan.databaseFileName;
  lookAtDatabase(database, files.get(name)!, kept.clones);
  must(
    equalBytes(session.plan.database({}).bytes, files.get(name)!),
    'The database in the zip is another one than that alone',
  );
  for (const path of [...files.keys()]) must(isHarmless(path), `The zip holds ${path}`);
  const beside = form === 'pages' ? 5 : 4;
  must(
    new Set([...files.keys()].map(foldedName)).size === kept.clones.length + beside,
    `Two files of the zip have one name: ${[...files.keys()].join(', ')}`,
  );
  return kept;
}

/** A path that every system takes for a file below the folder it is unpacked in. */
const isHarmless = (path: string): boolean =>
  path
    .split('/')
    .every(
      (part) =>
        /^[^\s.-][^<>:"/\\|?*\p{Cc}\p{Cf}\p{Cs}]*$/u.test(part) && !/[. ]$/.test(part) && part.length < 120,
    );

/** By path. The reader puts a file that is called `__proto__` in the place of its table's prototype. */
function unzipped(zip: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const read = unzipSync(zip);
  const proto: unknown = Object.getPrototypeOf(read);
  const files = new Map<string, Uint8Array>(Object.entries(read));
  return proto instanceof Uint8Array ? files.set('__proto__', proto) : files;
}

async function imageOf(
  session: Session,
  index: number,
  form: 'full' | 'pages',
  files: ReadonlyMap<string, Uint8Array>,
  fileName: string,
): Promise<MemoryImage> {
  const alone = await session.plan.hexFile(index);
  const name = `clones/${fileName}`;
  const bytes = files.get(name);
  must(bytes, `${name} is not in the zip`);
  const inZip = { name, bytes };
  const parts = form === 'full' ? [inZip] : [{ name: 'base.hex', bytes: files.get('base.hex')! }, inZip];
  const { image } = readDump(parts.filter(({ bytes }) => bytes.length > 0));
  const whole = readDump([alone]).image;
  must(
    form === 'pages' || equalBytes(alone.bytes, inZip.bytes),
    'The HEX in the zip is another one than that alone',
  );
  must(sameBytes(image, whole), 'Base and pages do not make the whole image');
  return image;
}

const sameBytes = (a: MemoryImage, b: MemoryImage): boolean =>
  a.runs.length === b.runs.length &&
  a.runs.every((run, i) => run.address === b.runs[i]!.address && equalBytes(run.bytes, b.runs[i]!.bytes));

const isNode = (
  { unicast, deviceKeys }: NodeState,
  clone: { readonly unicast: number; readonly elementCount: number; readonly deviceKey: Uint8Array },
): boolean => {
  const own = deviceKeys.find(({ owner }) => owner === clone.unicast);
  return (
    unicast?.start === clone.unicast && !!own && isClear(own.key) && equalBytes(own.key, clone.deviceKey)
  );
};

type Fields = Record<string, unknown>;

/** The database that came out knows the clones, is no worse than the one that went in, and has all that was in that. */
function lookAtDatabase(
  before: Uint8Array,
  after: Uint8Array,
  clones: readonly { readonly unicast: number; readonly deviceKey: Uint8Array; readonly name: string }[],
): void {
  const [old, made] = [parseDatabase(before), parseDatabase(after)];
  must(made.nodes.length === old.nodes.length + clones.length, 'The database has another number of nodes');
  const added = made.nodes.slice(old.nodes.length);
  for (const [i, clone] of clones.entries()) {
    const node = added[i]!;
    must(
      node.unicast === clone.unicast && node.deviceKey && equalBytes(node.deviceKey, clone.deviceKey),
      `The record of clone ${i} is another node's`,
    );
    must(node.name === clone.name, `The record of clone ${i} has another name`);
  }
  const worse = checkDatabase(made).filter(({ severity }) => severity === 'error');
  const known = new Set(checkDatabase(old).map(({ code }) => code));
  must(
    worse.every(({ code }) => known.has(code)),
    `The database that was made has new faults: ${worse.map(({ code, message }) => `${code} ${message}`).join('; ')}`,
  );
  const [oldFields, newFields] = [fieldsOf(before), fieldsOf(after)];
  for (const [key, value] of Object.entries(oldFields)) {
    if (key === 'timestamp') continue;
    const now =
      key === 'nodes' && Array.isArray(newFields[key])
        ? newFields[key].slice(0, old.nodes.length)
        : newFields[key];
    must(
      JSON.stringify(inOrder(now)) === JSON.stringify(inOrder(value)),
      `The database has something else under ${key} than before`,
    );
  }
}

/** The database object, whether or not it is wrapped as on iOS. */
function fieldsOf(bytes: Uint8Array): Fields {
  const whole = JSON.parse(
    Buffer.from(bytes)
      .toString()
      .replace(/^\ufeff/, ''),
  ) as Fields;
  return (Object.keys(whole).length === 1 && (whole['meshNetwork'] as Fields)) || whole;
}

/** With members in one order, since some programs sort theirs. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]) => [key, inOrder(one)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
