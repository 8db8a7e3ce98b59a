/** Runs of a bench that were saved as files, and what clones are called: on paper, in files, in terminals. */
import type { KeptRun } from '../../../src/app/browser/bench-memory.ts';
import { FORMS, letterName, qrText } from '../../../src/app/paper/label.ts';
import { qrOf } from '../../../src/app/paper/qr.ts';
import { DEFAULT_SETTINGS } from '../../../src/app/state/plan-settings.ts';
import { formatRun, parseRun } from '../../../src/app/state/run-file.ts';
import { formatNodeList, parseDatabase } from '../../../src/meshdb/index.ts';
import type { Pick } from '../../kinds/pick.ts';
import { visibleText, visibleValue } from '../../../src/visible.ts';
import { sessionHere } from '../../support/session.ts';
import { changed, once, oneOf, type Change } from '../mutate/choose.ts';
import {
  HARMLESS_JSON_CHANGES,
  JSON_CHANGES,
  leavesOf,
  TEXT_CHANGES,
  textOf,
  treeOf,
} from '../mutate/json.ts';
import { HOSTILE_NAMES } from '../mutate/names.ts';
import { FLASHFS_DUMPS, somePair, type Pair } from '../projects.ts';
import type { FuzzKind } from '../run.ts';
import { must, type Trial } from '../trial.ts';
import { openPair, pressAndLook, pressAndLookAt } from '../whole-way.ts';

const made = new Map<string, Promise<string>>();

/** A run of three clones, as it is saved in the middle. */
async function makeRun(pair: Pair, trial: Trial): Promise<string> {
  const { session, database } = await openPair(pair, trial);
  session.plan.make({ count: 3 });
  const plan = session.plan.kept();
  if (plan.version !== 1) throw new Error('One donor gives a plan of version 1');
  const run: KeptRun = {
    version: 2,
    id: 'a-run',
    startedAt: '2026-11-26T14:58:00.000Z',
    boards: 'usb',
    network: plan.donor.meshUuid,
    clones: plan.clones.map(({ unicast }) => unicast),
    files: [
      { name: 'dump.hex', bytes: new TextEncoder().encode(pair.hex) },
      { name: 'mesh.json', bytes: database },
    ],
    settings: DEFAULT_SETTINGS,
    donor: plan.donor.name,
    saved: false,
    ends: { proof: 'quick', protect: false },
    plan,
  };
  return formatRun(run);
}

const run: FuzzKind = {
  name: 'run',
  title: 'kept runs as files',
  weight: 0.7,
  faults: ['flashfs/wrong-clone'],
  async run(pick, trial) {
    const pair = somePair(FLASHFS_DUMPS, pick);
    trial.note(pair.name);
    if (!made.has(pair.name)) made.set(pair.name, makeRun(pair, trial));
    const tree = treeOf(JSON.parse(await made.get(pair.name)!) as unknown);
    const note = (text: string) => trial.note(text);
    const lied = changed(tree, once(4, pick) ? JSON_CHANGES : HARMLESS_JSON_CHANGES, pick, note);
    const leaves = leavesOf(lied);
    for (const { key, text } of leaves) if (key === 'deviceKey') trial.secret(text.slice(1, -1));
    for (const { key, text } of leaves) if (key !== 'deviceKey') trial.isPublic(text);
    const written = textOf(lied, oneOf([1, 0], pick));
    const text = once(10, pick) ? changed(written, TEXT_CHANGES, pick, note) : written;
    const found = parseRun(text);
    trial.accept();
    const again = parseRun(formatRun(found));
    must(JSON.stringify(again) === JSON.stringify(found), 'A run is saved as another than was read');
    const session = sessionHere('run');
    const view = await session.project.open(found.files);
    trial.tells(view);
    if (found.version !== 2 || !view.donor) return;
    const plan = session.plan.adopt({ plan: found.plan });
    trial.tells(plan);
    const database = found.files.find(({ name }) => name === view.database!.fileName)!.bytes;
    await pressAndLookAt(session, database, trial, pick, plan);
  },
};

const NAME_CHANGES: Readonly<Record<string, Change<string>>> = {
  'another hostile name behind it': (name, pick) => name + oneOf(HOSTILE_NAMES, pick),
  'many times': (name, pick) => name.slice(0, 500).repeat(oneOf([2, 20], pick)),
  'in capitals': (name) => name.toUpperCase(),
  'parted by blanks': (name) => [...name.slice(0, 2000)].join(' '),
};
const someName = (pick: Pick, note: (text: string) => void): string => {
  const name = oneOf(HOSTILE_NAMES, pick);
  return (once(2, pick) ? changed(name, NAME_CHANGES, pick, note) : name).slice(0, 10_000);
};

/** A label has room for so many lines of letters, and its code for all that it says. */
function lookAtLabel(name: string, unicast: number, uuid: string): void {
  const address = `0x${unicast.toString(16).toUpperCase().padStart(4, '0')}`;
  const label = { name, unicastAddress: address, lastUnicastAddress: address, uuid };
  for (const aboveKey of [false, true]) {
    const { lines } = letterName(name, { aboveKey });
    must(lines.length >= 1 && lines.length <= 3, `${lines.length} lines on a label`);
  }
  const text = qrText(label);
  const { edge, outline } = qrOf(text);
  must(edge >= 21 && outline.length > 0, 'A label has no code');
  must(Object.keys(FORMS).length > 0, 'There are no labels');
}

const names: FuzzKind = {
  name: 'names',
  title: 'names of nodes and clones',
  weight: 0.7,
  async run(pick, trial) {
    const note = (text: string) => trial.note(text);
    const pair = somePair(FLASHFS_DUMPS, pick);
    const given = Object.fromEntries(
      [0, 1, 2].flatMap((place) => (once(3, pick) ? [] : [[place, someName(pick, note)] as const])),
    );
    const donor = someName(pick, note);
    const database = pair.database.replace('"light"', () => JSON.stringify(donor));
    const { session, database: bytes } = await openPair({ ...pair, database }, trial);
    trial.accept();
    const template = once(3, pick) ? { nameTemplate: someName(pick, note) } : {};
    const kept = await pressAndLook(session, bytes, trial, pick, { count: 3, names: given, ...template });
    for (const { name, unicast, uuid } of kept.clones) {
      lookAtLabel(name, unicast, uuid);
      for (const shown of [visibleValue(name), visibleText(name)])
        must(!/(?![\n\t])[\p{Cc}\u202e\u2066\u2028]/u.test(shown), 'A name commands a terminal');
    }
    const updated = parseDatabase(session.plan.database({}).bytes);
    trial.tells(formatNodeList(updated));
    for (const [place, name] of Object.entries(given))
      must(
        updated.nodes.at(Number(place) - 3)!.name === kept.clones[Number(place)]!.name &&
          kept.clones[Number(place)]!.name === name,
        'A clone has another name than was given',
      );
    for (const form of ['pyaci', 'android', 'ios'] as const) {
      const { file } = session.tools.convert(form);
      parseDatabase(file.bytes);
    }
  },
};

export const RUNS: readonly FuzzKind[] = [run, names];
